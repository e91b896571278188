// Reading protobuf's JSON: a field at its default may be absent, 64-bit integers are
// strings, and what JSON has no number for is "NaN", "Infinity" or "-Infinity".

export function number(value) {
  return value === undefined || value === null ? 0 : Number(value);
}

export function list(value) {
  return value ?? [];
}

// EXPERIMENT_STATE_RUNNING -> running, SWEEP_STATE_ACTIVE -> active; absent -> unknown.
export function stateWord(name) {
  const word = (name ?? '').replace(/^(EXPERIMENT|SWEEP)_STATE_/, '').toLowerCase();
  return word === '' || word === 'unspecified' ? 'unknown' : word;
}

export const COUNTED_STATES = ['finished', 'running', 'leased', 'waiting', 'failed', 'cancelled'];

// StateCounts with every key present.
export function counts(value) {
  const all = { total: number(value?.total) };
  for (const state of COUNTED_STATES) all[state] = number(value?.[state]);
  return all;
}

// Milliseconds since 1970, or null where there is no such time.
export function time(value) {
  const milliseconds = Date.parse(value ?? '');
  return Number.isNaN(milliseconds) || milliseconds <= 0 ? null : milliseconds;
}
