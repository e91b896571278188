// The fitted law: three power laws with their intervals, what the fit rests on, what it
// left out and what it warns of; and the optimum of each budget.
import { analyzeSweep } from '../../lib/api.js';
import { act } from '../../lib/dialog.js';
import { el, setHidden, setText } from '../../lib/dom.js';
import { ago, count, fixed, interval, loss, plain, scientific } from '../../lib/format.js';
import { notice, section } from '../../lib/parts.js';
import { experimentLink } from '../../lib/route.js';
import { needs } from '../../lib/session.js';
import { table } from '../../lib/table.js';
import { counts, list, number, time } from '../../lib/values.js';

const LAWS = [
  ['n_opt', 'N_opt', 'parameters'], ['d_opt', 'D_opt', 'tokens'], ['l_opt', 'L_opt', 'loss'],
];

function formula(law) {
  return law.formula || `${law.name} = ${plain(number(law.coefficient_k))} · C^${fixed(number(law.exponent_a), 3)}`;
}

const LAW_COLUMNS = [
  { id: 'law', label: 'Law', cell: lawCell },
  { id: 'a', label: 'Exponent a', numeric: true, cell: withInterval((law) => fixed(number(law.exponent_a), 4), (law) => interval(law.a_ci, (x) => fixed(x, 3))) },
  { id: 'k', label: 'Coefficient k', numeric: true, cell: withInterval((law) => plain(number(law.coefficient_k)), (law) => interval(law.k_ci, (x) => plain(x, 2))) },
  { id: 'r2', label: 'R²', numeric: true, text: (law) => fixed(number(law.r_squared), 4) },
];

function lawCell() {
  const name = el('strong', {});
  const text = el('span', { class: 'note mono' });
  return {
    node: el('span', { class: 'stacked' }, name, text),
    update(law) {
      setText(name, `${law.label} (${law.unit})`);
      setText(text, formula(law));
    },
  };
}

function withInterval(value, range) {
  return () => {
    const main = el('span', {});
    const note = el('span', { class: 'note' });
    return {
      node: el('span', { class: 'stacked' }, main, note),
      update(law) {
        setText(main, value(law));
        setText(note, range(law));
      },
    };
  };
}

function basis(fit) {
  const confidence = Math.round(100 * number(fit.confidence));
  const parts = [
    `${fit.method ?? ''} fit of ${number(fit.runs_used)} runs${fit.live ? ' so far' : ''}`, `${fit.loss_kind ?? ''} loss`,
    `FLOP counted as ${fit.flop_count ?? ''}`,
    number(fit.resamples) > 0 ? `intervals: ${confidence} % of ${number(fit.resamples)} resamples` : 'no intervals',
    `made ${ago(time(fit.created_at))}`,
  ];
  return parts.join(' · ');
}

// What was left out, and the exponent without each budget.
function footnotes(sweepId) {
  const warnings = el('ul', { class: 'warnings' });
  const excluded = el('ul', { class: 'plain' });
  const without = el('ul', { class: 'plain' });
  const excludedBox = el('details', { class: 'more' }, el('summary', {}, 'Left out of the fit'), excluded);
  const withoutBox = el('details', { class: 'more' }, el('summary', {}, 'Exponent of N_opt without one budget'), without);
  return {
    node: el('div', {}, warnings, excludedBox, withoutBox),
    update(fit) {
      warnings.replaceChildren(...list(fit.warnings).map((text) => el('li', {}, text)));
      excluded.replaceChildren(...list(fit.exclusions).map((one) => el('li', {},
        `${scientific(number(one.compute_budget))} FLOP`,
        one.experiment_id ? [', ', el('a', { href: experimentLink(sweepId, one.experiment_id) }, one.experiment_id)] : '',
        `: ${one.reason ?? ''}`)));
      without.replaceChildren(...list(fit.leave_one_out).map((one) => el('li', {},
        `without ${scientific(number(one.left_out_budget))} FLOP: a = ${fixed(number(one.exponent_a), 4)}`)));
      setHidden(excludedBox, list(fit.exclusions).length === 0);
      setHidden(withoutBox, list(fit.leave_one_out).length === 0);
    },
  };
}

export function lawSection(sweepId, analyzed) {
  const laws = table({ caption: 'Fitted laws', columns: LAW_COLUMNS, key: (law) => law.label });
  const none = notice('info');
  const ratio = el('p', {});
  const note = el('p', { class: 'note' });
  const rest = footnotes(sweepId);
  const content = el('div', { class: 'law', hidden: true }, laws.node, ratio, note, rest.node);
  const again = needs('operator', el('button', {
    type: 'button', class: 'button',
    onclick: () => act(again, () => analyzeSweep(sweepId), 'Fitted again').then(analyzed),
  }, 'Fit now'));
  const node = section('Fitted law', none.node, content, el('div', { class: 'actions' }, again));
  let shown = null;
  return {
    node,
    update(fit, sweep) {
      setHidden(content, fit === null);
      setHidden(again, counts(sweep.counts).finished === 0);
      none.update(fit ? '' : sweep.fitting ? 'Its results are being fitted.' : 'No law yet. It comes with the results: budgets need enough finished models on both sides of their lowest loss.');
      if (!fit) return;
      setText(note, basis(fit));
      if (fit.id === shown) return;
      shown = fit.id;
      laws.update(LAWS.map(([key, label, unit]) => ({ ...fit[key], label, unit })));
      setText(ratio, `Compute-optimal: ${fixed(number(fit.optimal_ratio), 1)} tokens per parameter (median of the optima).`);
      rest.update(fit);
    },
  };
}

const OPTIMA_COLUMNS = [
  { id: 'budget', label: 'Budget (FLOP)', text: (one) => scientific(number(one.compute_budget)) },
  {
    id: 'n', label: 'N_opt', numeric: true,
    cell: withInterval((one) => count(number(one.model_size)), (one) => interval(one.model_size_ci, count)),
  },
  { id: 'd', label: 'D_opt', numeric: true, text: (one) => count(number(one.num_tokens)) },
  { id: 'ratio', label: 'D/N', numeric: true, text: (one) => fixed(number(one.num_tokens) / number(one.model_size), 1) },
  { id: 'loss', label: 'Loss', numeric: true, text: (one) => loss(number(one.final_loss)) },
  {
    id: 'best', label: 'Best run', numeric: true,
    text: (one) => `${loss(number(one.empirical_loss))} at ${count(number(one.empirical_model_size))}`,
  },
  { id: 'runs', label: 'Runs', numeric: true, text: (one) => String(number(one.runs)) },
  { id: 'r2', label: 'R²', numeric: true, text: (one) => fixed(number(one.r_squared), 3) },
];

export function optimaSection() {
  const optima = table({ caption: 'Optimum of each budget', columns: OPTIMA_COLUMNS, key: (one) => number(one.compute_budget) });
  const node = section('Optimum of each budget', optima.node);
  node.hidden = true;
  return {
    node,
    update(fit) {
      setHidden(node, !fit);
      if (fit) optima.update(list(fit.optimal_points));
    },
  };
}
