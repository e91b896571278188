// One sweep: what it has done, the law so far, its figures, its experiments. The sweep is
// polled; everything else is asked for again only when the sweep has changed.
import { ApiError, getFit, getSweep } from '../lib/api.js';
import { el } from '../lib/dom.js';
import { notice } from '../lib/parts.js';
import { poll } from '../lib/poll.js';
import { counts, number } from '../lib/values.js';
import { lossCurvesPanel, figurePanel } from '../plots/figures.js';
import { budgetsSection } from './sweep/budgets.js';
import { calculatorSection } from './sweep/calculator.js';
import { experimentsSection } from './sweep/experiments.js';
import { sweepHeader } from './sweep/header.js';
import { lawSection, optimaSection } from './sweep/law.js';

const NO_LAW = 'Drawn when it comes into view, once there is a fitted law.';

// null while there is none.
async function fitOrNull(sweep, signal) {
  try {
    return await getFit(sweep, signal);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

function figures(sweep, query) {
  return {
    isoflop: figurePanel(sweep, {
      figure: 'isoflop_curves', title: 'IsoFLOP curves', height: 440,
      empty: 'Appears with the first finished experiment.',
    }),
    loss: lossCurvesPanel(sweep, '', query, {
      title: 'Loss curves', height: 440, empty: 'Appears with the first measurement.',
    }),
    laws: figurePanel(sweep, {
      figure: 'scaling_laws', title: 'Scaling laws', height: 420, empty: NO_LAW, wide: true,
    }),
    ratio: figurePanel(sweep, {
      figure: 'tokens_per_param', title: 'Tokens per parameter', height: 400, empty: NO_LAW,
    }),
    ...lawFigures(sweep),
  };
}

// What the law of single runs and the training curves add; drawn when scrolled into view.
function lawFigures(sweep) {
  const panel = (figure, title, height, wide = false) =>
    figurePanel(sweep, { figure, title, height, empty: NO_LAW, wide });
  return {
    surface: panel('loss_surface', 'Loss surface and efficient frontier', 480),
    envelope: panel('training_envelope', 'Training curves and their envelope', 480),
    bands: panel('law_bands', 'Scaling law of single runs', 420, true),
    residuals: panel('residuals', 'Residuals', 560, true),
    cloud: panel('bootstrap_cloud', 'Bootstrap of the exponents', 420, true),
    backtest: panel('backtest', 'Backtest', 440),
  };
}

// Results are what changes isoflop curves and law; any progress changes the loss curves.
function refresh(plots, sweep, fit) {
  const all = counts(sweep.counts);
  const results = `${all.finished} ${fit?.id ?? ''}`;
  if (all.finished > 0) plots.isoflop.refresh(results);
  if (number(sweep.done_flops) > 0) plots.loss.refresh(`${number(sweep.done_flops)} ${all.finished}`);
  if (!fit) return;
  for (const name of ['laws', 'ratio', 'surface', 'envelope', 'bands', 'residuals', 'cloud',
    'backtest']) {
    plots[name].refresh(fit.id);
  }
}

// Asks for the fit when results came in, when their fitting is over, and now and then while the
// sweep goes on: the coordinator fits a moment after a result.
function fitWatcher(sweepId) {
  let fit = null;
  let results = null;
  let fitting = false;
  let looks = 0;
  const EVERY = 5;
  return {
    again() {
      results = null;
    },
    async look(sweep, signal) {
      const finished = counts(sweep.counts).finished;
      const fitted = fitting && !sweep.fitting;
      fitting = Boolean(sweep.fitting);
      const stale = finished !== results || fitted || looks++ % EVERY === 0;
      if (finished === 0 || !stale) return fit;
      fit = await fitOrNull(sweepId, signal);
      results = finished;
      return fit;
    },
  };
}

export function sweepPage(sweepId, query) {
  const error = notice('error');
  const fits = fitWatcher(sweepId);
  const header = sweepHeader(sweepId, () => polling.now());
  const budgets = budgetsSection();
  const law = lawSection(sweepId, () => {
    fits.again();
    polling.now();
  });
  const optima = optimaSection();
  const plots = figures(sweepId, query);
  const calculator = calculatorSection(sweepId, query);
  const experiments = experimentsSection(sweepId, query);

  const polling = poll(async (signal) => {
    const sweep = await getSweep(sweepId, signal);
    header.update(sweep);
    budgets.update(sweep);
    document.title = `${sweep.name || sweep.id} · flops-fit`;
    await experiments.update(sweep, signal);
    const fit = await fits.look(sweep, signal);
    law.update(fit, sweep);
    optima.update(fit);
    calculator.update(fit, sweep);
    refresh(plots, sweep, fit);
    error.update('');
  }, (problem) => error.update(problem.message));

  return {
    title: 'Sweep',
    node: el('div', {}, header.node, error.node,
      el('div', { class: 'columns' }, budgets.node, law.node),
      el('div', { class: 'columns' }, plots.isoflop.node, plots.loss.node),
      plots.laws.node,
      el('div', { class: 'columns' }, plots.ratio.node, calculator.node),
      optima.node,
      el('div', { class: 'columns' }, plots.surface.node, plots.envelope.node),
      plots.bands.node, plots.residuals.node, plots.cloud.node, plots.backtest.node,
      experiments.node),
    stop() {
      polling.stop();
      for (const plot of Object.values(plots)) plot.stop();
      calculator.stop();
    },
  };
}
