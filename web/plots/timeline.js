// Who trained what when: a lane a device, a stroke an attempt, coloured by how it ended. New attempts
// are fetched by cursor; those under way are looked at again.
import { getAttempts, getWorkers } from '../lib/api.js';
import { count, scientific } from '../lib/format.js';
import { list, number, time } from '../lib/values.js';
import { stateColour, themeOf } from './look.js';
import { plotPanel } from './panel.js';

const PAGE = 2000;
const LANE = 26;
const LIVE = new Set(['leased', 'running']);

function attemptStore(sweepId) {
  const all = new Map();
  return async (signal) => {
    // From before the first that was still under way.
    const live = [...all.values()].filter((one) => LIVE.has(one.state)).map((one) => number(one.id));
    const last = Math.max(0, ...[...all.keys()].map(Number));
    let after = live.length ? Math.min(...live) - 1 : last;
    for (;;) {
      const page = list((await getAttempts(sweepId, { after_id: after || undefined, limit: PAGE }, signal)).attempts);
      for (const one of page) all.set(one.id, one);
      if (page.length < PAGE) break;
      after = number(page.at(-1).id);
    }
    return [...all.values()];
  };
}

const laneOf = (one, names) => [names.get(one.worker_id) ?? one.worker_id ?? 'worker', one.device_id].filter(Boolean).join(' · ');

// Two workers may have one name; then their ids tell them apart.
async function workerNames(signal) {
  const workers = list((await getWorkers(signal)).workers);
  const often = new Map();
  for (const worker of workers) often.set(worker.name, (often.get(worker.name) ?? 0) + 1);
  return new Map(workers.map((worker) => [worker.id, worker.name && often.get(worker.name) === 1 ? worker.name.replaceAll('<', '‹').slice(0, 30) : worker.id.slice(0, 8)]));
}

function tracesOf(attempts, names, word) {
  const byState = new Map();
  for (const one of attempts) {
    const start = time(one.started_at);
    if (start === null) continue;
    const end = time(one.ended_at) ?? Date.now();
    if (!byState.has(one.state)) byState.set(one.state, { x: [], y: [], text: [] });
    const trace = byState.get(one.state);
    const text = `${one.experiment_id.slice(0, 12)}, ${scientific(number(one.budget_flops))} FLOP, ` +
      `${count(number(one.parameters))} parameters<br>attempt ${number(one.epoch)}: ${one.state}`;
    trace.x.push(new Date(start).toISOString(), new Date(Math.max(end, start + 1)).toISOString(), null);
    trace.y.push(laneOf(one, names), laneOf(one, names), null);
    trace.text.push(text, text, '');
  }
  return [...byState].map(([state, { x, y, text }]) => ({
    type: 'scatter', mode: 'lines', name: state, x, y, text, line: { color: stateColour(state, word), width: 12 },
    hovertemplate: '%{text}<br>%{x}<extra>%{y}</extra>',
  }));
}

export function timelinePanel(sweepId) {
  const load = attemptStore(sweepId);
  return plotPanel({
    title: 'Timeline', name: `timeline_${sweepId}`, height: 360, empty: 'Appears with the first attempt.',
    async load(word, signal) {
      const attempts = await load(signal);
      if (attempts.length === 0) return null;
      const theme = themeOf(word);
      const names = await workerNames(signal);
      const lanes = [...new Set(attempts.map((one) => laneOf(one, names)))].sort();
      return {
        data: tracesOf(attempts, names, word),
        layout: {
          font: theme.font, hovermode: 'closest', legend: { orientation: 'h', x: 0, y: 1.04, yanchor: 'bottom' },
          margin: { l: 170, r: 16, t: 40, b: 44 }, height: Math.max(200, 120 + LANE * lanes.length),
          xaxis: { ...theme.axis, type: 'date' },
          yaxis: { ...theme.axis, type: 'category', categoryorder: 'array', categoryarray: lanes.reverse(), range: [-0.7, lanes.length - 0.3], automargin: true },
        },
      };
    },
  });
}
