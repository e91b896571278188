// Name, state and figures of a sweep, and what can be done with it.
import { exportUrl } from '../../lib/api.js';
import { act } from '../../lib/dialog.js';
import { el, setText } from '../../lib/dom.js';
import { count, dateTime, duration, integer, loss, percent, plain, scientific } from '../../lib/format.js';
import { badge, notice, progressBar, tile, tiles } from '../../lib/parts.js';
import { link } from '../../lib/route.js';
import { saveReport } from '../../lib/report.js';
import { counts, list, number, stateWord, time } from '../../lib/values.js';
import { sweepActions } from './actions.js';

const EXPORTS = [
  ['csv', 'Results as CSV'], ['results_json', 'results.json'],
  ['sweep_json', 'sweep.json'], ['scaling_laws_json', 'scaling_laws.json'],
];

function reportButton(sweepId) {
  const button = el('button', {
    type: 'button', onclick: () => act(button, () => saveReport(sweepId), 'Saved the report'),
  }, 'Report (one HTML file)');
  return button;
}

function downloads(sweepId) {
  return el('details', { class: 'menu' }, el('summary', { class: 'button' }, 'Download'),
    el('ul', {}, EXPORTS.map(([format, label]) =>
      el('li', {}, el('a', { href: exportUrl(sweepId, format), download: '' }, label))),
    el('li', {}, reportButton(sweepId))));
}

function timeLeft(sweep) {
  const state = stateWord(sweep.state);
  if (state === 'finished') return ['done', dateTime(time(sweep.finished_at))];
  if (state !== 'active') return ['–', state];
  const seconds = number(sweep.eta_seconds);
  if (seconds < 0) return ['unknown', 'no throughput measured yet'];
  return [duration(seconds), `until ${dateTime(Date.now() + 1000 * seconds)}`];
}

// 0.42 h, 1,234 h
export function hours(seconds) {
  if (!(seconds >= 0)) return '–';
  const value = seconds / 3600;
  return `${value < 10 ? plain(value, 2) : integer(value)} h`;
}

// Hours of GPUs where the sweep held some, else of slots: {spent, left, unit}.
export function held(sweep) {
  const gpus = number(sweep.gpu_seconds_spent) > 0;
  return {
    spent: number(gpus ? sweep.gpu_seconds_spent : sweep.slot_seconds_spent),
    left: number(gpus ? sweep.gpu_seconds_left : sweep.slot_seconds_left),
    unit: gpus ? 'GPU-hours' : 'Slot-hours',
  };
}

function leftText(sweep, seconds) {
  if (stateWord(sweep.state) === 'finished') return 'spent in all';
  return seconds < 0 ? 'spent; left: unknown' : `spent, about ${hours(seconds)} left`;
}

// The lowest loss of all budgets: {loss, parameters} or null.
function best(sweep) {
  return list(sweep.budgets)
    .map((budget) => ({ loss: number(budget.best_loss), parameters: number(budget.best_parameters) }))
    .filter((one) => Number.isFinite(one.loss) && one.loss > 0)
    .reduce((low, one) => (low === null || one.loss < low.loss ? one : low), null);
}

function figuresOf() {
  const all = {
    compute: tile('Compute done'), experiments: tile('Experiments'), eta: tile('Time left'),
    slots: tile('Slot-hours'), speed: tile('Throughput'), loss: tile('Lowest loss'),
  };
  return {
    node: tiles(...Object.values(all)),
    update(sweep) {
      const number_of = counts(sweep.counts);
      const done = number(sweep.done_flops);
      const total = number(sweep.total_flops);
      const lowest = best(sweep);
      const speed = number(sweep.flops_per_second);
      all.compute.update(percent(done, total), `${scientific(done)} of ${scientific(total)} FLOP`);
      all.experiments.update(`${number_of.finished} / ${number_of.total}`,
        `${number_of.running + number_of.leased} running, ${number_of.failed} failed`);
      all.eta.update(...timeLeft(sweep));
      const { spent, left, unit } = held(sweep);
      all.slots.update(hours(spent), leftText(sweep, left), unit);
      all.speed.update(speed > 0 ? scientific(speed) : '–', speed > 0 ? 'FLOP/s over running experiments' : 'nothing runs');
      all.loss.update(loss(lowest?.loss ?? NaN), lowest ? `at ${count(lowest.parameters)} parameters` : '');
    },
  };
}

// The pages of one sweep.
export function tabs(sweepId, current) {
  const pages = [['overview', 'Overview', link(['sweeps', sweepId])],
    ['analysis', 'Analysis', link(['sweeps', sweepId, 'analysis'])]];
  return el('nav', { class: 'tabs', 'aria-label': 'Of this sweep' }, pages.map(([id, label, href]) =>
    el('a', { href, 'aria-current': id === current ? 'page' : undefined }, label)));
}

export function sweepHeader(sweepId, changed) {
  const name = el('h1', {}, sweepId);
  const id = el('p', { class: 'note mono' });
  const state = badge();
  const bar = progressBar();
  const stuck = notice('warning');
  const numbers = figuresOf();
  const actions = sweepActions(['pause', 'resume', 'retry', 'priority', 'clone', 'cancel', 'delete'], changed);
  return {
    node: el('header', { class: 'page-head' },
      el('nav', { class: 'crumbs', 'aria-label': 'Where this is' }, el('a', { href: link(['sweeps']) }, 'Sweeps')),
      el('div', { class: 'title-row' },
        el('div', { class: 'title' }, name, state.node),
        el('div', { class: 'actions' }, actions.nodes, downloads(sweepId))),
      id, tabs(sweepId, 'overview'), bar.node, stuck.node, numbers.node),
    update(sweep) {
      const word = stateWord(sweep.state);
      setText(name, sweep.name || sweep.id);
      setText(id, `${sweep.id} · created ${dateTime(time(sweep.created_at))}` +
        `${sweep.imported ? ' · imported' : ''}${number(sweep.scheduling?.priority) ? ` · priority ${number(sweep.scheduling.priority)}` : ''}`);
      state.update(word);
      bar.update(counts(sweep.counts));
      stuck.update(sweep.waiting_reason ?? '');
      numbers.update(sweep);
      actions.update(sweep);
    },
  };
}
