// A new sweep: a preset, a file or the copy of another as YAML, edited; what it would train, cost and
// leave out; then its start.
import { createSweep, getSweep, newRequestId, planSweep, readSpec } from '../lib/api.js';
import { toast } from '../lib/dialog.js';
import { el, setHidden, setText } from '../lib/dom.js';
import { bytes, count, duration, plain, scientific } from '../lib/format.js';
import { notice, section, tile, tiles } from '../lib/parts.js';
import { link, sweepLink } from '../lib/route.js';
import { needs } from '../lib/session.js';
import { table } from '../lib/table.js';
import { list, number } from '../lib/values.js';

const EXAMPLE = `# Keys of conf/planner.yaml and conf/trainer.yaml; what is not named is by default.
planner:
  compute:
    min_flops: 1e12
    max_flops: 1e13
    num_budgets: 3
    num_model_sizes: 7
trainer:
  mode: synthetic
`;

function budgetRows(preview) {
  const rows = new Map();
  for (const one of list(preview.experiments)) {
    const budget = number(one.budget_flops);
    const row = rows.get(budget) ?? { budget, sizes: [], tokens: [], experiments: 0 };
    row.experiments += 1;
    row.sizes.push(number(one.plan?.parameters));
    row.tokens.push(number(one.plan?.tokens));
    rows.set(budget, row);
  }
  return [...rows.values()].sort((a, b) => a.budget - b.budget);
}

const span = (values, write) => `${write(Math.min(...values))} – ${write(Math.max(...values))}`;
const COLUMNS = [
  { id: 'budget', label: 'Budget (FLOP)', text: (row) => scientific(row.budget) },
  { id: 'experiments', label: 'Experiments', numeric: true, text: (row) => String(row.experiments) },
  { id: 'sizes', label: 'Parameters', numeric: true, text: (row) => span(row.sizes, count) },
  { id: 'tokens', label: 'Tokens', numeric: true, text: (row) => span(row.tokens, count) },
];

function previewSection() {
  const all = {
    experiments: tile('Experiments'), flops: tile('Compute'), time: tile('Time'), slots: tile('Slot-hours'),
    memory: tile('Memory'), disk: tile('Disk'),
  };
  const budgets = table({ caption: 'Experiments by budget', columns: COLUMNS, key: (row) => row.budget });
  const notes = el('ul', { class: 'warnings' });
  const dropped = el('ul', { class: 'plain' });
  const droppedTitle = el('h3', {});
  const node = section('The plan', tiles(...Object.values(all)), budgets.node, notes, droppedTitle, dropped);
  node.hidden = true;
  return {
    node,
    update(preview) {
      const experiments = list(preview.experiments).length;
      all.experiments.update(String(experiments), number(preview.cached) ? `${number(preview.cached)} have a result already` : 'none has a result yet');
      all.flops.update(scientific(number(preview.total_flops)), 'FLOP in all');
      all.time.update(duration(number(preview.estimated_seconds)), `on ${number(preview.slots) || 1} ${number(preview.slots) === 1 ? 'slot' : 'slots'}, ${preview.throughput_measured ? 'at measured speed' : 'at assumed speed'}`);
      all.slots.update(`${plain(number(preview.slot_seconds) / 3600, 3)} h`, preview.throughput_source ?? '', preview.device_kind === 'cuda' ? 'GPU-hours' : 'Slot-hours');
      all.memory.update(bytes(number(preview.peak_memory_bytes)), 'of the largest');
      all.disk.update(bytes(number(preview.disk_bytes)), 'of checkpoints at most');
      budgets.update(budgetRows(preview));
      notes.replaceChildren(...[...list(preview.notes), ...(preview.exists ? [`A sweep of this content exists: ${preview.sweep_id}. Starting takes it up.`] : [])].map((text) => el('li', {}, text)));
      const cells = list(preview.dropped);
      setText(droppedTitle, cells.length ? `${cells.length} left out` : 'Nothing is left out');
      dropped.replaceChildren(...cells.map((cell) => el('li', {}, `${scientific(number(cell.budget_flops))} FLOP, ${count(number(cell.target_parameters))} parameters: ${cell.reason ?? ''}`)));
      setHidden(node, false);
    },
  };
}

function fileButton(onText) {
  const input = el('input', {
    type: 'file', accept: '.yaml,.yml,text/yaml', class: 'unseen', 'aria-label': 'YAML file',
    onchange: async () => {
      if (input.files.length) onText(await input.files[0].text());
    },
  });
  return el('label', { class: 'button' }, 'Open a file', input);
}

// What is typed: a name, a preset, YAML. onChange() when it is another sweep than before.
function specForm({ onPlan, onChange }) {
  const name = el('input', { name: 'name', autocomplete: 'off', maxlength: '200', placeholder: 'a name (optional)' });
  const yaml = el('textarea', { name: 'yaml', rows: '18', spellcheck: 'false', class: 'mono', 'aria-label': 'YAML of the sweep', oninput: onChange });
  const preset = el('select', { name: 'preset', onchange: onChange }, el('option', { value: '' }, 'no preset'));
  const plan = needs('operator', el('button', { type: 'submit', class: 'button primary' }, 'Show the plan'));
  const buttons = el('div', { class: 'actions' }, plan);
  const node = el('form', {
    class: 'new-sweep',
    onsubmit: (event) => {
      event.preventDefault();
      onPlan();
    },
  },
    el('div', { class: 'toolbar' },
      el('label', { class: 'choice' }, el('span', {}, 'Name'), name),
      el('label', { class: 'choice' }, el('span', {}, 'Over the preset'), preset),
      fileButton((text) => {
        yaml.value = text;
        onChange();
      })),
    yaml,
    el('p', { class: 'note' }, 'Paths of data are of the coordinator\'s host. A dataset that is elsewhere comes with ffctl sweep create.'),
    buttons);
  return { node, name, yaml, preset, plan, buttons };
}

// Reads, plans and creates what is in the form, and says what is wrong with it.
function steps({ clone, form, preview, start, error, signal }) {
  let spec = null;
  let requestId = '';  // of this plan: a click that is repeated starts nothing more
  async function attempt(work) {
    error.update('');
    form.plan.disabled = true;
    try {
      await work();
    } catch (problem) {
      if (!signal.aborted) error.update(problem.message);
    } finally {
      form.plan.disabled = false;
    }
  }
  return {
    stale() {
      spec = null;
      start.disabled = true;
    },
    plan: () => attempt(async () => {
      start.disabled = true;
      const read = await readSpec({ yaml: form.yaml.value, preset: form.preset.value, sweep: clone }, signal);
      preview.update(await planSweep(read.spec, signal));
      spec = read.spec;
      requestId = newRequestId();
      start.disabled = false;
    }),
    create: () => attempt(async () => {
      const answer = await createSweep({ name: form.name.value.trim(), spec, request_id: requestId });
      toast(answer.created ? 'Started' : 'There is one of this content already');
      location.hash = sweepLink(answer.sweep.id);
    }),
    fill: () => attempt(async () => {
      const read = await readSpec(clone ? { sweep: clone } : { yaml: EXAMPLE }, signal);
      form.preset.append(...list(read.presets).map((word) => el('option', { value: word }, word)));
      if (form.yaml.value === '') form.yaml.value = clone ? read.yaml : EXAMPLE;
      if (clone && form.name.value === '') form.name.value = `${(await getSweep(clone, signal)).name || clone}, again`;
    }),
  };
}

export function newSweepPage(query) {
  const clone = query.get('clone') ?? '';
  const error = notice('error');
  const preview = previewSection();
  const abort = new AbortController();
  const start = needs('operator', el('button', { type: 'button', class: 'button primary', disabled: true, onclick: () => flow.create() }, 'Start'));
  const form = specForm({ onPlan: () => flow.plan(), onChange: () => flow.stale() });
  form.buttons.append(start);
  const flow = steps({ clone, form, preview, start, error, signal: abort.signal });
  flow.fill();
  const title = clone ? 'Clone a sweep' : 'New sweep';
  return {
    title,
    node: el('div', {},
      el('nav', { class: 'crumbs', 'aria-label': 'Where this is' }, el('a', { href: link(['sweeps']) }, 'Sweeps')),
      el('h1', {}, title), section('What to train', form.node, error.node), preview.node),
    stop: () => abort.abort(),
  };
}
