// What happened to an experiment, the newest first.
import { getEvents } from '../../lib/api.js';
import { el, setHidden } from '../../lib/dom.js';
import { dateTime } from '../../lib/format.js';
import { list, number, time } from '../../lib/values.js';

const PAGE = 500;

function line(event) {
  return el('li', {},
    el('time', { class: 'note' }, dateTime(time(event.time))),
    el('strong', {}, event.kind ?? ''),
    el('span', {}, event.message ?? ''));
}

export function eventsSection(sweepId, experimentId) {
  const items = el('ol', { class: 'events' });
  const none = el('p', { class: 'notice info' }, 'Nothing has happened yet.');
  let lastSeq = 0;
  return {
    node: el('section', { class: 'card' }, el('h2', {}, 'Events'), none, items),
    async update(signal) {
      const after_seq = lastSeq || undefined;
      const answer = await getEvents(sweepId, { experiment: experimentId, after_seq, limit: PAGE }, signal);
      for (const event of list(answer.events)) {
        lastSeq = Math.max(lastSeq, number(event.seq));
        if (event.experiment_id === experimentId) items.prepend(line(event));
      }
      setHidden(none, items.children.length > 0);
    },
  };
}
