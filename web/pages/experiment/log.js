// The end of a trainer's log, of any attempt, as it grows: only what is new is fetched. Stays at the
// bottom unless scrolled up.
import { ApiError, getLogs } from '../../lib/api.js';
import { el, setText } from '../../lib/dom.js';
import { list, number } from '../../lib/values.js';

const MOST = 200000;  // letters kept in the page

async function logsOf(sweepId, experimentId, parameters, signal) {
  try {
    return await getLogs(sweepId, experimentId, parameters, signal);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return {};
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
  let text = '';
  let seen = { attempt: null, end: 0, over: false };
  const pre = el('pre', { class: 'log', tabindex: '0', role: 'region', 'aria-label': 'Log' }, 'Nothing written yet.');
  const filter = el('input', { type: 'search', placeholder: 'only lines with …', 'aria-label': 'Filter the log', oninput: show });
  const select = attemptSelect(() => {
    seen = { attempt: null, end: 0, over: false };
    again();
  });

  function show() {
    const word = filter.value.toLowerCase();
    const shown = word ? text.split('\n').filter((line) => line.toLowerCase().includes(word)).join('\n') : text;
    const atEnd = pre.scrollHeight - pre.scrollTop - pre.clientHeight < 40;
    setText(pre, shown || (text ? 'No line has that.' : 'Nothing written yet.'));
    if (atEnd) pre.scrollTop = pre.scrollHeight;
  }

  return {
    node: el('section', { class: 'card' },
      el('div', { class: 'card-head' }, el('h2', {}, 'Log'), el('div', { class: 'actions' }, filter, select.node)), pre),
    async update(experiment, signal) {
      const attempts = [...list(experiment.attempts)].sort((a, b) => number(b.epoch) - number(a.epoch));
      select.update(attempts);
      const newest = select.node.value || attempts[0]?.id;
      if (!newest || (seen.attempt === newest && seen.over)) return;
      const from_byte = seen.attempt === newest ? seen.end : 0;
      const answer = await logsOf(sweepId, experimentId, { attempt: newest, from_byte: from_byte || undefined }, signal);
      text = ((from_byte ? text : '') + (answer.text ?? '')).slice(-MOST);
      seen = { attempt: newest, end: number(answer.end_byte), over: Boolean(answer.ended) };
      show();
    },
  };
}
