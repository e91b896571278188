#!/usr/bin/env python3
"""A trainer of one's own: speaks worker/protocol/README.md on stdin and stdout and trains a
bigram model of bytes, with PyTorch where that is installed, else in plain Python.
worker.yaml: trainers.command: [python3, docs/examples/own_trainer.py]"""
import json, math, os, queue, sys, threading, time

try:
    import torch
except ImportError:
    torch = None
orders = queue.Queue()  # read in a thread, so that "stop" is heard while training; at the end the agent is gone
threading.Thread(target=lambda: ([orders.put(json.loads(line)) for line in sys.stdin], os._exit(0))).start()

def say(**report):
    print(json.dumps(report), flush=True)
class Bigram:
    """log P(next byte | byte) by gradient descent on a 256 x 256 table of logits."""
    def __init__(self, rate):
        self.rate = rate
        self.table = torch.zeros(256, 256) if torch else [[0.0] * 256 for _ in range(256)]

    def step(self, text):  # mean loss of the pairs of bytes in `text`, before the update
        if torch:
            x, y = torch.tensor(list(text[:-1])), torch.tensor(list(text[1:]))
            logits = self.table[x].requires_grad_()
            loss = torch.nn.functional.cross_entropy(logits, y)
            loss.backward()
            self.table.index_add_(0, x, -self.rate * len(x) * logits.grad)
            return loss.item()
        total = 0.0
        for a, b in zip(text, text[1:]):
            row = self.table[a]
            p = [math.exp(v) for v in row]
            z = sum(p)
            total -= math.log(p[b] / z)
            self.table[a] = [v - self.rate * (q / z - (i == b)) for i, (v, q) in enumerate(zip(row, p))]
        return total / (len(text) - 1)

def train(order):
    plan, begun = order["plan"], time.time()
    steps, batch = plan["steps"], max(2, plan["tokens"] // plan["steps"])
    text, model, losses = open(order["data_path"], "rb").read(), Bigram(rate=0.5), []
    say(type="started", attempt_id=order["attempt_id"], parameters=plan["parameters"], resumed_from_step=0)
    for step in range(1, steps + 1):
        at = (step * batch) % max(1, len(text) - batch - 1)
        losses.append(model.step(text[at:at + batch + 1]))
        seconds, tokens = time.time() - begun, step * plan["tokens"] // steps
        if step % max(1, plan["log_every"]) == 0 or step == steps:
            say(type="measurement", step=step, tokens=tokens, flops=plan["flops"] * step / steps, loss=losses[-1],
                learning_rate=0.5, grad_norm=0.0, tokens_per_second=tokens / max(seconds, 1e-9), seconds=seconds)
        if not orders.empty() and orders.get()["type"] == "stop":
            return say(type="stopped", step=0)  # without a checkpoint the next attempt begins anew
    last = losses[-max(1, steps // 10):]
    say(type="finished", final_train_loss=sum(last) / len(last), final_val_loss="nan", parameters=plan["parameters"],
        tokens=plan["tokens"], steps=steps, flops=plan["flops"], seconds=time.time() - begun)

say(type="hello", protocol=1, trainer="bigram", devices=[])
while True:
    if (order := orders.get())["type"] == "start":
        train(order)
