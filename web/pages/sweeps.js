// All sweeps: state, progress by budget, time left, failures.
import { getSweeps } from '../lib/api.js';
import { el, keyed, setAttribute, setHidden, setText } from '../lib/dom.js';
import { ago, dateTime, duration, percent, scientific } from '../lib/format.js';
import { badge, notice, progressBar } from '../lib/parts.js';
import { poll } from '../lib/poll.js';
import { link, setQuery, sweepLink } from '../lib/route.js';
import { linkCell, table } from '../lib/table.js';
import { counts, list, number, stateWord, time } from '../lib/values.js';
import { sweepActions } from './sweep/actions.js';
import { held, hours } from './sweep/header.js';

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

function slotsCell() {
  const spent = el('span', {});
  const left = el('span', { class: 'note' });
  return {
    node: el('span', { class: 'stacked' }, spent, left),
    update(sweep) {
      const now = held(sweep);
      setText(spent, hours(now.spent));
      const more = stateWord(sweep.state) === 'active' && now.left >= 0 ? `${hours(now.left)} left` : '';
      setText(left, now.unit === 'GPU-hours' ? `of GPUs${more ? `, ${more}` : ''}` : more);
    },
  };
}

function actionsCell(changed) {
  return () => {
    const actions = sweepActions(['pause', 'resume', 'priority', 'clone', 'cancel', 'delete'], changed);
    return { node: el('div', { class: 'actions tight' }, actions.nodes), update: actions.update };
  };
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

const columnsFor = (changed) => [
  {
    id: 'name', label: 'Sweep', value: (sweep) => sweep.name || sweep.id,
    cell: linkCell((sweep) => sweep.name || sweep.id, (sweep) => sweepLink(sweep.id),
      (sweep) => `${sweep.id} · ${dateTime(time(sweep.created_at))}${sweep.imported ? ' · imported' : ''}`),
  },
  { id: 'state', label: 'State', value: (sweep) => stateWord(sweep.state), cell: stateCell },
  { id: 'progress', label: 'Progress, and by budget', cell: progressCell },
  { id: 'eta', label: 'Time left', numeric: true, text: timeLeft },
  { id: 'failed', label: 'Failed', numeric: true, value: (sweep) => counts(sweep.counts).failed, cell: failuresCell },
  { id: 'slots', label: 'Slot-hours', numeric: true, value: (sweep) => held(sweep).spent, cell: slotsCell },
  {
    id: 'flops', label: 'Compute (FLOP)', numeric: true, value: (sweep) => number(sweep.total_flops),
    text: (sweep) => scientific(number(sweep.total_flops)),
  },
  { id: 'actions', label: 'Actions', cell: actionsCell(changed) },
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
    el('p', {}, 'Create one ', el('a', { href: link(['new']) }, 'here'), ', or from the command line; it appears at once:'),
    el('pre', {}, 'ffctl train --preset cpu_fast'));
}

const PAGE = 50;

export function sweepsPage(query) {
  let offset = Math.max(0, Number(query.get('offset')) || 0);
  const sweeps = table({
    caption: 'Sweeps', columns: columnsFor(() => polling.now()), key: (sweep) => sweep.id,
  });
  sweeps.node.classList.add('card', 'flush');
  sweeps.node.hidden = true;
  const empty = emptyState();
  const error = notice('error');
  const turn = (by) => el('button', {
    type: 'button', class: 'button',
    onclick: () => {
      offset = Math.max(0, offset + by);
      setQuery({ offset: offset ? String(offset) : '' });
      polling.now();
    },
  }, by < 0 ? 'Newer' : 'Older');
  const newer = turn(-PAGE);
  const older = turn(PAGE);
  const where = el('span', { class: 'note' });
  const pager = el('div', { class: 'actions', hidden: true }, newer, older, where);
  const polling = poll(async (signal) => {
    const answer = await getSweeps(signal, { limit: PAGE, offset: offset || undefined });
    const all = list(answer.sweeps);
    const total = number(answer.total);
    error.update('');
    sweeps.update(all);
    setHidden(sweeps.node, all.length === 0);
    setHidden(empty, total > 0);
    setHidden(pager, total <= PAGE);
    newer.disabled = offset === 0;
    older.disabled = offset + PAGE >= total;
    setText(where, `${offset + 1} – ${offset + all.length} of ${total}`);
  }, (problem) => error.update(problem.message));
  return {
    title: 'Sweeps',
    node: el('div', {},
      el('div', { class: 'title-row' }, el('h1', {}, 'Sweeps'), el('a', { class: 'button primary', href: link(['new']) }, 'New sweep')),
      error.node, sweeps.node, pager, empty),
    stop: polling.stop,
  };
}
