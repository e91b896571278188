// The plan as the trainer gets it, in groups.
import { el } from '../../lib/dom.js';
import { bytes, count, integer, plain, scientific } from '../../lib/format.js';
import { facts, section } from '../../lib/parts.js';
import { number } from '../../lib/values.js';

const whole = (value) => integer(number(value));
const real = (value) => String(Number(number(value).toPrecision(6)));

function shape({ shape = {} }) {
  return [
    ['Layers', whole(shape.layers)], ['d_model', whole(shape.d_model)],
    ['Heads (KV)', `${whole(shape.heads)} (${whole(shape.kv_heads)})`], ['d_ff', whole(shape.d_ff)],
    ['Vocabulary', whole(shape.vocab_size)], ['Sequence length', whole(shape.seq_len)],
    ['Tied head', shape.tied_head ? 'yes' : 'no'], ['Norm gains', shape.norm_gains ? 'yes' : 'no'],
  ];
}

// Experiments planned by older versions keep fewer of them.
const COUNTS = [
  ['FLOP, 6ND', 'flops_six_nd'], ['FLOP, 6ND without embedding', 'flops_six_nd_non_embedding'],
  ['FLOP, exact', 'flops_exact'], ['FLOP, exact with norms and softmax', 'flops_exact_all'],
  ['FLOP, Chinchilla', 'flops_chinchilla'],
];

function size(plan) {
  return [
    ['Parameters', whole(plan.parameters)], ['without embeddings', whole(plan.non_embedding_parameters)],
    ['Tokens', whole(plan.tokens)], ['FLOP', `${scientific(number(plan.flops), 4)} (${plan.flop_count ?? ''})`],
    ...COUNTS.filter(([, field]) => number(plan[field]) > 0)
      .map(([label, field]) => [label, scientific(number(plan[field]), 4)]),
    ['Memory, estimated', bytes(number(plan.estimated_memory_bytes))],
  ];
}

const decay = (plan) => (number(plan.decay_steps) ? `, ${whole(plan.decay_steps)} of decay` : '');

function training(plan) {
  return [
    ['Steps', whole(plan.steps)], ['Batch', `${whole(plan.batch_size)} sequences`],
    ['Micro-batches', whole(plan.accumulation_steps)], ['Learning rate', plain(number(plan.learning_rate), 4)],
    ['Schedule', `${plan.scheduler ?? ''}, ${whole(plan.warmup_steps)} warm-up steps${decay(plan)}, to ${real(plan.min_lr_ratio)}`],
    ['Weight decay', real(plan.weight_decay)], ['Gradient clipping', number(plan.max_grad_norm) ? real(plan.max_grad_norm) : 'none'],
    ['Adam', `β ${real(plan.adam_beta1)}, ${real(plan.adam_beta2)}; ε ${scientific(number(plan.adam_eps))}`],
    ['Dropout', number(plan.dropout) ? real(plan.dropout) : 'none'],
    ['Diverged above', number(plan.max_loss) ? `${real(plan.max_loss)} nats` : 'never'],
    ['Seed', String(plan.seed ?? 0)],
  ];
}

function rest(plan) {
  return [
    ['Mode', plan.mode ?? ''], ['Parametrization', plan.parametrization ?? ''],
    ['Number type', plan.dtype ?? ''], ['Device', plan.device ?? ''],
    ['Checkpoints', number(plan.checkpoint_every) ? `every ${whole(plan.checkpoint_every)} steps` : 'when stopped'],
    ['Data', `${plan.data_path ?? ''} (${plan.data_format ?? ''}, ${count(number(plan.data_tokens))} tokens)`],
    ['Held out', real(plan.val_fraction)],
  ];
}

export function planSection() {
  const groups = [['Model', shape], ['Size', size], ['Training', training], ['Data and device', rest]]
    .map(([title, of]) => ({ title, of, facts: facts() }));
  let shown = null;
  return {
    node: section('Plan', el('div', { class: 'fact-groups' },
      groups.map((group) => el('div', {}, el('h3', {}, group.title), group.facts.node)))),
    update(experiment) {
      if (!experiment.plan || experiment.id === shown) return;  // a plan never changes
      shown = experiment.id;
      for (const group of groups) group.facts.update(group.of(experiment.plan));
    },
  };
}
