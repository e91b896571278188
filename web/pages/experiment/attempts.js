// Every try at an experiment.
import { el, setText } from '../../lib/dom.js';
import { dateTime, duration, integer } from '../../lib/format.js';
import { badge, notice, section } from '../../lib/parts.js';
import { table } from '../../lib/table.js';
import { list, number, time } from '../../lib/values.js';

function stateCell() {
  const state = badge();
  return { node: state.node, update: (attempt) => state.update(attempt.state ?? 'unknown') };
}

function failureCell() {
  const node = el('span', { class: 'wrap' });
  return {
    node,
    update({ failure }) {
      setText(node, failure?.kind ? `${failure.kind.replaceAll('_', ' ')}: ${failure.message ?? ''}` : '–');
    },
  };
}

function took(attempt) {
  const start = time(attempt.started_at);
  if (start === null) return '–';
  return duration(((time(attempt.ended_at) ?? Date.now()) - start) / 1000);
}

const COLUMNS = [
  { id: 'epoch', label: 'Attempt', numeric: true, text: (one) => String(number(one.epoch)) },
  { id: 'state', label: 'State', cell: stateCell },
  { id: 'worker', label: 'Worker', text: (one) => one.worker_id ?? '' },
  { id: 'started', label: 'Started', numeric: true, text: (one) => dateTime(time(one.started_at)) },
  { id: 'took', label: 'Took', numeric: true, text: took },
  {
    id: 'resumed', label: 'From step', numeric: true,
    text: (one) => integer(number(one.resumed_from_step)),
  },
  { id: 'failure', label: 'Failure', cell: failureCell },
];

export function attemptsSection() {
  const attempts = table({ caption: 'Attempts', columns: COLUMNS, key: (one) => one.id });
  const none = notice('info');
  return {
    node: section('Attempts', none.node, attempts.node),
    update(experiment) {
      const all = [...list(experiment.attempts)].sort((a, b) => number(b.epoch) - number(a.epoch));
      none.update(all.length ? '' : 'No worker has taken it up yet.');
      attempts.node.hidden = all.length === 0;
      attempts.update(all);
    },
  };
}
