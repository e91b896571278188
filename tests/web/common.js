// What both halves of the page tests use.
import assert from 'node:assert/strict';

// A sweep for the rude trainer.
export const rude = (data) => `
planner:
  compute: {min_flops: 1e12, max_flops: 1e12, num_budgets: 1, num_model_sizes: 5, flop_count: six_nd}
  model: {grid: bounds, min_size: 2e4, max_size: 3e5}
  tokens: {min_tokens_per_param: 0.1, max_tokens_per_param: 1e6, min_steps: 2, allow_repeat: true}
trainer:
  mode: command
  dataset: {path: "${data}", format: bytes, seq_len: 64}
  trainer: {batch_size: 8}
`;

export const sweepAddress = (sweep) => `#/sweeps/${sweep.id}`;

export async function experimentOf(stack, sweep, filter) {
  const page = await stack.get(`/sweeps/${sweep.id}/experiments?filter=${encodeURIComponent(filter)}&limit=1`);
  assert.ok(page.experiments?.length, `an experiment with ${filter}`);
  return page.experiments[0];
}
