// Loss curves of a sweep, thinned by the coordinator to what a screen can show: over steps, tokens,
// FLOP or time, smoothed, with log axes, finer where one zooms in. Those that grew are fetched
// again by cursor; the others stay.
import { getCurves } from '../lib/api.js';
import { el, setText } from '../lib/dom.js';
import { count, scientific } from '../lib/format.js';
import { choice } from '../lib/parts.js';
import { setQuery } from '../lib/route.js';
import { list, number } from '../lib/values.js';
import { colourScale, themeOf } from './look.js';
import { plotPanel } from './panel.js';

export const X_AXES = [['step', 'Steps'], ['tokens', 'Tokens'], ['flops', 'FLOP'], ['seconds', 'Seconds']];
const X_TITLES = { step: 'Optimizer step', tokens: 'Tokens seen', flops: 'Training compute (FLOP)', seconds: 'Training time (seconds)' };
const MOST = 100;      // curves at once
const POINTS = 240;    // of each
const DRAWN = 16000;   // points of all curves together where one zooms: drawn in some 150 ms
const ZOOM_MS = 50;    // between two zooms that follow each other, as a wheel makes them

// Of each of `many` curves: the fewer there are, the finer.
const zoomedPoints = (many) => Math.min(900, Math.max(150, Math.round(DRAWN / Math.max(many, 1))));

// Exponential moving average without the bias of its beginning; weight 0 is the curve itself.
export function smooth(values, weight) {
  if (!(weight > 0)) return values;
  let sum = 0;
  let norm = 0;
  return values.map((value) => {
    if (!Number.isFinite(value)) return value;
    sum = weight * sum + (1 - weight) * value;
    norm = weight * norm + (1 - weight);
    return sum / norm;
  });
}

function readView(query) {
  return {
    x: X_AXES.some(([word]) => word === query.get('x')) ? query.get('x') : 'step',
    smoothing: Math.min(0.99, Math.max(0, Number(query.get('smooth')) || 0)),
    logX: query.get('logx') === '1',
    logY: query.get('logy') === '1',
  };
}

function traceOf(curve, view, colour, first) {
  const budget = `${scientific(number(curve.budget_flops))} FLOP`;
  const y = smooth(list(curve.loss).map(Number), view.smoothing);
  return {
    type: 'scatter', mode: y.length > 1 ? 'lines' : 'markers', name: budget, legendgroup: budget, showlegend: first,
    x: list(curve.x).map(Number), y, opacity: 0.85, line: { color: colour, width: 1.4 },
    hovertemplate: `<b>${budget}</b>, ${count(number(curve.parameters))} parameters<br>` +
      `%{x:.4s}: loss %{y:.4f}<br>experiment ${curve.experiment_id.slice(0, 12)}<extra></extra>`,
  };
}

function figureOf(curves, view, word) {
  const theme = themeOf(word);
  const budgets = [...new Set(curves.map((curve) => number(curve.budget_flops)))].sort((a, b) => a - b);
  const seen = new Set();
  const data = curves.map((curve) => {
    const budget = number(curve.budget_flops);
    const first = !seen.has(budget);
    seen.add(budget);
    return traceOf(curve, view, colourScale(budgets.indexOf(budget), budgets.length, word), first);
  });
  return {
    data,
    layout: {
      font: theme.font, margin: { l: 64, r: 16, t: 8, b: 52 }, hovermode: 'closest',
      legend: { orientation: 'h', x: 0, y: -0.18, yanchor: 'top' },
      xaxis: { ...theme.axis, title: { text: X_TITLES[view.x] }, type: view.logX ? 'log' : 'linear', exponentformat: 'power' },
      yaxis: { ...theme.axis, title: { text: 'Training loss (nats a token)' }, type: view.logY ? 'log' : 'linear' },
    },
  };
}

// The curves that are shown, kept between polls.
function curveStore(sweepId, which) {
  let key = '';
  let lastSeq = 0;
  let curves = new Map();
  let whole = true;
  let zoomed = POINTS;  // by how many curves there were before the zoom
  return async (view, { fine, ...steps }, signal) => {
    if (!(fine || steps.to_step)) whole = true;
    else if (whole) [whole, zoomed] = [false, zoomedPoints(curves.size)];
    const points = whole ? POINTS : zoomed;
    const parameters = { ...which(), x: view.x, ...steps, points, limit: MOST };
    const now = JSON.stringify(parameters);
    if (now !== key) {
      key = now;
      lastSeq = 0;
      curves = new Map();
    }
    const answer = await getCurves(sweepId, { ...parameters, after_seq: lastSeq || undefined }, signal);
    for (const curve of list(answer.curves)) curves.set(curve.experiment_id, curve);
    lastSeq = number(answer.last_seq) || lastSeq;
    return { curves: [...curves.values()], total: number(answer.total) };
  };
}

// The steps of a zoomed range of x, or none where all is shown. Over tokens, FLOP and time the steps
// differ by experiment: then the whole curves are fetched, only finer.
function zoomOf(event, view) {
  const [low, high] = [event['xaxis.range[0]'], event['xaxis.range[1]']];
  if (event['xaxis.autorange'] || low === undefined) return event['xaxis.autorange'] ? {} : null;
  if (view.x !== 'step') return { fine: 1 };
  const [from, to] = view.logX ? [10 ** low, 10 ** high] : [low, high];
  return { from_step: Math.max(1, Math.floor(from)), to_step: Math.max(2, Math.ceil(to)) };
}

// `which()` says which curves: {filter, sort} of the table, or {experiments}.
export function curvesPanel({ sweepId, name, which, query, title, height = 440, empty }) {
  const view = readView(query);
  const load = curveStore(sweepId, which);
  let version = null;
  let zoom = {};
  let timer = 0;
  let zoomedAt = 0;
  const note = el('p', { class: 'note' });

  const again = () => panel.refresh(`${JSON.stringify([view, zoom, which()])} ${version}`);
  const toggle = (label, key, word) => el('label', { class: 'choice' },
    el('input', { type: 'checkbox', checked: view[key], onchange: (event) => {
      view[key] = event.target.checked;
      setQuery({ [word]: view[key] ? '1' : '' });
      again();
    } }), el('span', {}, label));
  const slider = el('input', {
    type: 'range', min: '0', max: '0.99', step: '0.01', value: String(view.smoothing), 'aria-label': 'Smoothing',
    oninput: () => {
      view.smoothing = Number(slider.value);
      setQuery({ smooth: view.smoothing ? String(view.smoothing) : '' });
      again();
    },
  });
  const panel = plotPanel({
    title, height, empty, name,
    controls: [
      choice('Horizontal axis', X_AXES, view.x, (value) => {
        view.x = value;
        zoom = {};
        setQuery({ x: value });
        again();
      }),
      toggle('log x', 'logX', 'logx'), toggle('log y', 'logY', 'logy'),
      el('label', { class: 'choice' }, el('span', {}, 'Smoothing'), slider),
    ],
    async load(word, signal) {
      const { curves, total } = await load(view, zoom, signal);
      setText(note, total > curves.length && curves.length >= MOST
        ? `The first ${curves.length} of ${total} by the table's order; filter or sort it to see others.` : '');
      if (curves.length === 0) return null;
      return figureOf(curves, view, word);
    },
    onZoom(event) {
      const next = zoomOf(event, view);
      if (next === null || JSON.stringify(next) === JSON.stringify(zoom)) return;
      zoom = next;
      clearTimeout(timer);
      timer = setTimeout(again, Date.now() - zoomedAt > ZOOM_MS ? 0 : ZOOM_MS);
      zoomedAt = Date.now();
    },
  });
  panel.node.append(note);
  return {
    ...panel,
    again,
    refresh(now) {
      version = now;
      again();
    },
    stop() {
      clearTimeout(timer);
      panel.stop();
    },
  };
}
