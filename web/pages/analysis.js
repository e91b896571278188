// The law of a sweep from every side: each figure, the methods side by side, what was left out and
// why, residuals, backtest, and a calculator.
import { getSweep } from '../lib/api.js';
import { el, setText } from '../lib/dom.js';
import { fitWatcher } from '../lib/fits.js';
import { notice } from '../lib/parts.js';
import { poll } from '../lib/poll.js';
import { link, sweepLink } from '../lib/route.js';
import { figurePanel } from '../plots/figures.js';
import { calculatorSection } from './sweep/calculator.js';
import { tabs } from './sweep/header.js';
import { lawSection, optimaSection } from './sweep/law.js';
import { methodsSection } from './sweep/methods.js';

const NO_LAW = 'Drawn when it comes into view, once there is a fitted law.';

function plotsOf(sweep) {
  const panel = (figure, title, height, wide = false) =>
    figurePanel(sweep, { figure, title, height, empty: NO_LAW, wide });
  return {
    valleys: panel('isoflop_curves', 'IsoFLOP curves', 440),
    ratio: panel('tokens_per_param', 'Tokens per parameter', 440),
    laws: panel('scaling_laws', 'Scaling laws', 420, true),
    surface: panel('loss_surface', 'Loss surface and efficient frontier', 480),
    envelope: panel('training_envelope', 'Training curves and their envelope', 480),
    bands: panel('law_bands', 'Scaling law of single runs', 420, true),
    residuals: panel('residuals', 'Residuals', 560, true),
    cloud: panel('bootstrap_cloud', 'Bootstrap of the exponents', 420, true),
    backtest: panel('backtest', 'Backtest', 440),
  };
}

export function analysisPage(sweepId, query) {
  const error = notice('error');
  const fits = fitWatcher(sweepId);
  const name = el('h1', {}, sweepId);
  const law = lawSection(sweepId, () => {
    fits.again();
    polling.now();
  });
  const optima = optimaSection();
  const methods = methodsSection();
  const calculator = calculatorSection(sweepId, query);
  const plots = plotsOf(sweepId);
  const polling = poll(async (signal) => {
    const sweep = await getSweep(sweepId, signal);
    setText(name, sweep.name || sweep.id);
    document.title = `Analysis of ${sweep.name || sweep.id} · flops-fit`;
    const fit = await fits.look(sweep, signal);
    law.update(fit, sweep);
    optima.update(fit);
    methods.update(fit);
    calculator.update(fit, sweep);
    if (fit) for (const plot of Object.values(plots)) plot.refresh(fit.id);
    error.update('');
  }, (problem) => error.update(problem.message));

  return {
    title: 'Analysis',
    node: el('div', {},
      el('header', { class: 'page-head' },
        el('nav', { class: 'crumbs', 'aria-label': 'Where this is' }, el('a', { href: link(['sweeps']) }, 'Sweeps'), ' / ',
          el('a', { href: sweepLink(sweepId) }, sweepId)),
        name, tabs(sweepId, 'analysis')),
      error.node,
      el('div', { class: 'columns' }, law.node, calculator.node),
      methods.node, optima.node,
      el('div', { class: 'columns' }, plots.valleys.node, plots.ratio.node),
      plots.laws.node,
      el('div', { class: 'columns' }, plots.surface.node, plots.envelope.node),
      plots.bands.node, plots.residuals.node, plots.cloud.node, plots.backtest.node),
    stop() {
      polling.stop();
      calculator.stop();
      for (const plot of Object.values(plots)) plot.stop();
    },
  };
}
