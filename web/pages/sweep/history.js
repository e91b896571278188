// Who did what to the sweep as a whole, the newest first.
import { getEvents } from '../../lib/api.js';
import { el } from '../../lib/dom.js';
import { dateTime } from '../../lib/format.js';
import { section } from '../../lib/parts.js';
import { list, time } from '../../lib/values.js';

const SHOWN = 20;

export function historySection(sweepId) {
  const items = el('ol', { class: 'events' });
  const none = el('p', { class: 'note' }, 'Nothing yet.');
  return {
    node: section('History', none, items),
    async update(signal) {
      const events = list((await getEvents(sweepId, { newest_first: 1, sweep_only: 1, limit: SHOWN }, signal)).events);
      none.hidden = events.length > 0;
      items.replaceChildren(...events.map((event) => el('li', {},
        el('time', { class: 'note' }, dateTime(time(event.time))), el('strong', {}, event.kind ?? ''),
        el('span', { class: 'wrap-anywhere' }, event.message ?? ''))));
    },
  };
}
