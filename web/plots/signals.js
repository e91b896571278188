// Learning rate, gradient norm or throughput of one experiment: fetched as it grows (only
// what came since the last look), bounded however long the training is.
import { getMeasurements } from '../lib/api.js';
import { choice } from '../lib/parts.js';
import { number } from '../lib/values.js';
import { themeOf } from './look.js';
import { plotPanel } from './panel.js';

const MAX_POINTS = 1000;
const SIGNALS = {
  learning_rate: 'Learning rate',
  grad_norm: 'Gradient norm',
  tokens_per_second: 'Tokens a second',
};

function figureOf(points, signal, word) {
  const { line, axis, font } = themeOf(word);
  return {
    data: [{
      type: 'scatter', mode: 'lines', x: points.map((point) => point.step),
      y: points.map((point) => point[signal]), line: { color: line, width: 1.6 },
      hovertemplate: '%{y:.4g} at step %{x}<extra></extra>',
    }],
    layout: {
      font,
      margin: { l: 64, r: 16, t: 8, b: 48 },
      xaxis: { ...axis, title: { text: 'Step' } },
      yaxis: { ...axis, title: { text: SIGNALS[signal] }, exponentformat: 'e', rangemode: 'tozero' },
    },
  };
}

// Fetches on; beyond twice the bound it starts again from what the server thins.
function measurementLog(sweep, experiment) {
  let points = [];
  let lastSeq = 0;
  return async (signal) => {
    if (points.length > 2 * MAX_POINTS) {
      points = [];
      lastSeq = 0;
    }
    const after_seq = lastSeq || undefined;
    const page = await getMeasurements(sweep, experiment, { after_seq, max_points: MAX_POINTS }, signal);
    for (const one of page.measurements ?? []) {
      if (one.kind !== 'train') continue;
      points.push({
        step: number(one.step), learning_rate: number(one.learning_rate),
        grad_norm: number(one.grad_norm), tokens_per_second: number(one.tokens_per_second),
      });
    }
    lastSeq = number(page.last_seq) || lastSeq;
    return points;
  };
}

export function signalsPanel(sweep, experiment) {
  const fetchOn = measurementLog(sweep, experiment);
  let signal = 'learning_rate';
  let version = null;
  const control = choice('Show', Object.entries(SIGNALS), signal, (value) => {
    signal = value;
    panel.refresh(`${signal} ${version}`);
  });
  const panel = plotPanel({
    title: 'Training signals',
    name: `signals_${experiment.slice(0, 12)}`,
    controls: [control],
    height: 380,
    empty: 'Nothing measured yet.',
    load: async (word, abort) => {
      const points = await fetchOn(abort);
      return points.length ? figureOf(points, signal, word) : null;
    },
  });
  return {
    ...panel,
    refresh(newVersion) {
      version = newVersion;
      panel.refresh(`${signal} ${version}`);
    },
  };
}
