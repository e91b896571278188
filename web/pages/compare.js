// Experiments side by side: only what differs, their curves over each other.
import { getExperiment } from '../lib/api.js';
import { el, setHidden, setText } from '../lib/dom.js';
import { count, dateTime, loss, plain, scientific } from '../lib/format.js';
import { notice, section } from '../lib/parts.js';
import { poll } from '../lib/poll.js';
import { experimentLink, link, setQuery, sweepLink } from '../lib/route.js';
import { number, stateWord, time } from '../lib/values.js';
import { curvesPanel } from '../plots/curves.js';

const MOST = 12;
// Ids and estimates that say nothing to people who compare.
const SKIPPED = new Set(['id', 'sweep_id', 'attempts', 'ordinal', 'budget_index', 'target_parameters', 'plan.data_fingerprint', 'plan.data_sha256']);

// {a: {b: 1}} -> [['a.b', 1]]
function flat(value, prefix = '') {
  return Object.entries(value ?? {}).flatMap(([key, inner]) => {
    const path = prefix ? `${prefix}.${key}` : key;
    if (SKIPPED.has(path)) return [];
    if (inner !== null && typeof inner === 'object' && !Array.isArray(inner)) return flat(inner, path);
    return [[path, inner]];
  });
}

function write(path, value) {
  if (value === undefined || value === null || value === '') return '–';
  if (path === 'state') return stateWord(value);
  if (path.endsWith('_at')) return dateTime(time(value));
  if (Array.isArray(value)) return value.join(', ');
  const amount = Number(value);
  if (typeof value === 'boolean' || Number.isNaN(amount)) return String(value);
  if (path.endsWith('loss')) return loss(amount);
  if (/steps?$|batch|seed|vocab/.test(path)) return amount.toLocaleString('en-US');
  if (/flops/.test(path)) return scientific(amount, 4);
  if (/parameters|tokens/.test(path)) return count(amount, 4);
  return plain(amount, 6);
}

function rowsOf(experiments, all) {
  const paths = new Map();
  experiments.forEach((experiment, i) => {
    for (const [path, value] of flat(experiment)) {
      if (!paths.has(path)) paths.set(path, Array(experiments.length).fill(undefined));
      paths.get(path)[i] = value;
    }
  });
  return [...paths].map(([path, values]) => [path, values.map((value) => write(path, value))])
    .filter(([, texts]) => all || texts.some((text) => text !== texts[0]));
}

export function comparePage(sweepId, query) {
  const ids = (query.get('with') ?? '').split(',').filter(Boolean).slice(0, MOST);
  const error = notice('error');
  const head = el('tr');
  const body = el('tbody');
  const same = notice('info');
  const everything = el('input', { type: 'checkbox', checked: query.get('all') === '1', onchange: () => {
    setQuery({ all: everything.checked ? '1' : '' });
    show();
  } });
  const curves = curvesPanel({
    sweepId, name: `compare_${sweepId}`, which: () => ({ experiments: ids.join(',') }), query, title: 'Loss curves', empty: 'Nothing measured yet.',
  });
  let experiments = [];
  let shown = '';

  function show() {
    const rows = rowsOf(experiments, everything.checked);
    const now = JSON.stringify(rows);
    if (now === shown) return;
    shown = now;
    head.replaceChildren(el('th', { scope: 'col' }, 'Key'), ...experiments.map((one) =>
      el('th', { scope: 'col' }, el('a', { class: 'mono', href: experimentLink(sweepId, one.id) }, one.id.slice(0, 12)))));
    body.replaceChildren(...rows.map(([path, texts]) => el('tr', {}, el('th', { scope: 'row', class: 'mono' }, path),
      texts.map((text) => el('td', { class: texts.every((other) => other === texts[0]) ? 'note' : undefined }, text)))));
    same.update(rows.length ? '' : 'They do not differ in anything.');
  }

  const polling = poll(async (signal) => {
    if (ids.length < 2) {
      error.update('Name two or more experiments: tick them in the table of their sweep.');
      return;
    }
    experiments = await Promise.all(ids.map((id) => getExperiment(sweepId, id, signal)));
    show();
    curves.refresh(experiments.map((one) => `${one.state} ${number(one.step)}`).join());
    error.update('');
  }, (problem) => error.update(problem.message));
  const table = section('What differs', el('label', { class: 'choice' }, everything, el('span', {}, 'Show what is the same, too')), same.node,
    el('div', { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': 'Differences' },
      el('table', { class: 'compare' }, el('caption', { class: 'unseen' }, 'Differences between the experiments'), el('thead', {}, head), body)));
  setHidden(table, ids.length < 2);
  const title = el('h1', {});
  setText(title, `${ids.length} experiments compared`);
  return {
    title: 'Compare',
    node: el('div', {}, el('nav', { class: 'crumbs', 'aria-label': 'Where this is' }, el('a', { href: link(['sweeps']) }, 'Sweeps'), ' / ', el('a', { href: sweepLink(sweepId) }, sweepId)),
      title, error.node, curves.node, table),
    stop() {
      polling.stop();
      curves.stop();
    },
  };
}
