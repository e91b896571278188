#!/usr/bin/env python3
"""A decoder as a Python PyTorch user would train it, for comparison with ours.

RMSNorm, rotary positions, causal attention, gated SiLU, untied readout, no
biases; AdamW (fused); standard parametrization, which costs PyTorch less than
u-muP's factors would. One JSON line a measurement:

  {"shape", "variant", "device", "dtype", "threads", "ms", "tok_s", "warm_s"}

shape is d,layers,head_dim,seq,batch,d_ff,vocab; ms the median of steps (of
groups of ten on a GPU); warm_s the time until warm, compilation included.
Variants: eager, compile, compile_ro (mode reduce-overhead; GPUs).

Usage: torch_decoder.py --shapes A[;B...] [--variants eager,compile]
                        [--dtype float32|bfloat16] [--threads N] [--seconds S]
"""
import argparse
import json
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, width, heads, d_ff):
        super().__init__()
        self.heads = heads
        self.attention_norm, self.mlp_norm = nn.RMSNorm(width), nn.RMSNorm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.up_gate = nn.Linear(width, 2 * d_ff, bias=False)
        self.down = nn.Linear(d_ff, width, bias=False)

    def rotate(self, x, cosine, sine):
        low, high = x.chunk(2, -1)
        return torch.cat((low * cosine - high * sine, high * cosine + low * sine), -1).to(x.dtype)

    def forward(self, x, cosine, sine):
        batch, length, width = x.shape
        qkv = self.qkv(self.attention_norm(x)).view(batch, length, 3, self.heads, -1)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        q, k = self.rotate(q, cosine, sine), self.rotate(k, cosine, sine)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(batch, length, width))
        up, gate = self.up_gate(self.mlp_norm(x)).chunk(2, -1)
        return x + self.down(up * F.silu(gate))


class Decoder(nn.Module):
    def __init__(self, width, layers, head_dim, length, d_ff, vocab):
        super().__init__()
        self.embedding = nn.Embedding(vocab, width)
        self.blocks = nn.ModuleList(Block(width, width // head_dim, d_ff) for _ in range(layers))
        self.norm, self.readout = nn.RMSNorm(width), nn.Linear(width, vocab, bias=False)
        angles = torch.outer(torch.arange(length), 10000.0 ** (-torch.arange(0, head_dim, 2) / head_dim))
        self.register_buffer("cosine", angles.cos())
        self.register_buffer("sine", angles.sin())

    def forward(self, ids, targets):
        x = self.embedding(ids)
        for block in self.blocks:
            x = block(x, self.cosine, self.sine)
        logits = self.readout(self.norm(x))
        return F.cross_entropy(logits.flatten(0, 1).float(), targets.flatten())


def measure(shape, variant, args, device):
    width, layers, head_dim, length, batch, d_ff, vocab = shape
    torch.manual_seed(0)
    torch._dynamo.reset()
    begin = time.perf_counter()
    model = Decoder(width, layers, head_dim, length, d_ff, vocab).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, betas=(0.9, 0.99), fused=True)
    tokens = torch.randint(vocab, (64, batch, length + 1), device=device)
    forward = model
    if variant != "eager":
        mode = "reduce-overhead" if variant == "compile_ro" else None
        forward = torch.compile(model, mode=mode)
    narrow = args.dtype == "bfloat16"
    count = 0

    def step():
        nonlocal count
        sample = tokens[count % 64]
        count += 1
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device, torch.bfloat16, enabled=narrow):
            loss = forward(sample[:, :-1], sample[:, 1:])
        loss.backward()
        optimizer.step()
        return loss

    group = 10 if device == "cuda" else 1
    for _ in range(5):
        step().item()
    warm = time.perf_counter() - begin
    times, end = [], time.perf_counter() + args.seconds
    while len(times) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(group):
            loss = step()
        loss.item()
        times.append((time.perf_counter() - start) / group)
    ms = sorted(times)[len(times) // 2] * 1e3
    print(json.dumps(dict(shape=shape, variant=variant, device=device, dtype=args.dtype,
                          threads=torch.get_num_threads(), ms=round(ms, 4),
                          tok_s=round(batch * length / ms * 1e3), warm_s=round(warm, 2))), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shapes", required=True)
    parser.add_argument("--variants", default="eager")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=3)
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    for shape in args.shapes.split(";"):
        for variant in args.variants.split(","):
            measure([int(x) for x in shape.split(",")], variant, args, device)


if __name__ == "__main__":
    main()
