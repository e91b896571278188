// Progress of each compute budget, and the cells of the plan that were left out.
import { el, setHidden, setText } from '../../lib/dom.js';
import { count, loss, scientific } from '../../lib/format.js';
import { progressBar, section } from '../../lib/parts.js';
import { table } from '../../lib/table.js';
import { counts, list, number } from '../../lib/values.js';

function barCell() {
  const bar = progressBar();
  return { node: bar.node, update: (budget) => bar.update(counts(budget.counts)) };
}

const COLUMNS = [
  { id: 'budget', label: 'Budget (FLOP)', text: (one) => scientific(number(one.budget_flops)) },
  { id: 'progress', label: 'Progress', cell: barCell },
  {
    id: 'done', label: 'Done', numeric: true,
    text: (one) => `${counts(one.counts).finished}/${counts(one.counts).total}`,
  },
  { id: 'loss', label: 'Lowest loss', numeric: true, text: (one) => loss(number(one.best_loss)) },
  {
    id: 'size', label: 'at parameters', numeric: true,
    text: (one) => (number(one.best_parameters) > 0 ? count(number(one.best_parameters)) : '–'),
  },
];

const LEGEND = ['finished', 'running', 'leased', 'waiting', 'failed', 'cancelled'];

function droppedCells() {
  const summary = el('summary');
  const body = el('ul', { class: 'plain' });
  const node = el('details', { class: 'more', hidden: true }, summary, body);
  let shown = -1;
  return {
    node,
    update(dropped) {
      setHidden(node, dropped.length === 0);
      if (dropped.length === shown) return;
      shown = dropped.length;
      setText(summary, `${dropped.length} planned ${dropped.length === 1 ? 'model was' : 'models were'} left out`);
      body.replaceChildren(...dropped.map((cell) => el('li', {},
        `${scientific(number(cell.budget_flops))} FLOP, ${count(number(cell.target_parameters))} parameters: ${cell.reason ?? ''}`)));
    },
  };
}

export function budgetsSection() {
  const budgets = table({ caption: 'Progress by budget', columns: COLUMNS, key: (one) => number(one.budget_index) });
  const dropped = droppedCells();
  const legend = el('ul', { class: 'legend', 'aria-hidden': 'true' },
    LEGEND.map((state) => el('li', { 'data-state': state }, state)));
  return {
    node: section('Progress by budget', budgets.node, legend, dropped.node),
    update(sweep) {
      budgets.update(list(sweep.budgets));
      dropped.update(list(sweep.dropped));
    },
  };
}
