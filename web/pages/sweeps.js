// All sweeps: state, progress by budget, time left, failures.
import { getSweeps } from '../lib/api.js';
import { el, keyed, setAttribute, setHidden, setText } from '../lib/dom.js';
import { ago, dateTime, duration, percent, scientific } from '../lib/format.js';
import { badge, notice, progressBar } from '../lib/parts.js';
import { poll } from '../lib/poll.js';
import { sweepLink } from '../lib/route.js';
import { linkCell, table } from '../lib/table.js';
import { counts, list, number, stateWord, time } from '../lib/values.js';

// One thin column a budget, filled as far as it is finished.
function budgetColumns() {
  const node = el('span', { class: 'budget-columns', role: 'img' });
  const show = keyed(node, (budget) => number(budget.budget_index), () => {
    const fill = el('span');
    const column = el('span', { class: 'budget-column' }, fill);
    return {
      node: column,
      update(budget) {
        const all = counts(budget.counts);
        fill.style.height = `${all.total ? (100 * all.finished) / all.total : 0}%`;
        setAttribute(column, 'data-failed', String(all.failed > 0));
        setAttribute(column, 'title', `${scientific(number(budget.budget_flops))} FLOP: ` +
          `${all.finished} of ${all.total} finished`);
      },
    };
  });
  return {
    node,
    update(budgets) {
      const done = budgets.filter((one) => counts(one.counts).finished === counts(one.counts).total);
      setAttribute(node, 'aria-label', `${done.length} of ${budgets.length} budgets complete`);
      show(budgets);
    },
  };
}

function progressCell() {
  const bar = progressBar();
  const text = el('span', { class: 'note' });
  const budgets = budgetColumns();
  return {
    node: el('div', { class: 'progress-cell' }, el('div', { class: 'grow' }, bar.node, text), budgets.node),
    update(sweep) {
      const all = counts(sweep.counts);
      bar.update(all);
      budgets.update(list(sweep.budgets));
      setText(text, `${all.finished} of ${all.total} experiments, ` +
        `${percent(number(sweep.done_flops), number(sweep.total_flops))} of the compute`);
    },
  };
}

function stateCell() {
  const state = badge();
  return { node: state.node, update: (sweep) => state.update(stateWord(sweep.state)) };
}

function failuresCell() {
  const node = el('span', {});
  return {
    node,
    update(sweep) {
      const { failed } = counts(sweep.counts);
      setText(node, failed ? String(failed) : 'none');
      setAttribute(node, 'class', failed ? 'bad' : 'note');
    },
  };
}

const COLUMNS = [
  {
    id: 'name', label: 'Sweep', value: (sweep) => sweep.name || sweep.id,
    cell: linkCell((sweep) => sweep.name || sweep.id, (sweep) => sweepLink(sweep.id),
      (sweep) => (sweep.imported ? `${sweep.id} · imported` : sweep.id)),
  },
  { id: 'state', label: 'State', value: (sweep) => stateWord(sweep.state), cell: stateCell },
  { id: 'progress', label: 'Progress, and by budget', cell: progressCell },
  { id: 'eta', label: 'Time left', numeric: true, text: timeLeft },
  { id: 'failed', label: 'Failed', numeric: true, value: (sweep) => counts(sweep.counts).failed, cell: failuresCell },
  {
    id: 'flops', label: 'Compute (FLOP)', numeric: true, value: (sweep) => number(sweep.total_flops),
    text: (sweep) => scientific(number(sweep.total_flops)),
  },
  {
    id: 'created', label: 'Created', numeric: true, value: (sweep) => time(sweep.created_at),
    text: (sweep) => dateTime(time(sweep.created_at)),
  },
];

function timeLeft(sweep) {
  if (stateWord(sweep.state) === 'finished') return `done ${ago(time(sweep.finished_at))}`;
  if (stateWord(sweep.state) !== 'active') return '–';
  const seconds = number(sweep.eta_seconds);
  return seconds < 0 ? 'unknown' : duration(seconds);
}

function emptyState() {
  return el('div', { class: 'card empty', hidden: true },
    el('h2', {}, 'No sweep yet'),
    el('p', {}, 'Create one from the command line; it appears here at once:'),
    el('pre', {}, 'ffctl train --preset cpu_fast'));
}

export function sweepsPage() {
  const sweeps = table({
    caption: 'Sweeps', columns: COLUMNS, key: (sweep) => sweep.id,
    sort: { id: 'created', down: true },
  });
  sweeps.node.classList.add('card', 'flush');
  sweeps.node.hidden = true;
  const empty = emptyState();
  const error = notice('error');
  const polling = poll(async (signal) => {
    const all = list((await getSweeps(signal)).sweeps);
    error.update('');
    sweeps.update(all);
    setHidden(sweeps.node, all.length === 0);
    setHidden(empty, all.length > 0);
  }, (problem) => error.update(problem.message));
  return {
    title: 'Sweeps',
    node: el('div', {}, el('h1', {}, 'Sweeps'), error.node, sweeps.node, empty),
    stop: polling.stop,
  };
}
