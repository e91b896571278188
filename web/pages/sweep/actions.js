// What can be done with a sweep, each with its question first; a list and its own page use the same.
import { deleteSweep, retryFailed, steerSweep, updateSweep } from '../../lib/api.js';
import { act, confirmAction, nameField } from '../../lib/dialog.js';
import { el, setHidden } from '../../lib/dom.js';
import { link, sweepLink } from '../../lib/route.js';
import { needs } from '../../lib/session.js';
import { counts, number, stateWord } from '../../lib/values.js';

const STEER = {
  pause: {
    label: 'Pause', from: ['active'], done: 'Paused', title: 'Pause this sweep?',
    text: 'What runs goes on to its end; nothing new starts. Resume goes on from there.',
  },
  resume: {
    label: 'Resume', from: ['paused'], done: 'Resumed', title: 'Resume this sweep?',
    text: 'Workers take up its experiments again, from their checkpoints.',
  },
  cancel: {
    label: 'Cancel', from: ['active', 'paused'], done: 'Cancelled', dangerous: true, title: 'Cancel this sweep?',
    text: 'Experiments that have not finished never will; what has finished stays. This cannot be undone.',
  },
};

function button(label, dangerous, onclick) {
  return needs('operator', el('button', { type: 'button', hidden: true, class: dangerous ? 'button danger' : 'button', onclick }, label));
}

function steerButton(sweep, word, changed) {
  const { label, title, text, dangerous, done, from } = STEER[word];
  const node = button(label, dangerous, async () => {
    const seen = sweep();
    const sure = await confirmAction({ title, text, action: label, dangerous });
    if (!sure) return;
    await act(node, () => steerSweep(seen, word, sure.reason), done);
    changed();
  });
  return { node, update: () => setHidden(node, !from.includes(stateWord(sweep().state))) };
}

function priorityButton(sweep, changed) {
  const node = button('Priority', false, async () => {
    const seen = sweep();
    const now = seen.scheduling ?? {};
    const input = (name, value, props) => el('input', { name, type: 'number', value: String(value), ...props });
    const priority = input('priority', number(now.priority), { step: '1' });
    const weight = input('weight', number(now.weight) || 1, { step: 'any', min: '0.001' });
    const most = input('max_running', number(now.max_running), { step: '1', min: '0' });
    const sure = await confirmAction({
      title: 'Share of the workers', action: 'Set',
      text: 'Higher priority goes first; of equal priority each sweep gets its weight. What runs goes on.',
      fields: [['Priority', priority], ['Weight', weight], ['At once at most (0: no bound)', most]],
    });
    if (!sure) return;
    const change = { priority: Number(priority.value), weight: Number(weight.value), max_running: Number(most.value) };
    await act(node, () => updateSweep(seen, change, sure.reason), 'Set');
    changed();
  });
  return { node, update: () => setHidden(node, !['active', 'paused'].includes(stateWord(sweep().state))) };
}

function retryButton(sweep, changed) {
  const node = button('Retry failed', false, async () => {
    const { failed } = counts(sweep().counts);
    const sure = await confirmAction({
      title: `Retry ${failed} failed ${failed === 1 ? 'experiment' : 'experiments'}?`, action: 'Retry',
      text: 'They wait for a worker again and go on from their last good checkpoints.',
    });
    if (!sure) return;
    await act(node, () => retryFailed(sweep().id, sure.reason), 'Waiting for a worker again');
    changed();
  });
  return { node, update: () => setHidden(node, counts(sweep().counts).failed === 0 || stateWord(sweep().state) === 'cancelled') };
}

// What a keyboard has, and no more than one types.
const typeable = (name) => /^[\x20-\x7e]{1,60}$/.test(name) && name === name.trim();

function deleteButton(sweep, changed) {
  const node = button('Delete', true, async () => {
    const seen = sweep();
    const name = typeable(seen.name ?? '') ? seen.name : seen.id;
    const sure = await confirmAction({
      title: 'Delete this sweep?', action: 'Delete', dangerous: true, fields: [nameField(name)],
      text: `Its ${counts(seen.counts).total} experiments, their results, measurements, logs and laws are gone for good. Results that other sweeps took over stay theirs.`,
    });
    if (!sure) return;
    await act(node, async () => {
      await deleteSweep(seen, sure.reason);
      if (location.hash.startsWith(sweepLink(seen.id))) location.hash = link(['sweeps']);
    }, 'Deleted');
    changed();
  });
  return { node, update: () => setHidden(node, !['finished', 'cancelled'].includes(stateWord(sweep().state))) };
}

function cloneLink(sweep) {
  const node = el('a', { class: 'button', hidden: true }, 'Clone');
  return {
    node,
    update() {
      node.setAttribute('href', link(['new'], { clone: sweep().id }));
      setHidden(node, Boolean(sweep().imported));
    },
  };
}

// `words`: which of pause, resume, cancel, priority, retry, clone, delete. update(sweep) shows what applies.
export function sweepActions(words, changed) {
  let current = {};
  const sweep = () => current;
  const make = {
    priority: () => priorityButton(sweep, changed), retry: () => retryButton(sweep, changed), clone: () => cloneLink(sweep),
    delete: () => deleteButton(sweep, changed),
  };
  const all = words.map((word) => (make[word] ?? (() => steerButton(sweep, word, changed)))());
  return {
    nodes: all.map((one) => one.node),
    update(now) {
      current = now;
      for (const one of all) one.update();
    },
  };
}
