// Every host that ever reported: what it has, what it does, when it was last heard of.
import { getExperiments, getSweeps, getWorkers, steerWorker } from '../lib/api.js';
import { confirmAction, toast } from '../lib/dialog.js';
import { el, keyed, setAttribute, setHidden, setText } from '../lib/dom.js';
import { ago, bytes, count, dateTime, duration, percent, shortId } from '../lib/format.js';
import { badge, notice, tile, tiles } from '../lib/parts.js';
import { poll } from '../lib/poll.js';
import { experimentLink } from '../lib/route.js';
import { needs } from '../lib/session.js';
import { table } from '../lib/table.js';
import { counts, list, number, time } from '../lib/values.js';

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

function stateOf(worker) {
  if (!worker.alive) return 'lost';
  if (worker.cordoned) return list(worker.experiment_ids).length ? 'draining' : 'quarantined';
  return worker.draining ? 'leaving' : 'alive';
}

function aliveCell() {
  const state = badge();
  const why = el('span', { class: 'note wrap-anywhere' });
  return {
    node: el('span', { class: 'stacked' }, el('span', {}, state.node), why),
    update(worker) {
      state.update(stateOf(worker));
      setText(why, worker.cordoned ?? '');
    },
  };
}

// Tokens a second over what it trains now.
function speedCell() {
  const node = el('span', {});
  return { node, update: (worker) => setText(node, worker.speed > 0 ? count(worker.speed) : '–') };
}

// What each does is said before it is done.
const ACTIONS = {
  drain: {
    label: 'Drain', title: 'Drain this worker?', done: 'Draining', when: (worker) => worker.alive && !worker.cordoned,
    text: 'It gets nothing new. What has not ended by the deadline is checkpointed and handed back.',
  },
  quarantine: {
    label: 'Quarantine', title: 'Quarantine this worker?', done: 'Quarantined', dangerous: true, when: (worker) => !worker.cordoned,
    text: 'It gets nothing new until it is used again; what runs on it goes on.',
  },
  uncordon: {
    label: 'Use again', title: 'Use this worker again?', done: 'Used again', when: (worker) => Boolean(worker.cordoned) || list(worker.devices).some((device) => device.cordoned),
    text: 'It and all of its devices are given work again.',
  },
};

async function ask(word, worker, changed) {
  const { label, title, text, done, dangerous } = ACTIONS[word];
  const minutes = el('input', { type: 'number', min: '0', step: 'any', placeholder: 'none: all ends' });
  const device = el('select', { 'aria-label': 'What to quarantine' }, el('option', { value: '' }, 'the whole worker'), list(worker.devices).map((one) => el('option', { value: one.id }, one.id)));
  const fields = { drain: [['Deadline, minutes', minutes]], quarantine: [['What', device]], uncordon: [] }[word];
  const sure = await confirmAction({ title, text, action: label, dangerous, fields });
  if (!sure) return;
  const body = word === 'drain' && minutes.value !== '' ? { deadline_seconds: 60 * Number(minutes.value) }
    : word === 'quarantine' && device.value ? { device: device.value } : {};
  try {
    await steerWorker(worker.id, word, body, sure.reason);
    toast(done);
  } catch (error) {
    toast(error.message, 'error');
  }
  changed();
}

function actionsCell(changed) {
  return () => {
    let current = null;
    const buttons = Object.keys(ACTIONS).map((word) => [word, needs('operator', el('button', {
      type: 'button', class: ACTIONS[word].dangerous ? 'button danger' : 'button', onclick: () => ask(word, current, changed),
    }, ACTIONS[word].label))]);
    return {
      node: el('div', { class: 'actions tight' }, buttons.map(([, button]) => button)),
      update(worker) {
        current = worker;
        for (const [word, button] of buttons) setHidden(button, !ACTIONS[word].when(worker));
      },
    };
  };
}

function describe(device) {
  const memory = bytes(number(device.memory_bytes));
  const places = number(device.slots);
  const free = number(device.free_slots);
  const warm = number(device.temperature_celsius) > 0 ? `, ${Math.round(number(device.temperature_celsius))} °C` : '';
  const busy = number(device.utilization) > 0 ? `, ${percent(number(device.utilization), 1)} busy` : '';
  const why = device.cordoned || device.fault ? `, out of use: ${device.cordoned || device.fault}` : '';
  return `${device.id}: ${device.name || device.kind}, ${memory}, ${places} ${places === 1 ? 'slot' : 'slots'} (${free} free)${warm}${busy}${why}`;
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

// "12 s left", "4 s over": a lease that is over is taken away once the coordinator looks.
function leaseText(lease) {
  const seconds = ((time(lease.deadline) ?? Date.now()) - Date.now()) / 1000;
  return seconds >= 0 ? `${duration(seconds)} left` : `${duration(-seconds)} over`;
}

// What it trains, where, and until when it must have been heard of.
function leasesCell() {
  const idle = el('span', { class: 'note' }, 'idle');
  const lines = el('ul', { class: 'plain' });
  const show = keyed(lines, (lease) => lease.attempt_id, (lease) => {
    const anchor = el('a', { class: 'mono', href: experimentLink(lease.sweep_id, lease.experiment_id) }, shortId(lease.experiment_id));
    const note = el('span', { class: 'note' });
    return {
      node: el('li', {}, el('span', { class: 'stacked' }, anchor, note)),
      update(now) {
        setText(note, `${now.device_id ? `${now.device_id}, ` : ''}lease ${leaseText(now)}`);
        setAttribute(note, 'title', `silence beyond ${dateTime(time(now.deadline))} is failure`);
      },
    };
  });
  return {
    node: el('div', {}, idle, lines),
    update(worker) {
      setHidden(idle, list(worker.leases).length > 0);
      show(list(worker.leases));
    },
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

const columnsFor = (changed) => [
  { id: 'name', label: 'Worker', value: (worker) => worker.name || worker.host || worker.id, cell: nameCell },
  { id: 'alive', label: 'State', value: (worker) => (worker.alive ? 0 : 1), cell: aliveCell },
  { id: 'devices', label: 'Devices', cell: linesCell((worker) => list(worker.devices).map(describe), 'none') },
  {
    id: 'running', label: 'Works on, lease', value: (worker) => list(worker.experiment_ids).length,
    cell: leasesCell,
  },
  {
    id: 'finished', label: 'Finished', numeric: true, value: (worker) => number(worker.finished),
    text: (worker) => String(number(worker.finished)),
  },
  {
    id: 'failed', label: 'Failed', numeric: true, value: (worker) => number(worker.failed),
    text: (worker) => String(number(worker.failed)),
  },
  { id: 'speed', label: 'Tokens/s', numeric: true, value: (worker) => worker.speed, cell: speedCell },
  { id: 'seen', label: 'Last heard of', numeric: true, value: (worker) => -(time(worker.last_seen) ?? 0), cell: seenCell },
  { id: 'actions', label: 'Actions', cell: actionsCell(changed) },
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

// Of the sweeps that have something running; nothing is asked where nothing runs.
async function speedsByWorker(workers, signal) {
  const speeds = new Map();
  if (!workers.some((worker) => list(worker.experiment_ids).length)) return speeds;
  const sweeps = list((await getSweeps(signal, { limit: 20 })).sweeps).filter((sweep) => counts(sweep.counts).running > 0);
  for (const sweep of sweeps) {
    const page = await getExperiments(sweep.id, { state: 'running', brief: 1, limit: 500 }, signal);
    for (const one of list(page.experiments)) {
      speeds.set(one.worker_id, (speeds.get(one.worker_id) ?? 0) + number(one.tokens_per_second));
    }
  }
  return speeds;
}

export function workersPage() {
  const workers = table({
    caption: 'Workers', columns: columnsFor(() => polling.now()), key: (worker) => worker.id,
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
    const speeds = await speedsByWorker(all, signal);
    for (const worker of all) worker.speed = speeds.get(worker.id) ?? 0;
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
