// The approaches side by side, what each left out and why, whether the surface was found for sure, and
// how well the smaller budgets foretold the largest.
import { el, setHidden } from '../../lib/dom.js';
import { fixed, interval, percent, plain, scientific } from '../../lib/format.js';
import { section } from '../../lib/parts.js';
import { table } from '../../lib/table.js';
import { list, number } from '../../lib/values.js';

const three = (x) => fixed(x, 3);

function methodsOf(fit) {
  const rows = [];
  if (list(fit.optimal_points).length) {
    rows.push({
      name: `IsoFLOP profiles (${fit.method})`, a: number(fit.n_opt?.exponent_a), a_ci: fit.n_opt?.a_ci,
      b: number(fit.d_opt?.exponent_a), b_ci: fit.d_opt?.a_ci, r2: number(fit.n_opt?.r_squared), runs: number(fit.runs_used), text: fit.n_opt?.formula,
    });
  }
  if (fit.surface) {
    const one = fit.surface;
    rows.push({
      name: `Loss surface (${one.family}, ${one.loss})`, a: number(one.n_opt_exponent), a_ci: one.n_opt_exponent_ci,
      b: number(one.d_opt_exponent), b_ci: one.d_opt_exponent_ci, r2: number(one.r_squared), runs: number(one.runs), text: one.formula,
    });
  }
  if (fit.envelope) {
    const one = fit.envelope;
    rows.push({
      name: 'Envelope of training curves', a: number(one.n_opt?.exponent_a), a_ci: one.n_opt?.a_ci,
      b: number(one.d_opt?.exponent_a), b_ci: one.d_opt?.a_ci, r2: number(one.n_opt?.r_squared), runs: number(one.runs_used), text: one.n_opt?.formula,
    });
  }
  return rows;
}

const METHODS = [
  { id: 'name', label: 'Approach', text: (one) => one.name },
  { id: 'a', label: 'N_opt exponent', numeric: true, text: (one) => three(one.a) },
  { id: 'a_ci', label: 'interval', numeric: true, text: (one) => interval(one.a_ci, three) },
  { id: 'b', label: 'D_opt exponent', numeric: true, text: (one) => three(one.b) },
  { id: 'b_ci', label: 'interval', numeric: true, text: (one) => interval(one.b_ci, three) },
  { id: 'r2', label: 'R²', numeric: true, text: (one) => fixed(one.r2, 4) },
  { id: 'runs', label: 'Runs', numeric: true, text: (one) => String(one.runs) },
  { id: 'text', label: 'Formula', text: (one) => one.text ?? '' },
];

const BACKTEST = [
  { id: 'left', label: 'Budgets left out', numeric: true, text: (one) => String(number(one.budgets_left_out)) },
  { id: 'up', label: 'Fitted up to', numeric: true, text: (one) => scientific(number(one.fitted_up_to)) },
  { id: 'pred', label: 'Predicted up to', numeric: true, text: (one) => scientific(number(one.predicted_up_to)) },
  { id: 'mae', label: 'Mean error of L', numeric: true, text: (one) => (one.reason ? one.reason : `${plain(100 * number(one.mean_abs_error))} %`) },
  { id: 'worst', label: 'Worst', numeric: true, text: (one) => (one.reason ? '–' : `${plain(100 * number(one.worst_abs_error))} %`) },
  { id: 'inside', label: 'Inside the interval', numeric: true, text: (one) => (one.reason ? '–' : percent(number(one.inside_interval), 1)) },
];

const PARAMETERS = [
  { id: 'name', label: 'Parameter', text: (one) => one.name ?? '' },
  { id: 'value', label: 'Value', numeric: true, text: (one) => plain(number(one.value), 5) },
  { id: 'ci', label: 'Interval', numeric: true, text: (one) => interval(one.ci, (x) => plain(x, 4)) },
];

function textList(title) {
  const items = el('ul', { class: 'plain' });
  const node = el('details', { class: 'more', hidden: true }, el('summary', {}, title), items);
  return {
    node,
    update(texts) {
      setHidden(node, texts.length === 0);
      items.replaceChildren(...texts.map((text) => el('li', {}, text)));
    },
  };
}

export function methodsSection() {
  const methods = table({ caption: 'Approaches side by side', columns: METHODS, key: (one) => one.name });
  const parameters = table({ caption: 'Parameters of the surface', columns: PARAMETERS, key: (one) => one.name });
  const backtest = table({ caption: 'Backtest: largest budgets left out', columns: BACKTEST, key: (one) => number(one.budgets_left_out) });
  const search = el('p', { class: 'note' });
  const left = textList('Runs left out, and why');
  const outliers = textList('Far from the surface (used all the same)');
  const influence = textList('Runs that move the exponent most');
  const notes = textList('Notes and warnings');
  const node = section('Methods side by side', methods.node,
    el('h3', {}, 'Loss surface'), parameters.node, search,
    el('h3', {}, 'Backtest'), backtest.node, left.node, outliers.node, influence.node, notes.node);
  node.hidden = true;
  return {
    node,
    update(fit) {
      setHidden(node, !fit);
      if (!fit) return;
      methods.update(methodsOf(fit));
      parameters.update(list(fit.surface?.parameters));
      setHidden(parameters.node, !fit.surface);
      backtest.update(list(fit.backtest));
      setHidden(backtest.node, list(fit.backtest).length === 0);
      const found = fit.surface?.search;
      search.textContent = found
        ? `${number(found.starts_at_best)} of ${number(found.starts).toLocaleString('en-US')} starts ended at the best optimum; ${found.agree ? 'variable projection agrees' : 'variable projection does not agree'}.`
        : list(fit.notes).find((text) => text.includes('surface')) ?? 'No surface was fitted.';
      left.update([...list(fit.exclusions).map((one) => `${scientific(number(one.compute_budget))} FLOP${one.experiment_id ? `, ${one.experiment_id.slice(0, 12)}` : ''}: ${one.reason ?? ''}`),
        ...list(fit.excluded).map((one) => `${(one.run_id ?? '').slice(0, 12)}: ${one.reason ?? ''}`)]);
      outliers.update(list(fit.residuals?.outliers).map((one) => `${(one.run_id ?? '').slice(0, 12)}: ${one.reason ?? ''}`));
      influence.update(list(fit.influence).slice(0, 10).map((one) =>
        `without ${(one.run_id ?? '').slice(0, 12)}: N_opt exponent ${fixed(number(one.n_opt_exponent), 4)} (${plain(number(one.shift), 2)} standard errors)`));
      notes.update([...list(fit.notes), ...list(fit.warnings), ...list(fit.surface?.warnings), ...list(fit.residuals?.warnings)]);
    },
  };
}
