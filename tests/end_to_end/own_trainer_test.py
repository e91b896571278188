#!/usr/bin/env python3
"""Bring your own trainer: the example of docs/ as mode `command`, and a REST service that
loses answers, fails and repeats itself as mode `http`; both sweeps end as they should.

usage: own_trainer_test.py BIN_DIR SOURCE_DIR
"""

import json
import math
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from stack import PATIENCE, Stack, check, is_done

PRESET = """
planner:
  compute: {min_flops: 1e9, max_flops: 2e9, num_budgets: 2, num_model_sizes: 3}
  model: {grid: centred, tokens_per_param: 6, width: 2, min_size: 5e2, max_size: 1e7}
  architecture: {d_model_multiple: 8, min_layers: 1, max_layers: 4, head_options: [1, 2, 4], ffn_multiple: 8, size_tolerance: 0.3}
  tokens: {min_tokens_per_param: 0.1, max_tokens_per_param: 100000, min_steps: 5, allow_repeat: true}
trainer:
  dataset: {format: bytes, seq_len: 64, val_fraction: 0.02}
  trainer: {batch_size: 8, log_every: 1, checkpoint_every: 0}
"""


class Service:
    """A training service that obeys the contract, and whose network does not."""

    def __init__(self):
        self.trainings, self.deleted, self.requests, self.lock = {}, [], 0, threading.Lock()
        self.slow = False
        service = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self, body, code=200):
                text = json.dumps(body).encode()
                self.send_response(code)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def handle_one(self, method):
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                with service.lock:
                    service.requests += 1
                    turn = service.requests % 5
                if turn == 1:
                    return self.answer({"error": "not today"}, 503)
                reply = service.act(method, self.path, body)
                if turn == 2:  # done, and the answer gets lost
                    return self.connection.close()
                self.answer(reply)

            def do_PUT(self):
                self.handle_one("PUT")

            def do_GET(self):
                self.handle_one("GET")

            def do_DELETE(self):
                self.handle_one("DELETE")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/api"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def act(self, method, path, body):
        path, _, query = path.partition("?")
        key = path.rsplit("/", 1)[1]
        with self.lock:
            if method == "PUT":
                self.trainings.setdefault(key, {"plan": body["plan"], "puts": 0})["puts"] += 1
                return {"state": "waiting"}
            if method == "DELETE":
                self.deleted.append(key)
                return {}
            plan = self.trainings[key]["plan"]
        after, steps = int(query.split("=")[1]), plan["steps"]
        upto = min(steps, after + (1 if self.slow else 50))
        reports = [{"type": "measurement", "step": s, "tokens": s * plan["tokens"] // steps,
                    "flops": plan["flops"] * s / steps, "loss": loss_at(plan, s), "learning_rate": 0.1,
                    "grad_norm": 1.0, "tokens_per_second": 1e5, "seconds": 0.01 * s} for s in range(after + 1, upto + 1)]
        reply = {"state": "running", "next": upto, "reports": reports}
        if upto == steps:
            reply["state"] = "finished"
            reply["result"] = {"final_train_loss": loss_at(plan, steps), "final_val_loss": loss_at(plan, steps),
                               "parameters": plan["parameters"], "tokens": plan["tokens"], "steps": steps,
                               "flops": plan["flops"], "seconds": 0.01 * steps}
        return reply


def loss_at(plan, step):
    tokens = plan["tokens"] * step / plan["steps"]
    return 2 + 100 / math.sqrt(plan["parameters"]) + 100 / math.sqrt(tokens)


def wait_until(stack, what, condition, seconds=120):
    deadline = time.monotonic() + seconds * PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            stack.show_logs()
            check(False, f"within {seconds} s: {what}")
        time.sleep(0.1)


def main():
    bin_dir, source = sys.argv[1], os.path.abspath(sys.argv[2])
    stack = Stack(bin_dir, "own-trainer")
    preset, text = os.path.join(stack.dir, "own.yaml"), os.path.join(stack.dir, "text")
    with open(preset, "w") as file:
        file.write(PRESET)
    with open(text, "wb") as file:
        file.write(b"the quick brown fox jumps over the lazy dog. " * 4000)
    service = Service()
    stack.start_coordinator("retry.max_retries=0")
    stack.wait_ready()
    stack.start_worker(f"trainers.command=[{sys.executable}, {source}/docs/examples/own_trainer.py]",
                       f"trainers.http={service.url}")

    stack.ffctl("sweep", "create", "--preset", preset, f"dataset.path={text}", "mode=command", "--name", "command",
                 "compute.min_flops=3e8", "compute.max_flops=6e8", "compute.num_budgets=4")  # the example computes in plain Python
    wait_until(stack, "the sweep of the example ends", lambda: is_done(stack.experiments()))
    for name, e in stack.experiments().items():
        check(e["state"] == "EXPERIMENT_STATE_FINISHED", f"{name}: {e['state']} {e.get('failure')}")
        loss = e["result"]["final_train_loss"]
        check(0 < loss < math.log(256), f"{name}: it learned nothing: {loss}")
    print(f"command: {len(stack.experiments())} experiments trained by docs/examples/own_trainer.py")

    stack.ffctl("sweep", "create", "--preset", preset, f"dataset.path={text}", "mode=http", "--name", "http")
    wait_until(stack, "the sweep of the service ends", lambda: is_done(stack.experiments()))
    for name, e in stack.experiments().items():
        check(e["state"] == "EXPERIMENT_STATE_FINISHED", f"{name}: {e['state']} {e.get('failure')}")
        check(e["result"]["final_val_loss"] == loss_at(e["plan"] | {"tokens": int(e["plan"]["tokens"]), "steps": int(
            e["plan"]["steps"]), "parameters": int(e["plan"]["parameters"])}, int(e["plan"]["steps"])), f"{name}: its loss")
    repeated = sum(t["puts"] > 1 for t in service.trainings.values())
    check(len(service.trainings) == len(stack.experiments()), "one training an experiment, however often it was asked for")
    check(repeated > 0, "an answer was lost and the request repeated")
    print(f"http: {len(service.trainings)} trainings, {repeated} of them submitted more than once, {service.requests} requests")

    service.slow = True
    before = set(service.trainings)
    stack.ffctl("sweep", "create", "--preset", preset, f"dataset.path={text}", "mode=http", "trainer.seed=7", "--name", "slow")
    wait_until(stack, "a training of the slow sweep is on", lambda: set(service.trainings) - before)
    stack.ffctl("sweep", "cancel", "slow", "--yes")
    wait_until(stack, "the service is told to stop", lambda: (set(service.trainings) - before) <= set(service.deleted))
    print("http: cancelled")
    return 0


if __name__ == "__main__":
    sys.exit(main())
