"""Logits of weights that flops-fit exported: python3 load_weights.py FOLDER TOKEN ... (prints JSON)."""
import json, struct, sys, torch, torch.nn.functional as F

folder, ids = sys.argv[1], torch.tensor([int(word) for word in sys.argv[2:]])
c = json.load(open(folder + "/config.json"))
raw = memoryview(bytearray(open(folder + "/model.safetensors", "rb").read()))
size = struct.unpack("<Q", raw[:8])[0]  # of the header, which says where each float32 tensor lies after it
read = lambda t: torch.frombuffer(raw[8 + size:][slice(*t["data_offsets"])], dtype=torch.float32).view(t["shape"])
w = {name: read(t) for name, t in json.loads(bytes(raw[8:8 + size])).items() if name != "__metadata__"}
s, T, D, heads, kv = c["scales"], len(ids), c["d_model"] // c["heads"], c["heads"], c["kv_heads"]
angles = torch.outer(torch.arange(T), c["rope_base"] ** (-torch.arange(0, D, 2) / D))
linear = lambda x, name, scale: s[scale] * x @ w[name].T
norm = lambda x, name: x * torch.rsqrt(x.square().mean(-1, True) + c["norm_eps"]) * w.get(name, 1)
rope = lambda a, b: torch.cat([a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()], -1)

x = w["embedding.weight"][ids]
for i in range(c["layers"]):
    p, (a_branch, a_skip), (m_branch, m_skip) = f"layers.{i}.", c["branches"][2 * i], c["branches"][2 * i + 1]
    qkv = linear(norm(x, p + "attn_norm.weight"), p + "attn.wqkv.weight", "qkv").view(T, -1, D).transpose(0, 1)
    q, k, v = [t.repeat_interleave(heads // len(t), 0) for t in qkv.split([heads, kv, kv])]
    scores = s["attention_logits"] * rope(*q.chunk(2, -1)) @ rope(*k.chunk(2, -1)).transpose(1, 2)
    a = s["attention_output"] * (scores + torch.full((T, T), -torch.inf).triu(1)).softmax(-1) @ v
    x = a_branch * linear(a.transpose(0, 1).reshape(T, -1), p + "attn.wo.weight", "attention_out") + a_skip * x
    u, g = linear(norm(x, p + "mlp_norm.weight"), p + "mlp.w_up_gate.weight", "up_gate").chunk(2, -1)
    gated = s["gated_silu"] * u * g * (s["silu_sharpness"] * g).sigmoid()
    x = m_branch * linear(gated, p + "mlp.w_down.weight", "down") + m_skip * x
head = "embedding.weight" if c["tied_head"] else "readout.weight"
print(json.dumps(linear(norm(x, "final_norm.weight"), head, "readout").tolist()))
