// The coordinator's figures in panels: the page only draws what server and command line
// draw as well.
import { getFigure } from '../lib/api.js';
import { choice } from '../lib/parts.js';
import { setQuery } from '../lib/route.js';
import { plotPanel } from './panel.js';

export const X_AXES = [['step', 'Steps'], ['tokens', 'Tokens'], ['flops', 'FLOP'], ['seconds', 'Seconds']];

async function load(sweep, figure, parameters, signal) {
  const answer = await getFigure(sweep, figure, parameters, signal);
  return JSON.parse(answer.plotly_json);
}

export function figurePanel(sweep, { figure, title, height, empty, wide }) {
  return plotPanel({
    title, height, empty, wide,
    name: `${figure}_${sweep}`,
    load: (style, signal) => load(sweep, figure, { style }, signal),
  });
}

// Loss curves with a choice of the x axis, which the address remembers. `experiment` may
// be empty: all of the sweep.
export function lossCurvesPanel(sweep, experiment, query, { title, height, empty }) {
  let x = X_AXES.some(([word]) => word === query.get('x')) ? query.get('x') : 'step';
  let version = null;
  const control = choice('Horizontal axis', X_AXES, x, (value) => {
    x = value;
    setQuery({ x });
    panel.refresh(`${x} ${version}`);
  });
  const panel = plotPanel({
    title, height, empty,
    name: `loss_curves_${experiment || sweep}`,
    controls: [control],
    load: (style, signal) => load(sweep, 'loss_curves', { style, x, experiment }, signal),
  });
  return {
    ...panel,
    refresh(newVersion) {
      version = newVersion;
      panel.refresh(`${x} ${version}`);
    },
  };
}
