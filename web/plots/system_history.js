// Memory, load, temperature and speed of the devices that trained an experiment, over time: what is new
// is fetched, each attempt is a line of its own.
import { getSystem } from '../lib/api.js';
import { dateTime } from '../lib/format.js';
import { choice } from '../lib/parts.js';
import { list, number, time } from '../lib/values.js';
import { colourScale, themeOf } from './look.js';
import { plotPanel } from './panel.js';

const MIB = 2 ** 20;
const MEASURES = {
  memory: ['Memory in use', 'Memory in use (MiB)', (one) => number(one.memory_bytes) / MIB],
  load: ['Device busy', 'Share of its time (%)', (one) => 100 * number(one.utilization)],
  temperature: ['Temperature', 'Temperature (°C)', (one) => number(one.temperature_celsius)],
  speed: ['Tokens per second', 'Tokens per second', (one) => number(one.tokens_per_second)],
  mfu: ['MFU', 'MFU, of the bfloat16 peak (%)', (one, { flopsPerToken, peak }) => (100 * number(one.tokens_per_second) * flopsPerToken) / peak],
};

function figureOf(samples, measure, device, word) {
  const theme = themeOf(word);
  const [, title, value] = MEASURES[measure];
  const attempts = [...new Set(samples.map((one) => one.attempt_id))];
  return {
    data: attempts.map((attempt, i) => {
      const its = samples.filter((one) => one.attempt_id === attempt);
      return {
        type: 'scatter', mode: its.length > 1 ? 'lines' : 'markers', name: `attempt ${attempt}`, showlegend: attempts.length > 1,
        x: its.map((one) => dateTime(time(one.time))), y: its.map((one) => value(one, device)),
        line: { color: attempts.length > 1 ? colourScale(i, attempts.length, word) : theme.line, width: 1.6 },
        hovertemplate: `%{y:.4g} at %{x}<br>${its[0].device_id || 'device'}<extra></extra>`,
      };
    }),
    layout: {
      font: theme.font, margin: { l: 64, r: 16, t: 8, b: 48 },
      xaxis: { ...theme.axis, type: 'date' },
      yaxis: { ...theme.axis, title: { text: title, standoff: 12 }, rangemode: 'tozero', automargin: true },
    },
  };
}

// Keeps what it was given; asks for later samples only.
function sampleLog(sweep, experiment) {
  const samples = [];
  return async (signal) => {
    const since = samples.reduce((last, one) => (one.time > last ? one.time : last), '');
    const answer = await getSystem(sweep, experiment, { since }, signal);
    samples.push(...list(answer.samples));
    return samples;
  };
}

// refresh(version, device) with device = {flopsPerToken, peak}; peak is NaN where it is not known.
export function systemHistoryPanel(sweep, experiment) {
  const fetchOn = sampleLog(sweep, experiment);
  let measure = 'memory';
  let version = null;
  let device = { flopsPerToken: 0, peak: NaN };
  const control = choice('Measure', Object.entries(MEASURES).map(([word, [label]]) => [word, label]), measure, (value) => {
    measure = value;
    panel.refresh(`${measure} ${version}`);
  });
  const panel = plotPanel({
    title: 'System over time', name: `system_${experiment.slice(0, 12)}`, controls: [control], height: 320,
    empty: 'Appears ten seconds after a worker has begun, where the worker tells it.',
    load: async (word, abort) => {
      const samples = await fetchOn(abort);
      const known = samples.some((one) => MEASURES[measure][2](one, device) > 0);
      return known ? figureOf(samples, measure, device, word) : null;
    },
  });
  return {
    ...panel,
    refresh(newVersion, now) {
      version = newVersion;
      device = now;
      panel.refresh(`${measure} ${version} ${JSON.stringify(now)}`);
    },
  };
}
