// What an experiment is, how far it came, why it failed, and its retry.
import { deleteExperiment, retryExperiment } from '../../lib/api.js';
import { act, confirmAction, nameField } from '../../lib/dialog.js';
import { el, setHidden, setText } from '../../lib/dom.js';
import { count, duration, integer, loss, percent, scientific } from '../../lib/format.js';
import { badge, notice, tile, tiles } from '../../lib/parts.js';
import { link, sweepLink } from '../../lib/route.js';
import { needs } from '../../lib/session.js';
import { number, stateWord } from '../../lib/values.js';

function retryButton(sweepId, experimentId, changed) {
  const button = el('button', {
    type: 'button', class: 'button primary', hidden: true,
    onclick: async () => {
      const sure = await confirmAction({
        title: 'Retry this experiment?', action: 'Retry',
        text: 'It waits for a worker again and goes on from its last good checkpoint.',
      });
      if (!sure) return;
      await act(button, () => retryExperiment(sweepId, experimentId, sure.reason), 'Waiting for a worker again');
      changed();
    },
  }, 'Retry');
  return needs('operator', button);
}

function deleteButton(sweepId, experimentId) {
  const button = el('button', {
    type: 'button', class: 'button danger', hidden: true,
    onclick: async () => {
      const sure = await confirmAction({
        title: 'Delete this experiment?', action: 'Delete', dangerous: true, fields: [nameField(experimentId.slice(0, 8))],
        text: 'Its result, measurements and logs are gone for good, and the law is fitted again without it.',
      });
      if (!sure) return;
      await act(button, async () => {
        await deleteExperiment(sweepId, experimentId, sure.reason);
        location.hash = sweepLink(sweepId);
      }, 'Deleted');
    },
  }, 'Delete');
  return button;
}

function trainedTime(result) {
  const took = result ? number(result.train_seconds) : 0;
  return took > 0 ? `trained ${duration(took)}` : '';
}

function numbers() {
  const all = {
    size: tile('Parameters'), tokens: tile('Tokens'), budget: tile('Budget'), progress: tile('Progress'),
    train: tile('Training loss'), val: tile('Held-out loss'),
  };
  return {
    node: tiles(...Object.values(all)),
    update(experiment) {
      const plan = experiment.plan ?? {};
      const { result } = experiment;
      const finished = stateWord(experiment.state) === 'finished';
      const step = finished ? number(result?.steps) : number(experiment.step);
      const speed = number(experiment.tokens_per_second);
      all.size.update(count(number(plan.parameters)), `${integer(number(plan.parameters))} exactly`);
      all.tokens.update(count(number(plan.tokens)), `${count(number(plan.tokens) / number(plan.parameters))} per parameter`);
      all.budget.update(scientific(number(experiment.budget_flops)), 'FLOP');
      all.progress.update(percent(step, number(plan.steps)),
        `step ${integer(step)} of ${integer(number(plan.steps))}${!finished && speed > 0 ? `, ${count(speed)} tokens/s` : ''}`);
      all.train.update(loss(number(result ? result.final_train_loss : experiment.last_loss)),
        result ? trainedTime(result) : 'latest');
      all.val.update(loss(result ? number(result.final_val_loss) : NaN), 'nats a token');
    },
  };
}

export function experimentHeader(sweepId, experimentId, changed) {
  const state = badge();
  const worker = el('p', { class: 'note' });
  const retry = retryButton(sweepId, experimentId, changed);
  const gone = deleteButton(sweepId, experimentId);
  const failure = notice('error');
  const figures = numbers();
  const sweep = el('a', { href: sweepLink(sweepId) }, sweepId);
  return {
    node: el('header', { class: 'page-head' },
      el('nav', { class: 'crumbs', 'aria-label': 'Where this is' },
        el('a', { href: link(['sweeps']) }, 'Sweeps'), ' / ', sweep),
      el('div', { class: 'title-row' },
        el('div', { class: 'title' }, el('h1', { class: 'mono' }, experimentId), state.node),
        el('div', { class: 'actions' }, retry, gone)),
      worker, failure.node, figures.node),
    update(experiment) {
      const word = stateWord(experiment.state);
      state.update(word);
      setHidden(retry, word !== 'failed');
      setHidden(gone, !['finished', 'failed', 'cancelled', 'waiting'].includes(word));
      setText(worker, experiment.worker_id ? `on worker ${experiment.worker_id}` : '');
      const { kind, message } = experiment.failure ?? {};
      failure.update(kind && word !== 'finished' ? `${kind.replaceAll('_', ' ')}: ${message ?? ''}` : '');
      figures.update(experiment);
    },
  };
}
