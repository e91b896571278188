// Every host that ever reported: what it has, what it does, when it was last heard of.
import { getWorkers } from '../lib/api.js';
import { el, setAttribute, setHidden, setText } from '../lib/dom.js';
import { ago, bytes, dateTime, shortId } from '../lib/format.js';
import { badge, notice, tile, tiles } from '../lib/parts.js';
import { poll } from '../lib/poll.js';
import { table } from '../lib/table.js';
import { list, number, time } from '../lib/values.js';

const slots = (worker) => list(worker.devices).reduce((sum, device) => sum + number(device.slots), 0);

function nameCell() {
  const name = el('strong', {});
  const note = el('span', { class: 'note' });
  return {
    node: el('span', { class: 'stacked' }, name, note),
    update(worker) {
      setText(name, worker.name || worker.host || worker.id);
      setText(note, `${worker.host ?? ''} · process ${number(worker.pid)} · ${worker.version ?? ''}`);
    },
  };
}

function aliveCell() {
  const state = badge();
  return { node: state.node, update: (worker) => state.update(worker.alive ? 'alive' : 'lost') };
}

function describe(device) {
  const memory = bytes(number(device.memory_bytes));
  const places = number(device.slots);
  return `${device.id}: ${device.name || device.kind}, ${memory}, ${places} ${places === 1 ? 'slot' : 'slots'}`;
}

function linesCell(lines, none) {
  return () => {
    const node = el('ul', { class: 'plain' });
    let shown = null;
    return {
      node,
      update(worker) {
        const texts = lines(worker);
        if (JSON.stringify(texts) === shown) return;
        shown = JSON.stringify(texts);
        node.replaceChildren(...(texts.length ? texts : [none]).map((text) => el('li', {}, text)));
      },
    };
  };
}

function seenCell() {
  const node = el('time', {});
  return {
    node,
    update(worker) {
      setText(node, ago(time(worker.last_seen)));
      setAttribute(node, 'title', dateTime(time(worker.last_seen)));
    },
  };
}

const COLUMNS = [
  { id: 'name', label: 'Worker', value: (worker) => worker.name || worker.host || worker.id, cell: nameCell },
  { id: 'alive', label: 'State', value: (worker) => (worker.alive ? 0 : 1), cell: aliveCell },
  { id: 'devices', label: 'Devices', cell: linesCell((worker) => list(worker.devices).map(describe), 'none') },
  {
    id: 'running', label: 'Works on', value: (worker) => list(worker.experiment_ids).length,
    cell: linesCell((worker) => list(worker.experiment_ids).map(shortId), 'idle'),
  },
  {
    id: 'finished', label: 'Finished', numeric: true, value: (worker) => number(worker.finished),
    text: (worker) => String(number(worker.finished)),
  },
  {
    id: 'failed', label: 'Failed', numeric: true, value: (worker) => number(worker.failed),
    text: (worker) => String(number(worker.failed)),
  },
  { id: 'seen', label: 'Last heard of', numeric: true, value: (worker) => -(time(worker.last_seen) ?? 0), cell: seenCell },
];

function summary() {
  const alive = tile('Workers alive');
  const used = tile('Slots in use');
  const finished = tile('Experiments finished');
  return {
    node: tiles(alive, used, finished),
    update(workers) {
      const living = workers.filter((worker) => worker.alive);
      const busy = living.reduce((sum, worker) => sum + list(worker.experiment_ids).length, 0);
      const all = living.reduce((sum, worker) => sum + slots(worker), 0);
      alive.update(`${living.length} of ${workers.length}`);
      used.update(`${busy} of ${all}`);
      finished.update(String(workers.reduce((sum, worker) => sum + number(worker.finished), 0)));
    },
  };
}

export function workersPage() {
  const workers = table({
    caption: 'Workers', columns: COLUMNS, key: (worker) => worker.id,
    sort: { id: 'alive', down: false },
  });
  workers.node.classList.add('card', 'flush');
  const totals = summary();
  const empty = el('div', { class: 'card empty', hidden: true },
    el('h2', {}, 'No worker has reported'),
    el('p', {}, 'Sweeps wait until one does. On a machine that can reach the coordinator:'),
    el('pre', {}, 'ff-worker'));
  const error = notice('error');
  const polling = poll(async (signal) => {
    const all = list((await getWorkers(signal)).workers);
    error.update('');
    totals.update(all);
    workers.update(all);
    setHidden(workers.node, all.length === 0);
    setHidden(totals.node, all.length === 0);
    setHidden(empty, all.length > 0);
  }, (problem) => error.update(problem.message));
  return {
    title: 'Workers',
    node: el('div', {}, el('h1', {}, 'Workers'), error.node, totals.node, workers.node, empty),
    stop: polling.stop,
  };
}
