// Speed, utilization, memory and temperature of what trains it now; where its checkpoints are.
import { getWorkers } from '../../lib/api.js';
import { bytes, count, fixed, integer, percent, scientific } from '../../lib/format.js';
import { facts, section } from '../../lib/parts.js';
import { peakOf } from '../../lib/peaks.js';
import { list, number, stateWord } from '../../lib/values.js';

function deviceOf(workers, attempt) {
  const worker = workers.find((one) => one.id === attempt?.worker_id);
  const device = list(worker?.devices).find((one) => one.id === attempt.device_id) ?? list(worker?.devices)[0];
  return { worker, device };
}

function checkpointText(experiment) {
  const stored = experiment.checkpoint;
  const every = number(experiment.plan?.checkpoint_every);
  const rhythm = every ? `every ${integer(every)} steps` : 'when stopped';
  if (stored) return `step ${integer(number(stored.step))}: ${number(stored.files)} files, ${bytes(number(stored.bytes))}, with the coordinator (${rhythm})`;
  return experiment.home_worker ? `on worker ${experiment.home_worker} (${rhythm})` : `none yet (${rhythm})`;
}

const HISTORY_MS = 10000;

// history: the panel of what was before.
export function systemSection(history) {
  const all = facts();
  return {
    node: section('System', all.node),
    async update(experiment, signal) {
      const attempt = [...list(experiment.attempts)].sort((a, b) => number(b.epoch) - number(a.epoch))[0];
      const running = stateWord(experiment.state) === 'running';
      const { worker, device } = attempt ? deviceOf(list((await getWorkers(signal)).workers), attempt) : {};
      const speed = number(experiment.tokens_per_second);
      const flops = speed * number(experiment.plan?.flops) / Math.max(number(experiment.plan?.tokens), 1);
      const memory = number(device?.memory_bytes);
      const used = memory - number(device?.free_memory_bytes);
      const peak = peakOf(device?.name);
      history.refresh(`${stateWord(experiment.state)} ${running ? Math.floor(Date.now() / HISTORY_MS) : 0} ${list(experiment.attempts).length}`,
        { flopsPerToken: number(experiment.plan?.flops) / Math.max(number(experiment.plan?.tokens), 1), peak });
      all.update([
        ['Worker', worker ? worker.name || worker.id : '–'],
        ['Device', device ? `${device.id}: ${device.name || device.kind}` : '–'],
        ['Tokens per second', running && speed > 0 ? count(speed) : '–'],
        ['FLOP per second', running && flops > 0 ? scientific(flops) : '–'],
        ['MFU (of the bfloat16 peak)', running && Number.isFinite(peak) ? percent(flops, peak) : '–'],
        ['Memory planned for', running && memory > 0 ? `${bytes(used)} of ${bytes(memory)}` : '–'],
        ['Temperature', running && number(device?.temperature_celsius) > 0 ? `${fixed(number(device.temperature_celsius), 0)} °C` : '–'],
        ['Device busy', running && number(device?.utilization) > 0 ? percent(number(device.utilization), 1) : '–'],
        ['Checkpoints', checkpointText(experiment)],
      ]);
    },
  };
}
