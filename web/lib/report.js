// A whole sweep as one HTML file that opens without a server: its numbers as tables, its figures with
// plotly.js inside. What people named stays text: every word is escaped, JSON has no "<".
import { ApiError, getExperiments, getFigure, getSweep, predict } from './api.js';
import { fitOrNull } from './fits.js';
import { count, dateTime, duration, fixed, interval, loss, plain, scientific } from './format.js';
import { counts, list, number, stateWord, time } from './values.js';
import { save } from '../plots/export.js';
import { SOURCE } from '../plots/plotly.js';

const FIGURES = ['isoflop_curves', 'loss_curves', 'scaling_laws', 'tokens_per_param', 'law_bands', 'loss_surface', 'residuals', 'bootstrap_cloud', 'backtest', 'training_envelope'];
const PAGE = 500;

const escaped = (text) => String(text ?? '').replace(/[&<>"']/g, (letter) => `&#${letter.codePointAt(0)};`);
const inScript = (value) => JSON.stringify(value).replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');

function tableOf(caption, heads, rows) {
  const cells = (tag, row) => row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('');
  return `<h2>${escaped(caption)}</h2><div class="scroll"><table><thead><tr>${cells('th', heads)}</tr></thead>` +
    `<tbody>${rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('')}</tbody></table></div>`;
}

async function allExperiments(sweepId) {
  const all = [];
  for (;;) {
    const page = await getExperiments(sweepId, { brief: 1, limit: PAGE, offset: all.length || undefined });
    all.push(...list(page.experiments));
    if (all.length >= number(page.total) || list(page.experiments).length === 0) return all;
  }
}

async function allFigures(sweepId) {
  const figures = [];
  for (const name of FIGURES) {
    try {
      figures.push({ name, ...JSON.parse((await getFigure(sweepId, name, { style: 'notebook' })).plotly_json) });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;  // no law yet: the report goes without it
    }
  }
  return figures;
}

function lawTables(fit, predictions) {
  if (!fit) return '<p>No law has been fitted yet.</p>';
  const laws = ['n_opt', 'd_opt', 'l_opt'].filter((key) => fit[key]).map((key) => {
    const law = fit[key];
    return [law.name, law.formula, fixed(number(law.exponent_a), 4), interval(law.a_ci, (x) => fixed(x, 4)), fixed(number(law.r_squared), 4)];
  });
  const optima = list(fit.optimal_points).map((one) => [scientific(number(one.compute_budget)), count(number(one.model_size)), interval(one.model_size_ci, count), count(number(one.num_tokens)), loss(number(one.final_loss))]);
  const rows = list(predictions?.predictions).map((one) => [scientific(number(one.target_compute)), count(number(one.optimal_params)), interval(one.params_ci, count), count(number(one.optimal_tokens)), loss(number(one.expected_loss)), interval(one.loss_ci, loss)]);
  const left = [...list(fit.exclusions).map((one) => [one.experiment_id || scientific(number(one.compute_budget)), one.reason]), ...list(fit.excluded).map((one) => [one.run_id, one.reason])];
  return tableOf('The law', ['law', 'formula', 'exponent', 'interval', 'R²'], laws) + tableOf('Optimum of each budget', ['budget', 'N', 'interval', 'D', 'loss'], optima) +
    tableOf('Predictions', ['compute', 'N', 'interval', 'D', 'loss', 'interval'], rows) + (left.length ? tableOf('Left out', ['what', 'why'], left) : '');
}

function sweepTables(sweep, experiments) {
  const all = counts(sweep.counts);
  const facts = [['id', sweep.id], ['state', stateWord(sweep.state)], ['created', dateTime(time(sweep.created_at))], ['finished', dateTime(time(sweep.finished_at))],
    ['experiments', `${all.finished} of ${all.total} finished, ${all.failed} failed`], ['compute', `${scientific(number(sweep.done_flops))} of ${scientific(number(sweep.total_flops))} FLOP`],
    ...(number(sweep.gpu_seconds_spent) > 0 ? [['GPU-hours', plain(number(sweep.gpu_seconds_spent) / 3600)]] : []),
    ['slot-hours', plain(number(sweep.slot_seconds_spent) / 3600)]];
  const budgets = list(sweep.budgets).map((one) => [scientific(number(one.budget_flops)), `${counts(one.counts).finished}/${counts(one.counts).total}`, loss(number(one.best_loss)), count(number(one.best_parameters))]);
  const rows = experiments.map((one) => [one.id, stateWord(one.state), scientific(number(one.budget_flops)), count(number(one.plan?.parameters)), count(number(one.plan?.tokens)), plain(number(one.plan?.learning_rate)),
    loss(number(one.result?.final_train_loss)), loss(number(one.result?.final_val_loss)), duration(number(one.result?.train_seconds) || NaN), one.failure?.kind ? `${one.failure.kind}: ${one.failure.message ?? ''}` : '']);
  return {
    facts: tableOf('Sweep', ['', ''], facts) + tableOf('Budgets', ['budget', 'finished', 'lowest loss', 'at N'], budgets),
    experiments: tableOf('Experiments', ['id', 'state', 'budget', 'N', 'D', 'lr', 'train loss', 'val. loss', 'took', 'failure'], rows),
  };
}

const STYLE = 'body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:1100px;padding:0 1rem;color:#1a2330}h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}' +
  'table{border-collapse:collapse;font-size:.9rem}th,td{padding:.3rem .7rem;border-bottom:1px solid #dfe3ea;text-align:left;vertical-align:top}.scroll{overflow-x:auto;max-height:60vh}.plot{min-height:420px;margin-top:1.5rem}';
const DRAW = "for(const f of JSON.parse(document.getElementById('figures').textContent)){const d=document.createElement('div');d.className='plot';document.getElementById('plots').append(d);" +
  "Plotly.newPlot(d,f.data,{...f.layout,width:undefined,autosize:true},{responsive:true,displaylogo:false});}";

// Fetches all there is and saves it as REPORT-NAME.html.
export async function saveReport(sweepId) {
  const sweep = await getSweep(sweepId);
  const fit = await fitOrNull(sweepId);
  const largest = Math.max(0, ...list(sweep.budgets).map((one) => number(one.budget_flops)));
  const predictions = fit && largest > 0 ? await predict(sweepId, [1, 10, 100, 1000].map((times) => times * largest).join(',')) : null;
  const experiments = await allExperiments(sweepId);
  const figures = await allFigures(sweepId);
  const plotly = await (await fetch(SOURCE)).text();
  const parts = sweepTables(sweep, experiments);
  const name = sweep.name || sweep.id;
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escaped(name)}</title><style>${STYLE}</style></head><body>` +
    `<h1>${escaped(name)}</h1><p>Written ${escaped(dateTime(Date.now()))} by flops-fit.</p>${parts.facts}${lawTables(fit, predictions)}<h2>Figures</h2><div id="plots"></div>${parts.experiments}` +
    `<script type="application/json" id="figures">${inScript(figures)}</script><script>${plotly.replaceAll('</script', '<\\/script')}</script><script>${DRAW}</script></body></html>\n`;
  save(`report-${sweepId}.html`, html, 'text/html');
}
