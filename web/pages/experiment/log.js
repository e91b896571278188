// The end of a trainer's log, of any attempt; stays at the bottom unless scrolled up.
import { ApiError, getLogs } from '../../lib/api.js';
import { el, setText } from '../../lib/dom.js';
import { list, number } from '../../lib/values.js';

const LINES = 400;

function tail(text) {
  const lines = text.split('\n');
  return lines.length <= LINES ? text : `… ${lines.length - LINES} earlier lines\n${lines.slice(-LINES).join('\n')}`;
}

async function textOf(sweepId, experimentId, attempt, signal) {
  try {
    return (await getLogs(sweepId, experimentId, attempt, signal)).text ?? '';
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return '';
    throw error;
  }
}

// Options for the attempts, the newest first; '' means the newest whichever it is.
function attemptSelect(onchange) {
  const select = el('select', { 'aria-label': 'Attempt', onchange });
  let shown = 0;
  return {
    node: select,
    update(attempts) {
      if (attempts.length === shown) return;
      shown = attempts.length;
      const kept = select.value;
      select.replaceChildren(el('option', { value: '' }, 'newest attempt'),
        ...attempts.map((one) => el('option', { value: one.id }, `attempt ${number(one.epoch)}`)));
      select.value = kept;
    },
  };
}

// `again` asks the page to poll at once.
export function logSection(sweepId, experimentId, again) {
  let fetchedFor = null;
  const pre = el('pre', { class: 'log', tabindex: '0', role: 'region', 'aria-label': 'Log' });
  const select = attemptSelect(() => {
    fetchedFor = null;
    again();
  });
  return {
    node: el('section', { class: 'card' },
      el('div', { class: 'card-head' }, el('h2', {}, 'Log'), select.node), pre),
    async update(experiment, moved, signal) {
      const attempts = [...list(experiment.attempts)].sort((a, b) => number(b.epoch) - number(a.epoch));
      select.update(attempts);
      const attempt = select.node.value;
      const goal = `${attempt} ${moved}`;
      if (goal === fetchedFor || attempts.length === 0) {
        if (attempts.length === 0) setText(pre, 'Nothing written yet.');
        return;
      }
      const atEnd = pre.scrollHeight - pre.scrollTop - pre.clientHeight < 40;
      const text = await textOf(sweepId, experimentId, attempt, signal);
      setText(pre, tail(text) || 'Nothing written yet.');
      if (atEnd) pre.scrollTop = pre.scrollHeight;
      fetchedFor = goal;
    },
  };
}
