// The experiments of a sweep: any number of them, sorted and filtered by the coordinator (one
// language here and in ffctl), columns to choose, some to compare. The address remembers it all.
import { getExperiments, getFields } from '../../lib/api.js';
import { el, setAttribute, setHidden, setText } from '../../lib/dom.js';
import { count, duration, loss, percent, plain, scientific } from '../../lib/format.js';
import { badge, notice, section } from '../../lib/parts.js';
import { experimentLink, link, setQuery } from '../../lib/route.js';
import { counts, list, number, stateWord } from '../../lib/values.js';
import { columnChooser, virtualTable } from '../../lib/virtual_table.js';

const TYPING_MS = 300;
const STATES = ['running', 'waiting', 'finished', 'failed', 'cancelled'];
const MOST_COMPARED = 12;

const plan = (experiment) => experiment.plan ?? {};
const word = (experiment) => stateWord(experiment.state);
const known = (value) => (value === 0 ? NaN : value);

const validationLoss = (one) => known(one.result ? number(one.result.final_val_loss) : NaN);
const trainingLoss = (one) => known(number(one.result ? one.result.final_train_loss : one.last_loss));

function share(experiment) {
  if (word(experiment) === 'finished') return 1;
  const steps = number(plan(experiment).steps);
  return steps > 0 ? Math.min(1, number(experiment.step) / steps) : 0;
}

function stateCell() {
  const state = badge();
  return { node: state.node, update: (experiment) => state.update(word(experiment)) };
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

function clippedCell(text) {
  return () => {
    const node = el('span', { class: 'clipped' });
    return {
      node,
      update(one) {
        const now = text(one);
        setText(node, now);
        setAttribute(node, 'title', now);
      },
    };
  };
}

function columnsFor(sweepId, chosen) {
  const numeric = (id, label, width, sort, value, write) =>
    ({ id, label, width, sort, numeric: true, text: (one) => write(value(one)) });
  return [
    { id: 'pick', label: 'Compare', width: 88, cell: () => pickCell(chosen) },
    {
      id: 'id', label: 'Experiment', width: 130, sort: 'ordinal',
      cell: () => {
        const anchor = el('a', { class: 'mono' });
        return {
          node: anchor,
          update(one) {
            setText(anchor, one.id.slice(0, 12));
            setAttribute(anchor, 'href', experimentLink(sweepId, one.id));
          },
        };
      },
    },
    { id: 'state', label: 'State', width: 112, sort: 'state', cell: stateCell },
    { id: 'progress', label: 'Progress', width: 110, sort: 'progress', cell: shareCell },
    numeric('budget', 'Budget', 92, 'budget', (one) => number(one.budget_flops), scientific),
    numeric('n', 'Parameters', 132, 'n', (one) => number(plan(one).parameters), count),
    numeric('d', 'Tokens', 92, 'd', (one) => number(plan(one).tokens), count),
    numeric('ratio', 'D/N', 76, 'ratio', (one) => number(plan(one).tokens) / number(plan(one).parameters), (x) => count(x)),
    numeric('lr', 'LR', 84, 'lr', (one) => number(plan(one).learning_rate), plain),
    numeric('batch', 'Batch', 76, 'batch', (one) => number(plan(one).batch_size), String),
    numeric('layers', 'Layers', 76, 'layers', (one) => number(plan(one).shape?.layers), String),
    numeric('d_model', 'd_model', 86, 'd_model', (one) => number(plan(one).shape?.d_model), String),
    numeric('steps', 'Steps', 86, 'steps', (one) => number(plan(one).steps), count),
    numeric('train_loss', 'Train loss', 112, 'train_loss', trainingLoss, loss),
    numeric('val_loss', 'Val. loss', 104, 'val_loss', validationLoss, loss),
    numeric('seconds', 'Took', 84, 'seconds', (one) => known(number(one.result?.train_seconds)), duration),
    numeric('speed', 'Tokens/s', 96, 'speed', (one) => known(number(one.tokens_per_second)), count),
    { id: 'worker', label: 'Worker', width: 130, sort: 'worker', cell: clippedCell((one) => one.worker_id ?? '') },
    {
      id: 'failure', label: 'Failure', width: 220, sort: 'failure',
      cell: clippedCell(({ failure, ...one }) => (failure?.kind && word(one) !== 'finished'
        ? `${failure.kind.replaceAll('_', ' ')}: ${failure.message ?? ''}` : '')),
    },
  ];
}

const USUAL = ['pick', 'id', 'state', 'progress', 'budget', 'n', 'd', 'ratio', 'lr', 'train_loss', 'val_loss', 'failure'];

function pickCell(chosen) {
  const box = el('input', { type: 'checkbox' });
  let item = null;
  box.addEventListener('change', () => chosen.toggle(item.id, box.checked));
  return {
    node: box,
    update(one) {
      item = one;
      box.checked = chosen.has(one.id);
      setAttribute(box, 'aria-label', `Compare ${one.id.slice(0, 12)}`);
    },
  };
}

// Ids to compare, and the button that does.
function picked(sweepId) {
  const ids = new Set();
  const button = el('a', { class: 'button', hidden: true });
  return {
    button,
    has: (id) => ids.has(id),
    toggle(id, on) {
      if (on && ids.size < MOST_COMPARED) ids.add(id);
      else ids.delete(id);
      setHidden(button, ids.size < 2);
      setText(button, `Compare ${ids.size}`);
      setAttribute(button, 'href', link(['sweeps', sweepId, 'compare'], { with: [...ids].join(',') }));
    },
  };
}

function filterHelp() {
  const fields = el('ul', { class: 'plain fields' });
  const node = el('details', { class: 'more' }, el('summary', {}, 'How to filter'),
    el('p', {}, 'Conditions such as ', el('code', {}, 'loss < 3.2 and state = failed'), ', with = != < <= > >= ~ (contains), in (a, b), and, or, not and parentheses; numbers may end in k, M, B, T; none is what is not there yet. The same words work in ffctl exp list --filter.'), fields);
  node.addEventListener('toggle', async () => {
    if (!node.open || fields.children.length) return;
    const known_fields = await getFields();
    fields.replaceChildren(...list(known_fields.experiments).map((field) =>
      el('li', {}, el('code', {}, field.name), ` ${field.meaning}`)));
  });
  return node;
}

function stateButtons(onSelect) {
  const all = ['all', ...STATES];
  const buttons = all.map((state) => el('button', { type: 'button', onclick: () => onSelect(state) }));
  return {
    node: el('div', { class: 'segments', role: 'group', 'aria-label': 'Filter by state' }, buttons),
    update(numbers, now) {
      all.forEach((state, i) => {
        const many = state === 'all' ? numbers.total : state === 'running' ? numbers.running + numbers.leased : numbers[state];
        setText(buttons[i], `${state} ${many}`);
        setAttribute(buttons[i], 'aria-pressed', String(state === now));
      });
    },
  };
}

const stateCondition = (state) => (state === 'all' ? '' : state === 'running' ? 'state in (running, leased)' : `state = ${state}`);
const stateOf = (filter) => ['all', ...STATES].find((state) => stateCondition(state) === filter) ?? '';

// onQuestion({filter, sort}) hears of every change, for the curves beside the table.
export function experimentsSection(sweepId, query, onQuestion) {
  const view = { filter: query.get('filter') ?? '', sort: query.get('sort') ?? '' };
  const chosen = picked(sweepId);
  const every = columnsFor(sweepId, chosen);
  const wanted = (query.get('columns') ?? '').split(',').filter((id) => every.some((column) => column.id === id));
  let shown = wanted.length ? wanted : USUAL;
  let numbers = counts({});
  let moved = null;
  let typing = 0;

  const error = notice('error');
  const note = el('p', { class: 'note', 'aria-live': 'polite' });
  const rows = virtualTable({
    caption: 'Experiments', columns: every.filter((column) => shown.includes(column.id)), sort: view.sort,
    async load(offset, limit, signal) {
      const answer = await getExperiments(sweepId, { ...view, offset, limit, brief: 1 }, signal);
      error.update('');
      input.removeAttribute('aria-invalid');
      const total = number(answer.total);
      setText(note, `${total.toLocaleString('en-US')} ${total === 1 ? 'experiment' : 'experiments'}${view.filter ? ` of ${numbers.total.toLocaleString('en-US')}` : ''}`);
      return { items: list(answer.experiments), total };
    },
    onSort(sort) {
      view.sort = sort;
      setQuery({ sort });
      ask();
    },
    onError(problem) {
      error.update(problem.message);
      setAttribute(input, 'aria-invalid', 'true');
    },
  });
  const input = el('input', {
    type: 'search', class: 'condition', placeholder: 'loss < 3.2 and state = failed', spellcheck: 'false',
    'aria-label': 'Filter experiments', value: view.filter, maxlength: '4000',
    oninput: () => {
      clearTimeout(typing);
      typing = setTimeout(() => setFilter(input.value.trim()), TYPING_MS);
    },
  });
  const states = stateButtons((state) => {
    input.value = stateCondition(state);
    setFilter(input.value);
  });

  function setFilter(filter) {
    if (filter === view.filter) return;
    view.filter = filter;
    setQuery({ filter });
    states.update(numbers, stateOf(filter));
    ask();
  }

  function ask() {
    rows.restart();
    onQuestion({ ...view });
  }

  const chooser = columnChooser(every.slice(1), shown, (ids) => {
    shown = ['pick', ...ids];
    setQuery({ columns: shown.join(',') === USUAL.join(',') ? '' : shown.join(',') });
    rows.setColumns(every.filter((column) => shown.includes(column.id)));
  });
  const node = section('Experiments',
    el('div', { class: 'toolbar' }, states.node, el('div', { class: 'actions' }, chosen.button, chooser)),
    el('div', { class: 'filter-row' }, input), filterHelp(), error.node, rows.node, note);
  node.id = 'experiments';
  return {
    node,
    question: () => ({ ...view }),
    stop: rows.stop,
    update(sweep) {
      numbers = counts(sweep.counts);
      states.update(numbers, stateOf(view.filter));
      const now = `${number(sweep.done_flops)} ${JSON.stringify(numbers)}`;
      if (now !== moved) rows.refresh();
      moved = now;
    },
  };
}
