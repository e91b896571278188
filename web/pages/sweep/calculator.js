// What the law says for a compute budget: model, tokens, loss, with intervals.
import { predict } from '../../lib/api.js';
import { el, setHidden, setText } from '../../lib/dom.js';
import { count, fixed, interval, loss, plain, scientific } from '../../lib/format.js';
import { facts, notice, section } from '../../lib/parts.js';
import { setQuery } from '../../lib/route.js';
import { table } from '../../lib/table.js';
import { list, number } from '../../lib/values.js';

const FAR = 30;  // times the largest measured budget; beyond, the law is a guess
const PFLOPS_DAY = 86400e15;

// Dense bfloat16 peaks, FLOP/s, by the makers' data sheets.
const DEVICES = [['H100 SXM', 989e12], ['H200', 989e12], ['B200', 2250e12], ['A100', 312e12], ['L40S', 362e12], ['RTX 4090', 165e12], ['TPU v5p', 459e12]];

const BY_METHOD = [
  { id: 'method', label: 'Approach', text: (one) => one.method },
  { id: 'n', label: 'N', numeric: true, text: (one) => count(number(one.optimal_params)) },
  { id: 'n_ci', label: 'interval', numeric: true, text: (one) => interval(one.params_ci, count) },
  { id: 'd', label: 'D', numeric: true, text: (one) => count(number(one.optimal_tokens)) },
  { id: 'loss', label: 'Loss', numeric: true, text: (one) => loss(number(one.expected_loss)) },
];

function withRange(text, range) {
  return range === '–' ? text : `${text}   (${range})`;
}

function lines(one) {
  return [
    ['Parameters N', withRange(count(number(one.optimal_params)), interval(one.params_ci, count))],
    ['Tokens D', withRange(count(number(one.optimal_tokens)), interval(one.tokens_ci, count))],
    ['Expected loss', withRange(loss(number(one.expected_loss)), interval(one.loss_ci, loss))],
    ['Tokens per parameter', withRange(fixed(number(one.tokens_per_param), 1), interval(one.tokens_per_param_ci, (x) => fixed(x, 1)))],
    ['Configuration', shapeOf(number(one.optimal_params))],
  ];
}

function remark(one) {
  const times = number(one.extrapolation);
  const days = number(one.target_compute) / PFLOPS_DAY;
  const size = days >= 0.01 ? `${plain(days)} petaFLOP/s-days; ` : '';
  if (times <= 1) return `${size}within the measured budgets.`;
  const beyond = `${size}${plain(times)} times the largest measured budget`;
  return times > FAR ? `${beyond}: a far extrapolation, read it with care.` : `${beyond}.`;
}

function parseNumber(text) {
  const value = Number(text.trim());
  return Number.isFinite(value) && value > 0 ? value : null;
}

// A decoder of about so many parameters: 12 L d^2 in its blocks, as deep as d / 64 or so. The planner
// works shapes out exactly; this is for a feeling.
function shapeOf(parameters) {
  const width = Math.max(64, Math.round(Math.cbrt((parameters * 64) / 12) / 64) * 64);
  const layers = Math.max(1, Math.round(parameters / (12 * width * width)));
  return `about ${layers} layers of width ${width.toLocaleString('en-US')}`;
}

// Asks for one prediction at a time; a newer question drops the older one.
function asker(sweepId, show, refuse) {
  let abort = null;
  return {
    async ask(text) {
      abort?.abort();
      const compute = parseNumber(text);
      if (compute === null) {
        refuse('Give a number of FLOP above zero, such as 1e15.');
        return;
      }
      const current = new AbortController();
      abort = current;
      try {
        const answer = await predict(sweepId, compute, current.signal);
        show(list(answer.predictions)[0], compute, answer);
      } catch (error) {
        if (!current.signal.aborted) refuse(error.message);
      }
    },
    stop: () => abort?.abort(),
  };
}

export function calculatorSection(sweepId, query) {
  const input = el('input', {
    name: 'compute', inputmode: 'text', autocomplete: 'off', spellcheck: 'false',
    placeholder: '1e15', value: query.get('compute') ?? '', 'aria-describedby': 'compute-hint',
  });
  const error = notice('error');
  const none = notice('info');
  const answer = facts();
  const note = el('p', { class: 'note' });
  const others = table({ caption: 'By each approach', columns: BY_METHOD, key: (one) => one.method });
  const differ = el('ul', { class: 'warnings' });
  const questions = asker(sweepId, (prediction, compute, whole) => {
    error.update('');
    answer.update(lines(prediction));
    setText(note, remark(prediction));
    others.update(list(whole.by_method).map((one) => ({ method: one.method, ...list(one.predictions)[0] })));
    setHidden(others.node, list(whole.by_method).length < 2);
    differ.replaceChildren(...list(whole.disagreements).map((text) => el('li', {}, text)));
    setQuery({ compute: scientific(compute, 6) });
  }, (text) => error.update(text));
  const hours = el('input', { inputmode: 'decimal', autocomplete: 'off', placeholder: '1000', 'aria-label': 'Device-hours' });
  const device = el('select', { 'aria-label': 'Device' }, DEVICES.map(([name], i) => el('option', { value: String(i) }, name)));
  const share = el('input', { inputmode: 'decimal', value: '40', 'aria-label': 'Utilization, percent' });
  const byHours = el('form', {
    class: 'calculator',
    onsubmit: (event) => {
      event.preventDefault();
      const many = parseNumber(hours.value);
      const used = parseNumber(share.value);
      if (many === null || used === null || used > 100) {
        error.update('Give a number of hours above zero, and a utilization of 1 to 100 percent.');
        return;
      }
      input.value = scientific(many * 3600 * DEVICES[Number(device.value)][1] * used / 100, 4);
      questions.ask(input.value);
    },
  }, el('label', {}, el('span', {}, 'or device-hours'), hours), el('label', {}, el('span', {}, 'of'), device),
    el('label', {}, el('span', {}, 'MFU, %'), share), el('button', { type: 'submit', class: 'button' }, 'Predict from hours'));
  const form = el('form', {
    class: 'calculator',
    onsubmit: (event) => {
      event.preventDefault();
      questions.ask(input.value);
    },
  }, el('label', {}, el('span', {}, 'Compute, FLOP'), input),
    el('button', { type: 'submit', class: 'button primary' }, 'Predict'));
  const body = el('div', { hidden: true }, form,
    el('p', { class: 'note', id: 'compute-hint' }, 'The model and tokens that spend it best, by the fitted law.'),
    byHours, error.node, answer.node, note, others.node, differ);
  let asked = null;
  return {
    node: section('Prediction', none.node, body),
    stop: questions.stop,
    update(fit, sweep) {
      none.update(fit ? '' : 'Predictions need a fitted law.');
      setHidden(body, !fit);
      if (!fit || fit.id === asked) return;
      asked = fit.id;
      const largest = Math.max(...list(sweep.budgets).map((budget) => number(budget.budget_flops)), 0);
      if (input.value === '' && largest > 0) input.value = scientific(10 * largest);
      questions.ask(input.value);
    },
  };
}
