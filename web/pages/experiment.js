// One experiment: its plan, its attempts, how its loss went, what it wrote, what happened.
import { getExperiment } from '../lib/api.js';
import { el } from '../lib/dom.js';
import { notice } from '../lib/parts.js';
import { poll } from '../lib/poll.js';
import { number, stateWord } from '../lib/values.js';
import { curvesPanel } from '../plots/curves.js';
import { signalsPanel } from '../plots/signals.js';
import { systemHistoryPanel } from '../plots/system_history.js';
import { attemptsSection } from './experiment/attempts.js';
import { eventsSection } from './experiment/events.js';
import { experimentHeader } from './experiment/header.js';
import { logSection } from './experiment/log.js';
import { planSection } from './experiment/plan.js';
import { systemSection } from './experiment/system.js';

export function experimentPage(sweepId, experimentId, query) {
  const error = notice('error');
  const header = experimentHeader(sweepId, experimentId, () => polling.now());
  const plan = planSection();
  const attempts = attemptsSection();
  const log = logSection(sweepId, experimentId, () => polling.now());
  const events = eventsSection(sweepId, experimentId);
  const curve = curvesPanel({
    sweepId, name: `loss_${experimentId.slice(0, 12)}`, which: () => ({ experiments: experimentId }), query, title: 'Loss', height: 380,
    empty: 'Appears with the first measurement.',
  });
  const history = systemHistoryPanel(sweepId, experimentId);
  const system = systemSection(history);
  const signals = signalsPanel(sweepId, experimentId);

  const polling = poll(async (signal) => {
    const experiment = await getExperiment(sweepId, experimentId, signal);
    header.update(experiment);
    plan.update(experiment);
    attempts.update(experiment);
    const moved = `${stateWord(experiment.state)} ${number(experiment.step)} ${(experiment.attempts ?? []).length}`;
    const measured = number(experiment.step) > 0 || experiment.result;
    if (measured) curve.refresh(moved);
    if (measured) signals.refresh(moved);
    await system.update(experiment, signal);
    await log.update(experiment, signal);
    await events.update(signal);
    error.update('');
  }, (problem) => error.update(problem.message));

  return {
    title: `Experiment ${experimentId.slice(0, 12)}`,
    node: el('div', {}, header.node, error.node,
      el('div', { class: 'columns' }, curve.node, signals.node),
      attempts.node,
      el('div', { class: 'columns' }, system.node, history.node),
      events.node, log.node, plan.node),
    stop() {
      polling.stop();
      curve.stop();
      signals.stop();
      history.stop();
    },
  };
}
