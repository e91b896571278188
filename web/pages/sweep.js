// One sweep as it goes: progress, valleys filling in, the law so far, curves, experiments, who trained
// what when. The sweep is polled; everything else is asked for again only when the sweep has changed.
import { getSweep } from '../lib/api.js';
import { el } from '../lib/dom.js';
import { fitWatcher } from '../lib/fits.js';
import { notice } from '../lib/parts.js';
import { poll } from '../lib/poll.js';
import { counts, number } from '../lib/values.js';
import { curvesPanel } from '../plots/curves.js';
import { figurePanel } from '../plots/figures.js';
import { timelinePanel } from '../plots/timeline.js';
import { budgetsSection } from './sweep/budgets.js';
import { experimentsSection } from './sweep/experiments.js';
import { sweepHeader } from './sweep/header.js';
import { historySection } from './sweep/history.js';
import { lawSection } from './sweep/law.js';

function plotsOf(sweepId, query, which) {
  return {
    valleys: figurePanel(sweepId, {
      figure: 'isoflop_curves', title: 'IsoFLOP curves', height: 440, empty: 'Appears with the first finished experiment.',
    }),
    curves: curvesPanel({
      sweepId, name: `loss_curves_${sweepId}`, which, query, title: 'Loss curves', empty: 'Appears with the first measurement.',
    }),
    timeline: timelinePanel(sweepId),
  };
}

// Results are what changes the valleys; any progress changes the curves.
function refresh(plots, sweep, fit) {
  const all = counts(sweep.counts);
  const progress = `${number(sweep.done_flops)} ${JSON.stringify(all)}`;
  if (all.finished > 0) plots.valleys.refresh(`${all.finished} ${fit?.id ?? ''}`);
  if (number(sweep.done_flops) > 0) plots.curves.refresh(progress);
  if (all.waiting < all.total) plots.timeline.refresh(progress);
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
  const history = historySection(sweepId);
  const experiments = experimentsSection(sweepId, query, () => plots.curves.again());
  const plots = plotsOf(sweepId, query, experiments.question);

  const polling = poll(async (signal) => {
    const sweep = await getSweep(sweepId, signal);
    header.update(sweep);
    budgets.update(sweep);
    document.title = `${sweep.name || sweep.id} · flops-fit`;
    experiments.update(sweep);
    const fit = await fits.look(sweep, signal);
    law.update(fit, sweep);
    refresh(plots, sweep, fit);
    await history.update(signal);
    error.update('');
  }, (problem) => error.update(problem.message));

  return {
    title: 'Sweep',
    node: el('div', {}, header.node, error.node,
      el('div', { class: 'columns' }, budgets.node, law.node),
      el('div', { class: 'columns' }, plots.valleys.node, plots.curves.node),
      experiments.node, plots.timeline.node, history.node),
    stop() {
      polling.stop();
      experiments.stop();
      for (const plot of Object.values(plots)) plot.stop();
    },
  };
}
