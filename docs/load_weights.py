"""Logits of weights that flops-fit exported: python3 load_weights.py FOLDER TOKEN ... (prints JSON)."""
import json, struct, sys, torch, torch.nn.functional as F

folder, ids = sys.argv[1], torch.tensor([int(word) for word in sys.argv[2:]])
c, raw = json.load(open(folder + "/config.json")), open(folder + "/model.safetensors", "rb").read()
begin = 8 + struct.unpack("<Q", raw[:8])[0]  # of the values; the header says where each tensor lies
w = {name: torch.frombuffer(bytearray(raw[begin + t["data_offsets"][0]:begin + t["data_offsets"][1]]),
                            dtype=torch.float32).view(t["shape"])
     for name, t in json.loads(raw[8:begin]).items() if name != "__metadata__"}
s, T, D, heads, kv = c["scales"], len(ids), c["d_model"] // c["heads"], c["heads"], c["kv_heads"]
angles = torch.outer(torch.arange(T), c["rope_base"] ** (-torch.arange(0, D, 2) / D))
linear = lambda x, name, scale: s[scale] * x @ w[name].T
norm = lambda x, name: x * torch.rsqrt(x.square().mean(-1, True) + c["norm_eps"]) * w.get(name, 1)
rope = lambda a, b: torch.cat([a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()], -1)

x = w["embedding.weight"][ids]
for i in range(c["layers"]):
    p, (a_branch, a_skip), (m_branch, m_skip) = f"layers.{i}.", c["branches"][2 * i], c["branches"][2 * i + 1]
    qkv = linear(norm(x, p + "attn_norm.weight"), p + "attn.wqkv.weight", "qkv").view(T, -1, D).transpose(0, 1)
    q, k, v = qkv.split([heads, kv, kv])
    k, v = k.repeat_interleave(heads // kv, 0), v.repeat_interleave(heads // kv, 0)
    a = F.scaled_dot_product_attention(rope(*q.chunk(2, -1)), rope(*k.chunk(2, -1)), v, is_causal=True,
                                       scale=s["attention_logits"]) * s["attention_output"]
    a = linear(a.transpose(0, 1).reshape(T, -1), p + "attn.wo.weight", "attention_out")
    x = a_branch * a + a_skip * x
    u, g = linear(norm(x, p + "mlp_norm.weight"), p + "mlp.w_up_gate.weight", "up_gate").chunk(2, -1)
    m = linear(s["gated_silu"] * u * g * (s["silu_sharpness"] * g).sigmoid(), p + "mlp.w_down.weight", "down")
    x = m_branch * m + m_skip * x
print(json.dumps(linear(norm(x, "final_norm.weight"),
                        "embedding.weight" if c["tied_head"] else "readout.weight", "readout").tolist()))
