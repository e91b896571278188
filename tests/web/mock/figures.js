// Stand-ins for the coordinator's figures: the same four, as plotly JSON.
import { measurementsOf, fitOf } from './views.js';

const COLOURS = ['#440154', '#3b528b', '#21918c', '#5ec962', '#e8b71c'];
const DARK_COLOURS = ['#c792ea', '#82aaff', '#4fd6be', '#9be37a', '#ffd866'];
const colours = (style) => (style === 'dark' ? DARK_COLOURS : COLOURS);

function layout(style, more) {
  const dark = style === 'dark';
  const axis = { gridcolor: dark ? '#2b3440' : '#e6e9ef', linecolor: dark ? '#4a5563' : '#b6bdc8', zeroline: false };
  const axes = Object.fromEntries(Object.entries(more).map(([key, value]) =>
    [key, /^[xy]axis/.test(key) ? { ...axis, ...value } : value]));
  return {
    font: { color: dark ? '#d5dbe4' : '#222b37', size: 13 }, margin: { l: 64, r: 20, t: 20, b: 52 },
    paper_bgcolor: dark ? '#111' : '#fff', plot_bgcolor: dark ? '#111' : '#fff', legend: { orientation: 'h', y: -0.2 }, ...axes,
  };
}

function isoflop(sweep, style) {
  const budgets = [...new Set(sweep.experiments.map((one) => one.budget_flops))];
  const data = budgets.map((budget, i) => {
    const own = sweep.experiments.filter((one) => one.budget_flops === budget && one.result);
    return {
      type: 'scatter', mode: 'lines+markers', name: `${budget.toExponential(0)} FLOP`, x: own.map((one) => Number(one.plan.parameters)),
      y: own.map((one) => one.result.final_val_loss), marker: { color: colours(style)[i], size: 8 },
      line: { color: colours(style)[i], shape: 'spline', width: 1.6 },
    };
  });
  const points = fitOf(sweep)?.optimal_points ?? [];
  data.push({
    type: 'scatter', mode: 'markers', name: 'optimum', x: points.map((p) => p.model_size), y: points.map((p) => p.final_loss),
    marker: { symbol: 'star', size: 14, color: '#e5484d' },
  });
  return { data, layout: layout(style, { xaxis: { type: 'log', title: { text: 'Parameters N' } }, yaxis: { title: { text: 'Held-out loss' } } }) };
}

function laws(fit, style) {
  const keys = [['model_size', 'N_opt'], ['num_tokens', 'D_opt'], ['final_loss', 'L_opt']];
  const data = keys.map(([key, name], i) => ({
    type: 'scatter', mode: 'lines+markers', name, x: fit.optimal_points.map((p) => p.compute_budget), y: fit.optimal_points.map((p) => p[key]),
    xaxis: `x${i ? i + 1 : ''}`, yaxis: `y${i ? i + 1 : ''}`, line: { color: colours(style)[i + 1] }, marker: { size: 9 },
  }));
  const axes = Object.fromEntries(keys.flatMap(([, name], i) => {
    const suffix = i ? i + 1 : '';
    return [
      [`xaxis${suffix}`, { type: 'log', domain: [i * 0.36, i * 0.36 + 0.28], anchor: `y${suffix}`, title: { text: 'Compute C (FLOP)' } }],
      [`yaxis${suffix}`, { type: 'log', anchor: `x${suffix}`, title: { text: name } }],
    ];
  }));
  return { data, layout: layout(style, { ...axes, showlegend: false }) };
}

function ratio(fit, style) {
  const x = fit.optimal_points.map((p) => p.compute_budget);
  return {
    data: [
      { type: 'scatter', mode: 'lines+markers', name: 'optima', x, y: fit.optimal_points.map((p) => p.num_tokens / p.model_size), line: { color: colours(style)[2] } },
      { type: 'scatter', mode: 'lines', name: '20 tokens per parameter', x, y: x.map(() => 20), line: { dash: 'dash', color: '#8a93a0' } },
    ],
    layout: layout(style, { xaxis: { type: 'log', title: { text: 'Compute C (FLOP)' } }, yaxis: { rangemode: 'tozero', title: { text: 'D/N' } } }),
  };
}

function losses(sweep, style, x, experiment) {
  const field = x === 'step' ? 'step' : x;
  const own = sweep.experiments.filter((one) => Number(one.step ?? 0) > 0 && (!experiment || one.id === experiment));
  const data = own.map((one) => {
    const { measurements } = measurementsOf(one);
    return {
      type: 'scatter', mode: 'lines', name: one.id.slice(0, 8), x: measurements.map((m) => Number(m[field])),
      y: measurements.map((m) => m.loss), line: { color: colours(style)[one.budget_index], width: 1.3 }, showlegend: false,
    };
  });
  return { data, layout: layout(style, { xaxis: { title: { text: x } }, yaxis: { title: { text: 'Training loss' } } }) };
}

// null where it needs a fit and there is none.
export function figureOf(sweep, name, { style, x, experiment }) {
  const fit = fitOf(sweep);
  if (name === 'isoflop_curves') return isoflop(sweep, style);
  if (name === 'loss_curves') return losses(sweep, style, x ?? 'step', experiment);
  if (!fit) return null;
  return name === 'scaling_laws' ? laws(fit, style) : ratio(fit, style);
}
