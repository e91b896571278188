// The world as the API shows it: protobuf's JSON, fields at their default left out.
import { EXPONENT, HOSTILE, curve, lawLoss, optimum, wobble } from './data.js';

const STATES = ['waiting', 'leased', 'running', 'finished', 'failed', 'cancelled'];
const wordOf = (one) => one.state.replace('EXPERIMENT_STATE_', '').toLowerCase();

// What protobuf leaves out: zeros, empty texts and lists, false.
export function withoutDefaults(value) {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value === 'number' && Number.isNaN(value)) return 'NaN';
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).filter(([, field]) =>
    field !== undefined && field !== 0 && field !== '' && field !== false && !(Array.isArray(field) && !field.length));
  return Object.fromEntries(kept.map(([key, field]) => [key, withoutDefaults(field)]));
}

function countsOf(experiments) {
  const all = { total: experiments.length };
  for (const state of STATES) all[state] = experiments.filter((one) => wordOf(one) === state).length;
  return all;
}

function budgetsOf(experiments) {
  const indexes = [...new Set(experiments.map((one) => one.budget_index))];
  return indexes.map((budget_index) => {
    const own = experiments.filter((one) => one.budget_index === budget_index);
    const best = own.filter((one) => one.result)
      .reduce((low, one) => (!low || one.result.final_val_loss < low.result.final_val_loss ? one : low), null);
    return {
      budget_index, budget_flops: own[0].budget_flops, counts: countsOf(own),
      best_loss: best ? best.result.final_val_loss : NaN, best_parameters: best ? Number(best.plan.parameters) : 0,
    };
  });
}

function flopsDone(one) {
  if (wordOf(one) === 'finished') return one.budget_flops;
  return wordOf(one) === 'running' ? one.budget_flops * Number(one.step) / Number(one.plan.steps) : 0;
}

export function sweepView({ experiments, events, dropped, ...sweep }, whole) {
  const total = experiments.reduce((sum, one) => sum + one.budget_flops, 0);
  const done = experiments.reduce((sum, one) => sum + flopsDone(one), 0);
  const active = sweep.state === 'SWEEP_STATE_ACTIVE';
  return {
    ...sweep, counts: countsOf(experiments), budgets: budgetsOf(experiments), total_flops: total, done_flops: done,
    eta_seconds: active ? (total - done) / 8.2e11 : -1, flops_per_second: active ? 8.2e11 : 0,
    dropped: whole ? dropped : undefined,
  };
}

export function experimentView({ attempts, ...one }, whole) {
  return whole ? { ...one, attempts } : one;
}

export function measurementsOf(one, afterSeq = 0) {
  const steps = Number(one.plan.steps);
  const measurements = [];
  for (let i = 1; i <= 200; ++i) {
    const share = i / 200;
    if (share * steps > Number(one.step ?? 0)) break;
    measurements.push({
      kind: 'train', step: String(Math.round(share * steps)), tokens: String(Math.round(share * Number(one.plan.tokens))),
      flops: share * one.budget_flops, loss: curve(one, share), seconds: share * 300, seq: String(i),
      learning_rate: 0.5 * Math.min(1, share / 0.05) * (0.55 + 0.45 * Math.cos(Math.PI * share)),
      grad_norm: 120 * Math.exp(-3 * share) + 30 + 4 * wobble(i), tokens_per_second: 41000 + 900 * wobble(i + 7),
    });
  }
  return { measurements: measurements.filter((m) => Number(m.seq) > afterSeq), last_seq: String(measurements.length) };
}

const around = (value, share) => ({ low: value * (1 - share), high: value * (1 + share) });

// null with fewer than three complete budgets.
export function fitOf(sweep) {
  const budgets = budgetsOf(sweep.experiments).filter((one) => one.counts.finished >= 6);
  if (budgets.length < 3) return null;
  const optimal_points = budgets.map(({ budget_flops, budget_index, counts, best_loss, best_parameters }) => {
    const { n, d } = optimum(budget_flops);
    return {
      budget_index, compute_budget: budget_flops, model_size: n, num_tokens: d, final_loss: lawLoss(n, d),
      runs: counts.finished, model_size_ci: around(n, 0.06), c0: 90, c1: -13, c2: 0.51, r_squared: 0.987,
      empirical_model_size: best_parameters, empirical_loss: best_loss,
    };
  });
  const law = (name, coefficient_k, exponent_a, r_squared) => ({
    name, coefficient_k, exponent_a, r_squared, k_ci: around(coefficient_k, 0.4), a_ci: around(exponent_a, 0.03),
    formula: `${name} = ${coefficient_k.toExponential(2)} * C^${exponent_a.toFixed(4)}`,
  });
  return {
    id: `fit-${sweep.id}-${budgets.length}`, sweep_id: sweep.id, method: 'quadratic', created_at: new Date().toISOString(),
    n_opt: law('N_opt', optimum(1).n, EXPONENT, 0.9991), d_opt: law('D_opt', optimum(1).d, 1 - EXPONENT, 0.9994),
    l_opt: law('L_opt', 16.2, -0.0529, 0.9962), optimal_points, optimal_ratio: 21.7,
    exclusions: [{ compute_budget: 3e14, experiment_id: sweep.experiments[20].id, reason: 'not finished (failed)' }],
    warnings: sweep.imported ? [] : [`The budget 1e15 is not complete; it was left out. ${HOSTILE}`],
    leave_one_out: budgets.map((one) => ({ left_out_budget: one.budget_flops, exponent_a: EXPONENT + 0.004 * wobble(one.budget_index) })),
    runs_used: budgets.reduce((sum, one) => sum + one.counts.finished, 0), resamples: 1000, confidence: 0.95,
    loss_kind: 'validation', flop_count: 'six_nd',
  };
}

export function predictionOf(compute) {
  const { n, d } = optimum(compute);
  return {
    target_compute: compute, optimal_params: n, optimal_tokens: d, expected_loss: lawLoss(n, d), tokens_per_param: d / n,
    params_ci: around(n, 0.18), tokens_ci: around(d, 0.18), loss_ci: around(lawLoss(n, d), 0.012), extrapolation: compute / 1e15,
  };
}

export function workersView(world) {
  const running = world.sweeps[0].experiments.filter((one) => wordOf(one) === 'running').map((one) => one.id);
  const seen = new Date().toISOString();
  return [
    {
      id: 'w-7f3a', name: 'lab-desk', host: 'lab-desk', pid: 4242, version: '0.1.0', alive: true, last_seen: seen,
      devices: [{ id: 'cpu', kind: 'cpu', name: 'AMD EPYC 7763', memory_bytes: 1.68e10, slots: 2 }],
      experiment_ids: running, finished: 26, failed: 1,
    },
    {
      id: 'w-19be', name: HOSTILE, host: 'gpu-03', pid: 917, version: '0.1.0', last_seen: '2026-03-01T09:40:00Z',
      devices: [0, 1].map((i) => ({ id: `cuda:${i}`, kind: 'cuda', name: 'NVIDIA H200', memory_bytes: 1.51e11, slots: 1 })),
      finished: 4,
    },
  ];
}

export function logOf(one) {
  const lines = [`plan ${one.id}: ${one.plan.parameters} parameters, ${one.plan.steps} steps`, HOSTILE];
  for (let i = 1; i <= 40; ++i) lines.push(`step ${i * 10} loss ${curve(one, i / 60).toFixed(4)} tokens/s 41200`);
  return `${lines.join('\n')}\n`;
}
