// The coordinator's figures in panels: the page only draws what server and command line
// draw as well.
import { getFigure } from '../lib/api.js';
import { plotPanel } from './panel.js';

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
