// A small world for the dashboard: sweeps whose losses follow a known law, one of them
// half done with a failure, one with a hostile name. Deterministic; step() lets time pass.

export const HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
const LAW = { e: 1.15, a: 42, alpha: 0.34, b: 46, beta: 0.3 };
const BUDGETS = [1e13, 3e13, 1e14, 3e14, 1e15];
const WIDTHS = [0.3, 0.45, 0.68, 1, 1.5, 2.2, 3.4];
const START = Date.parse('2026-03-01T09:00:00Z');

export const lawLoss = (n, d) => LAW.e + LAW.a / n ** LAW.alpha + LAW.b / d ** LAW.beta;
export const EXPONENT = LAW.beta / (LAW.alpha + LAW.beta);

export function optimum(compute) {
  const g = (LAW.alpha * LAW.a / (LAW.beta * LAW.b)) ** (1 / (LAW.alpha + LAW.beta));
  const n = g * (compute / 6) ** EXPONENT;
  return { n, d: compute / (6 * n) };
}

// A seeded wobble in [-1, 1]: the same world every time.
export function wobble(seed) {
  const x = Math.sin(seed * 12.9898 + 4.1) * 43758.5453;
  return 2 * (x - Math.floor(x)) - 1;
}

const stamp = (seconds) => new Date(START + 1000 * seconds).toISOString();

function planOf(budget, n) {
  const tokens = Math.round(budget / (6 * n) / 4096) * 4096;
  const width = 8 * Math.max(4, Math.round((n / 40) ** 0.33 / 2));
  return {
    mode: 'umup_gpt', parameters: String(n), non_embedding_parameters: String(Math.round(n * 0.86)),
    shape: {
      layers: '4', d_model: String(width), heads: '4', kv_heads: '4', d_ff: String(Math.round(width * 8 / 3)),
      vocab_size: '256', seq_len: '256',
    },
    batch_size: '16', accumulation_steps: '1', steps: String(tokens / 4096), tokens: String(tokens),
    flop_count: 'six_nd', flops: budget, flops_six_nd: budget, flops_exact: budget * 1.12,
    parametrization: 'u-mup', learning_rate: 0.5, scheduler: 'cosine', warmup_steps: String(Math.round(tokens / 81920)),
    min_lr_ratio: 0.1, weight_decay: 0.0001220703125, adam_beta1: 0.9, adam_beta2: 0.999, adam_eps: 1e-8,
    seed: '42', device: 'auto', dtype: 'float32', log_every: '5', eval_tokens: '65536', checkpoint_every: '200',
    data_path: 'data/gcide.txt', data_format: 'bytes', data_tokens: '39912345', val_fraction: 0.05,
    estimated_memory_bytes: 3.1e8,
  };
}

// Letters and digits that look like the hashes they stand for.
function hashLike(seed) {
  let text = '';
  for (let i = 0; i < 16; ++i) text += Math.floor(8 + 7.99 * wobble(seed * 31 + i)).toString(16);
  return text;
}

function experimentsOf(sweepId, seed, doneUntil) {
  return BUDGETS.flatMap((budget, b) => WIDTHS.map((width, w) => {
    const ordinal = b * WIDTHS.length + w;
    const n = Math.round(optimum(budget).n * width / 64) * 64;
    const plan = planOf(budget, n);
    const one = {
      id: hashLike(seed + ordinal), sweep_id: sweepId, ordinal, budget_index: b, budget_flops: budget,
      target_parameters: n, plan, state: 'EXPERIMENT_STATE_WAITING', attempts: [],
    };
    if (ordinal < doneUntil) finish(one, ordinal);
    return one;
  }));
}

function finish(one, seed) {
  const loss = lawLoss(Number(one.plan.parameters), Number(one.plan.tokens)) + 0.004 * wobble(seed);
  one.state = 'EXPERIMENT_STATE_FINISHED';
  one.step = one.plan.steps;
  one.result = {
    final_train_loss: loss - 0.021, final_val_loss: loss, parameters: one.plan.parameters, tokens: one.plan.tokens,
    steps: one.plan.steps, flops: one.budget_flops, train_seconds: one.budget_flops / 6e11,
    finished_at: stamp(60 * (seed + 1)),
  };
  delete one.failure;
  one.attempts = [{
    id: String(100 + seed), epoch: '1', worker_id: 'w-7f3a', state: 'finished', started_at: stamp(60 * seed),
    ended_at: stamp(60 * (seed + 1)),
  }];
}

function run(one, share) {
  one.state = 'EXPERIMENT_STATE_RUNNING';
  one.step = String(Math.round(share * Number(one.plan.steps)));
  one.last_loss = curve(one, share);
  one.tokens_per_second = 41200;
  one.worker_id = 'w-7f3a';
  one.attempts = [
    {
      id: '301', epoch: '1', worker_id: 'w-19be', state: 'lost', started_at: stamp(2000), ended_at: stamp(2600),
      failure: { kind: 'lost', message: 'the worker was silent for 30 s' },
    },
    { id: '302', epoch: '2', worker_id: 'w-7f3a', state: 'running', started_at: stamp(2700), resumed_from_step: '200' },
  ];
}

function fail(one) {
  one.state = 'EXPERIMENT_STATE_FAILED';
  one.step = '240';
  delete one.result;
  one.failure = { kind: 'out_of_memory', message: `needs 9.1 GB, 7.8 GB are free ${HOSTILE}` };
  one.attempts = [{
    id: '290', epoch: '1', worker_id: 'w-7f3a', state: 'failed', started_at: stamp(1500), ended_at: stamp(1530),
    failure: one.failure,
  }];
}

// Training loss at a share of the training, falling to the law's.
export function curve(one, share) {
  const end = lawLoss(Number(one.plan.parameters), Number(one.plan.tokens));
  return end + (5.2 - end) * Math.exp(-9 * share ** 0.55) + 0.02 * wobble(one.ordinal + 1000 * share) * (1.2 - share);
}

function makeSweep(id, name, state, seed, doneUntil) {
  const experiments = experimentsOf(id, seed, doneUntil);
  return { id, name, state: `SWEEP_STATE_${state}`, created_at: stamp(-seed), experiments, events: [] };
}

export function makeWorld() {
  const active = makeSweep('9c41e07ab2d8', 'English text, cpu_fast', 'ACTIVE', 1, 26);
  run(active.experiments[26], 0.62);
  run(active.experiments[27], 0.18);
  fail(active.experiments[20]);
  active.experiments[28].state = 'EXPERIMENT_STATE_LEASED';
  active.dropped = [
    { budget_flops: 1e13, target_parameters: 12800, reason: 'only 31 steps; tokens.min_steps is 50' },
    { budget_flops: 1e15, target_parameters: 4.1e7, reason: '4.2 tokens per parameter; tokens.min_tokens_per_param is 5' },
  ];
  active.events = ['leased', 'lost', 'leased', 'started'].map((kind, i) => ({
    seq: String(i + 1), time: stamp(2000 + 300 * i), sweep_id: active.id, experiment_id: active.experiments[26].id,
    attempt_id: '302', kind, message: kind === 'lost' ? `silent for 30 s ${HOSTILE}` : 'by worker w-7f3a',
  }));
  const done = makeSweep('5b0d77e1aa34', 'tiny-stories baseline', 'FINISHED', 7200, 35);
  done.finished_at = stamp(3600);
  done.imported = true;
  const hostile = makeSweep('0e55c2f91b66', HOSTILE, 'PAUSED', 90000, 0);
  return { sweeps: [active, done, hostile], up: true };
}

// Time passes: what runs gets further.
export function step(world) {
  for (const sweep of world.sweeps) {
    if (sweep.state !== 'SWEEP_STATE_ACTIVE') continue;
    for (const one of sweep.experiments) {
      if (one.state !== 'EXPERIMENT_STATE_RUNNING') continue;
      const share = Number(one.step) / Number(one.plan.steps) + 0.05;
      if (share >= 1) finish(one, one.ordinal);
      else Object.assign(one, { step: String(Math.round(share * Number(one.plan.steps))), last_loss: curve(one, share) });
    }
  }
}

export function retry(one) {
  one.state = 'EXPERIMENT_STATE_WAITING';
  delete one.failure;
}
