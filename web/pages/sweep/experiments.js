// The experiments of a sweep: sorted, filtered by state and text; the address remembers
// both. Fetched again only when the sweep has moved, drawn a page of rows at a time.
import { getExperiments } from '../../lib/api.js';
import { el, setAttribute, setHidden, setText } from '../../lib/dom.js';
import { count, loss, percent, plain, scientific } from '../../lib/format.js';
import { badge, section } from '../../lib/parts.js';
import { experimentLink, setQuery } from '../../lib/route.js';
import { linkCell, table } from '../../lib/table.js';
import { counts, list, number, stateWord } from '../../lib/values.js';

const FETCHED = 1000;  // rows at most; sweeps beyond are for ffctl and CSV
const SHOWN = 100;     // rows drawn at first
const FILTERS = ['all', 'running', 'waiting', 'finished', 'failed', 'cancelled'];

const plan = (experiment) => experiment.plan ?? {};
const word = (experiment) => stateWord(experiment.state);

function validationLoss(experiment) {
  const value = experiment.result ? number(experiment.result.final_val_loss) : NaN;
  return value === 0 ? NaN : value;
}

function trainingLoss(experiment) {
  const value = number(experiment.result ? experiment.result.final_train_loss : experiment.last_loss);
  return value === 0 ? NaN : value;
}

function share(experiment) {
  if (word(experiment) === 'finished') return 1;
  const steps = number(plan(experiment).steps);
  return steps > 0 ? Math.min(1, number(experiment.step) / steps) : 0;
}

function stateCell() {
  const state = badge();
  const note = el('span', { class: 'note bad' });
  return {
    node: el('span', { class: 'stacked' }, el('span', {}, state.node), note),
    update(experiment) {
      state.update(word(experiment));
      const failed = word(experiment) === 'failed' ? (experiment.failure?.kind ?? '').replaceAll('_', ' ') : '';
      setText(note, failed);
    },
  };
}

function shareCell() {
  const fill = el('span', { 'data-state': 'running' });
  const bar = el('div', { class: 'progress small', role: 'img' }, fill);
  return {
    node: bar,
    update(experiment) {
      const done = share(experiment);
      fill.style.width = `${100 * done}%`;
      setAttribute(fill, 'data-state', word(experiment));
      const text = `${percent(done, 1)} (step ${number(experiment.step)} of ${number(plan(experiment).steps)})`;
      setAttribute(bar, 'aria-label', text);
      setAttribute(bar, 'title', text);
    },
  };
}

function columnsFor(sweepId) {
  const numeric = (id, label, value, write) =>
    ({ id, label, numeric: true, value, text: (one) => write(value(one)) });
  return [
    {
      id: 'id', label: 'Experiment', value: (one) => number(one.ordinal),
      cell: linkCell((one) => one.id.slice(0, 12), (one) => experimentLink(sweepId, one.id)),
    },
    { id: 'state', label: 'State', value: word, cell: stateCell },
    { id: 'share', label: 'Progress', value: share, cell: shareCell },
    numeric('budget', 'Budget', (one) => number(one.budget_flops), scientific),
    numeric('n', 'Parameters', (one) => number(plan(one).parameters), count),
    numeric('d', 'Tokens', (one) => number(plan(one).tokens), count),
    numeric('ratio', 'D/N', (one) => number(plan(one).tokens) / number(plan(one).parameters), (x) => count(x)),
    numeric('lr', 'LR', (one) => number(plan(one).learning_rate), plain),
    numeric('train', 'Train loss', trainingLoss, loss),
    numeric('val', 'Val. loss', validationLoss, loss),
  ];
}

function filterButtons(selected, onSelect) {
  const buttons = FILTERS.map((state) => el('button', { type: 'button', onclick: () => onSelect(state) }));
  const node = el('div', { class: 'segments', role: 'group', 'aria-label': 'Filter by state' }, buttons);
  return {
    node,
    update(numbers, now) {
      FILTERS.forEach((state, i) => {
        setText(buttons[i], `${state} ${state === 'all' ? numbers.total : numberIn(numbers, state)}`);
        setAttribute(buttons[i], 'aria-pressed', String(state === now));
      });
    },
  };
}

// A lease is a running experiment that has not said so yet.
const numberIn = (numbers, state) => (state === 'running' ? numbers.running + numbers.leased : numbers[state]);

function matches(experiment, state, text) {
  const its = word(experiment) === 'leased' ? 'running' : word(experiment);
  if (state !== 'all' && its !== state) return false;
  if (text === '') return true;
  const where = `${experiment.id} ${experiment.worker_id ?? ''} ${experiment.failure?.kind ?? ''} ` +
    `${scientific(number(experiment.budget_flops))} ${count(number(plan(experiment).parameters))}`;
  return where.toLowerCase().includes(text.toLowerCase());
}

function readView(query) {
  const sort = query.get('sort') ?? '';
  return {
    state: FILTERS.includes(query.get('state')) ? query.get('state') : 'all',
    text: query.get('find') ?? '',
    sort: sort ? { id: sort.replace(/^-/, ''), down: sort.startsWith('-') } : null,
    limit: SHOWN,
  };
}

export function experimentsSection(sweepId, query) {
  const view = readView(query);
  let all = [];
  let numbers = counts({});
  let fetchedFor = null;

  const rows = table({
    caption: 'Experiments', columns: columnsFor(sweepId), key: (one) => one.id, sort: view.sort,
    onSort: (sort) => setQuery({ sort: `${sort.down ? '-' : ''}${sort.id}` }),
  });
  const filters = filterButtons(view.state, (state) => {
    view.state = state;
    setQuery({ state: state === 'all' ? '' : state });
    draw();
  });
  const search = el('input', {
    type: 'search', placeholder: 'id, worker, size …', 'aria-label': 'Find experiments', value: view.text,
    oninput: () => {
      view.text = search.value.trim();
      setQuery({ find: view.text });
      draw();
    },
  });
  const note = el('p', { class: 'note', 'aria-live': 'polite' });
  const more = el('button', {
    type: 'button', class: 'button', hidden: true,
    onclick: () => {
      view.limit = Infinity;
      draw();
    },
  }, 'Show all');

  function draw() {
    const found = all.filter((one) => matches(one, view.state, view.text));
    rows.update(found, view.limit);
    filters.update(numbers, view.state);
    setHidden(more, found.length <= view.limit);
    const cut = numbers.total > all.length ? ` of the first ${all.length} (the sweep has ${numbers.total}; the CSV has all)` : '';
    setText(note, `${found.length} ${found.length === 1 ? 'experiment' : 'experiments'}${cut}`);
  }

  return {
    node: section('Experiments', el('div', { class: 'toolbar' }, filters.node, search), rows.node,
      el('div', { class: 'actions' }, note, more)),
    async update(sweep, signal) {
      numbers = counts(sweep.counts);
      const moved = `${number(sweep.done_flops)} ${JSON.stringify(numbers)}`;
      if (moved !== fetchedFor) {
        all = list((await getExperiments(sweepId, { limit: FETCHED }, signal)).experiments);
        fetchedFor = moved;
      }
      draw();
    },
  };
}
