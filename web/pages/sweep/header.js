// Name, state and figures of a sweep, and what can be done with it.
import { exportUrl, steerSweep } from '../../lib/api.js';
import { act, confirmAction } from '../../lib/dialog.js';
import { el, setHidden, setText } from '../../lib/dom.js';
import { count, dateTime, duration, loss, percent, scientific } from '../../lib/format.js';
import { badge, progressBar, tile, tiles } from '../../lib/parts.js';
import { link } from '../../lib/route.js';
import { counts, list, number, stateWord, time } from '../../lib/values.js';

const ACTIONS = {
  pause: {
    label: 'Pause', from: ['active'], done: 'Paused',
    title: 'Pause this sweep?',
    text: 'Running experiments save a checkpoint and stop; nothing new starts. Resume goes on from there.',
  },
  resume: {
    label: 'Resume', from: ['paused'], done: 'Resumed',
    title: 'Resume this sweep?',
    text: 'Workers take up its experiments again, from their checkpoints.',
  },
  cancel: {
    label: 'Cancel', from: ['active', 'paused'], done: 'Cancelled', dangerous: true,
    title: 'Cancel this sweep?',
    text: 'Experiments that have not finished never will; what has finished stays. This cannot be undone.',
  },
};

const EXPORTS = [
  ['csv', 'Results as CSV'], ['results_json', 'results.json'],
  ['sweep_json', 'sweep.json'], ['scaling_laws_json', 'scaling_laws.json'],
];

function actionButton(sweepId, word, changed) {
  const action = ACTIONS[word];
  const button = el('button', {
    type: 'button', hidden: true, class: action.dangerous ? 'button danger' : 'button',
    onclick: async () => {
      const { title, text, label, dangerous } = action;
      if (!await confirmAction({ title, text, action: label, dangerous })) return;
      await act(button, () => steerSweep(sweepId, word), action.done);
      changed();
    },
  }, action.label);
  return { node: button, update: (state) => setHidden(button, !action.from.includes(state)) };
}

function downloads(sweepId) {
  return el('details', { class: 'menu' }, el('summary', { class: 'button' }, 'Download'),
    el('ul', {}, EXPORTS.map(([format, label]) =>
      el('li', {}, el('a', { href: exportUrl(sweepId, format), download: '' }, label)))));
}

function timeLeft(sweep) {
  const state = stateWord(sweep.state);
  if (state === 'finished') return ['done', dateTime(time(sweep.finished_at))];
  if (state !== 'active') return ['–', state];
  const seconds = number(sweep.eta_seconds);
  if (seconds < 0) return ['unknown', 'no throughput measured yet'];
  return [duration(seconds), `until ${dateTime(Date.now() + 1000 * seconds)}`];
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
    speed: tile('Throughput'), loss: tile('Lowest loss'),
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
      all.speed.update(speed > 0 ? scientific(speed) : '–', speed > 0 ? 'FLOP/s over running experiments' : 'nothing runs');
      all.loss.update(loss(lowest?.loss ?? NaN), lowest ? `at ${count(lowest.parameters)} parameters` : '');
    },
  };
}

export function sweepHeader(sweepId, changed) {
  const name = el('h1', {}, sweepId);
  const id = el('p', { class: 'note mono' });
  const state = badge();
  const bar = progressBar();
  const numbers = figuresOf();
  const buttons = Object.keys(ACTIONS).map((word) => actionButton(sweepId, word, changed));
  return {
    node: el('header', { class: 'page-head' },
      el('nav', { class: 'crumbs', 'aria-label': 'Where this is' }, el('a', { href: link(['sweeps']) }, 'Sweeps')),
      el('div', { class: 'title-row' },
        el('div', { class: 'title' }, name, state.node), 
        el('div', { class: 'actions' }, buttons.map((button) => button.node), downloads(sweepId))),
      id, bar.node, numbers.node),
    update(sweep) {
      const word = stateWord(sweep.state);
      setText(name, sweep.name || sweep.id);
      setText(id, `${sweep.id} · created ${dateTime(time(sweep.created_at))}` +
        `${sweep.imported ? ' · imported' : ''}`);
      state.update(word);
      bar.update(counts(sweep.counts));
      numbers.update(sweep);
      for (const button of buttons) button.update(word);
    },
  };
}
