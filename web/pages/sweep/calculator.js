// What the law says for a compute budget: model, tokens, loss, with intervals.
import { predict } from '../../lib/api.js';
import { el, setHidden, setText } from '../../lib/dom.js';
import { count, fixed, interval, loss, plain, scientific } from '../../lib/format.js';
import { facts, notice, section } from '../../lib/parts.js';
import { setQuery } from '../../lib/route.js';
import { list, number } from '../../lib/values.js';

const FAR = 30;  // times the largest measured budget; beyond, the law is a guess
const PFLOPS_DAY = 86400e15;

function withRange(text, range) {
  return range === '–' ? text : `${text}   (${range})`;
}

function lines(one) {
  return [
    ['Parameters N', withRange(count(number(one.optimal_params)), interval(one.params_ci, count))],
    ['Tokens D', withRange(count(number(one.optimal_tokens)), interval(one.tokens_ci, count))],
    ['Expected loss', withRange(loss(number(one.expected_loss)), interval(one.loss_ci, loss))],
    ['Tokens per parameter', fixed(number(one.tokens_per_param), 1)],
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

function parseCompute(text) {
  const value = Number(text.trim());
  return Number.isFinite(value) && value > 0 ? value : null;
}

// Asks for one prediction at a time; a newer question drops the older one.
function asker(sweepId, show, refuse) {
  let abort = null;
  return {
    async ask(text) {
      abort?.abort();
      const compute = parseCompute(text);
      if (compute === null) {
        refuse('Give a number of FLOP above zero, such as 1e15.');
        return;
      }
      const current = new AbortController();
      abort = current;
      try {
        const answer = await predict(sweepId, compute, current.signal);
        show(list(answer.predictions)[0], compute);
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
  const questions = asker(sweepId, (prediction, compute) => {
    error.update('');
    answer.update(lines(prediction));
    setText(note, remark(prediction));
    setQuery({ compute: scientific(compute, 6) });
  }, (text) => error.update(text));
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
    error.node, answer.node, note);
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
