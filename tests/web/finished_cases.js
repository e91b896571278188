// What pages show of sweeps that are over.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { experimentOf, rude, sweepAddress } from './common.js';
import { HOSTILE, SEEN } from './hostile.js';
import { Stack, sleep, synthetic, until } from './stack.js';

const FIGURES = ['IsoFLOP curves', 'Tokens per parameter', 'Scaling laws', 'Loss surface and efficient frontier',
  'Training curves and their envelope', 'Scaling law of single runs', 'Residuals', 'Bootstrap of the exponents', 'Backtest'];

// Sweeps that are over: one with its law, one of which some failed and everything is hostile.
export async function finishedStack(bin, web) {
  const stack = new Stack(bin, web);
  await stack.startCoordinator();
  stack.startWorker('good', 'name=good');
  stack.startRudeWorker(SEEN);
  stack.good = await stack.createSweep('Good law', synthetic(0));
  stack.bad = await stack.createSweep(HOSTILE, rude(stack.file('corpus.txt', 'a line of text\n'.repeat(20000))));
  const over = (sweep) => sweep.state === 'SWEEP_STATE_FINISHED';
  await stack.sweepIs(stack.good.id, (sweep) => over(sweep) && !sweep.fitting, 90000);
  await stack.sweepIs(stack.bad.id, over, 60000);
  return stack;
}

export const FINISHED = {
  async 'sweeps: name, state, progress by budget, failures'(stage) {
    await stage.goto('#/sweeps');
    await stage.see('Good law');
    const row = stage.page.locator('tbody tr', { hasText: 'Good law' });
    assert.match(await row.innerText(), /finished[\s\S]*28 of 28 experiments, 100 %/);
    assert.equal(await row.locator('.budget-column').count(), 4);
    const bad = stage.page.locator('tbody tr', { hasText: SEEN });
    assert.match(await bad.innerText(), /finished/);
    assert.ok(Number(await bad.locator('td[data-label="Failed"]').innerText()) > 0);
  },

  async 'sweep: law with its interval, curves, timeline'(stage) {
    await stage.goto(sweepAddress(stage.stack.good));
    await stage.see('N_opt (parameters)');
    await stage.see(/intervals: 95 % of 200 resamples/);
    for (const name of ['IsoFLOP curves', 'Loss curves', 'Timeline']) await stage.drawn(name);
  },

  async 'sweep: axes and smoothing of the curves stand in the address'(stage) {
    await stage.goto(`${sweepAddress(stage.stack.good)}?x=tokens`);
    await stage.drawn('Loss curves');
    await stage.plot('Loss curves').locator('.xtitle', { hasText: 'Tokens seen' }).waitFor();
    await stage.page.getByLabel('Horizontal axis').selectOption('flops');
    await stage.plot('Loss curves').locator('.xtitle', { hasText: 'compute' }).waitFor();
    await stage.page.getByLabel('log y').check();
    await stage.page.getByLabel('Smoothing').fill('0.9');
    await until('the address', () => /x=flops/.test(stage.page.url()) && /logy=1/.test(stage.page.url()) && /smooth=0.9/.test(stage.page.url()));
    await stage.page.reload();
    await stage.drawn('Loss curves');
    assert.equal(await stage.page.evaluate(() => document.querySelector('[aria-label="Loss curves"]').layout.yaxis.type), 'log');
  },

  async 'sweep: typed filter, its errors, sorting, columns, and a link that remembers them'(stage) {
    await stage.goto(sweepAddress(stage.stack.good));
    const rows = stage.page.locator('#experiments tbody tr:not(.spacer)');
    await stage.see('28 experiments');
    await stage.page.getByLabel('Filter experiments').fill('budget = 1e15 and val_loss > 1');
    await stage.see('7 experiments of 28');
    assert.equal(await rows.count(), 7);
    await stage.button('Val. loss', stage.page.locator('#experiments')).click();
    await until('the order', async () => {
      const losses = (await rows.locator('td').filter({ hasText: /^\d\.\d{4}$/ }).allInnerTexts()).map(Number);
      const second = losses.filter((_, i) => i % 2 === 1);  // after the training loss
      return second.length === 7 && second.every((value, i) => i === 0 || value >= second[i - 1]);
    });
    await stage.page.locator('#experiments summary', { hasText: 'Columns' }).click();
    await stage.page.getByLabel('d_model').check();
    await stage.page.locator('#experiments thead', { hasText: 'd_model' }).waitFor();
    assert.match(decodeURIComponent(stage.page.url()), /filter=budget.*sort=val_loss.*columns=/s);
    await stage.page.reload();
    await stage.see('7 experiments of 28');
    await stage.page.locator('#experiments thead', { hasText: 'd_model' }).waitFor();
    stage.expectLoss = true;  // the refusal is a 400, which the browser's console tells of
    await stage.page.getByLabel('Filter experiments').fill('los < 3');
    await stage.see(/no field 'los'; did you mean 'loss'/);
  },

  async 'compare: only what differs, or all of it'(stage) {
    await stage.goto(sweepAddress(stage.stack.good));
    await stage.see('28 experiments');
    const boxes = stage.page.locator('#experiments tbody input[type=checkbox]');
    await boxes.nth(0).check();
    await boxes.nth(1).check();
    await stage.page.getByRole('link', { name: 'Compare 2' }).click();
    await stage.see('2 experiments compared');
    await stage.page.locator('th[scope=row]', { hasText: 'plan.parameters' }).waitFor();
    assert.equal(await stage.page.locator('th[scope=row]', { hasText: 'plan.dtype' }).count(), 0);
    await stage.page.getByLabel('Show what is the same, too').check();
    await stage.page.locator('th[scope=row]', { hasText: 'plan.dtype' }).waitFor();
    await stage.drawn('Loss curves');
  },

  async 'analysis: every figure, methods side by side, calculator'(stage) {
    await stage.goto(`${sweepAddress(stage.stack.good)}/analysis`);
    await stage.see('Methods side by side');
    await stage.see(/IsoFLOP profiles/);
    await stage.see(/Loss surface \(/);
    for (const name of FIGURES) await stage.drawn(name);
    await stage.page.getByLabel('Compute, FLOP').fill('1e18');
    await stage.button('Predict').click();
    await stage.see('Configuration');
    await stage.see(/times the largest measured budget/);
    await until('the address', () => /compute=1e18/.test(stage.page.url()));
    await stage.page.getByLabel('Device-hours').fill('1000');
    await stage.button('Predict from hours').click();
    await until('FLOP of the hours', async () => Number(await stage.page.getByLabel('Compute, FLOP').inputValue()) > 1e21);
    await stage.page.getByLabel('Compute, FLOP').fill('a lot');
    await stage.page.getByLabel('Compute, FLOP').press('Enter');
    await stage.see('Give a number of FLOP above zero');
  },

  async 'a figure is exported as PNG, SVG, CSV and JSON'(stage) {
    await stage.goto(`${sweepAddress(stage.stack.good)}/analysis`);
    await stage.drawn('IsoFLOP curves');
    const heads = { PNG: /^\x89PNG/, SVG: /^<svg/, CSV: /^trace,x,y,z\n/, 'plotly JSON': /^\{[\s\S]*"data"/ };
    for (const [format, head] of Object.entries(heads)) {
      await stage.page.getByLabel(`Export isoflop_curves_${stage.stack.good.id}`).click();
      const [download] = await Promise.all([stage.page.waitForEvent('download'), stage.button(format, stage.page.locator('details[open]')).click()]);
      const content = readFileSync(await download.path(), 'latin1');
      assert.match(content, head, format);
      if (format === 'CSV') assert.ok(content.split('\n').length > 28);
    }
  },

  async 'the report is one file that opens without a server'(stage) {
    await stage.goto(sweepAddress(stage.stack.good));
    await stage.page.locator('summary', { hasText: 'Download' }).click();
    const [download] = await Promise.all([stage.page.waitForEvent('download'), stage.page.getByRole('button', { name: 'Report (one HTML file)' }).click()]);
    const page = await stage.context.newPage();
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('pageerror', (error) => stage.complaints.push(`report: ${error.message}`));
    const path = await download.path();
    await page.setContent(readFileSync(path, 'utf8'));
    await page.locator('#plots .scatterlayer .trace').first().waitFor();
    await page.getByText('Optimum of each budget').waitFor();
    assert.equal(await page.locator('#plots > .plot').count(), 10);
    assert.deepEqual(asked.filter((url) => /^https?:/.test(url)), [], 'nothing is asked of the network');
    await page.close();
  },

  async 'experiment: plan, attempts, curves, signals, system, log, events'(stage) {
    const one = await experimentOf(stage.stack, stage.stack.good, 'state = finished');
    await stage.goto(`${sweepAddress(stage.stack.good)}/experiments/${one.id}`);
    for (const text of ['Attempts', 'Checkpoints', 'Weight decay', 'finished']) await stage.see(text);
    for (const name of ['Loss', 'Training signals']) await stage.drawn(name);
    await stage.page.getByLabel('Show').first().selectOption('grad_norm');
    await stage.plot('Training signals').locator('.ytitle', { hasText: 'Gradient norm' }).waitFor();
    await stage.page.locator('.events strong', { hasText: 'leased' }).first().waitFor();
  },

  async 'hostile names, logs and errors stay text everywhere'(stage) {
    const { bad } = stage.stack;
    const failed = await experimentOf(stage.stack, bad, 'state = failed');
    const finished = await experimentOf(stage.stack, bad, 'state = finished');
    for (const hash of ['#/sweeps', sweepAddress(bad), `${sweepAddress(bad)}/analysis`, '#/workers', `#/new?clone=${bad.id}`,
      `${sweepAddress(bad)}/experiments/${failed.id}`, `${sweepAddress(bad)}/compare?with=${failed.id},${finished.id}`]) {
      await stage.goto(hash);
      await stage.page.waitForFunction((text) => document.body.innerText.includes(text) ||
        [...document.querySelectorAll('input,textarea')].some((one) => one.value.includes(text)), SEEN);
      const found = await stage.page.evaluate(() => [window.hacked, document.querySelectorAll('img[src="x"], main script').length]);
      assert.deepEqual(found, [undefined, 0], hash);
      const extra = await stage.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(extra, 0, `${hash} is not torn wide by ten thousand letters`);
    }
  },

  async 'experiment: a failed one says why'(stage) {
    const failed = await experimentOf(stage.stack, stage.stack.bad, 'failure = diverged');
    await stage.goto(`${sweepAddress(stage.stack.bad)}/experiments/${failed.id}`);
    await stage.see(/diverged: /);
    await stage.button('Retry').waitFor();
    await stage.page.getByLabel('Filter the log').fill('hacked');
    await until('the log', async () => (await stage.page.getByRole('region', { name: 'Log' }).innerText()).includes(SEEN));
  },

  async 'what does not exist is said'(stage) {
    stage.expectLoss = true;
    await stage.goto('#/sweeps/nothing');
    await stage.see(/nothing/);
    await stage.goto('#/no/such/page');
    await stage.see('No such page');
  },

  async 'without plotly everything else works'(stage) {
    stage.expectLoss = true;
    await stage.page.route('**/vendor/plotly.min.js', (route) => route.fulfill({ status: 404 }));
    await stage.goto(sweepAddress(stage.stack.good));
    await stage.see('Plots need plotly.js');
    await stage.see('N_opt (parameters)');
  },

  async 'no page has a serious fault for who cannot see or point, light and dark'(stage, { axe }) {
    const one = await experimentOf(stage.stack, stage.stack.good, 'state = finished');
    const other = await experimentOf(stage.stack, stage.stack.good, 'state = finished and ordinal > 3');
    for (const scheme of ['light', 'dark']) {
      await stage.page.emulateMedia({ colorScheme: scheme });
      for (const hash of ['#/sweeps', sweepAddress(stage.stack.good), `${sweepAddress(stage.stack.good)}/analysis`, '#/workers', '#/new',
        `${sweepAddress(stage.stack.good)}/experiments/${one.id}`, `${sweepAddress(stage.stack.good)}/compare?with=${one.id},${other.id}`]) {
        await stage.goto(hash);
        await stage.page.locator('h1').first().waitFor();
        await stage.page.locator('tbody tr, textarea').first().waitFor();
        await sleep(300);
        await stage.accessible(axe, `${scheme} ${hash}`);
      }
    }
  },

  async 'dark mode: the button changes page and plots, and is remembered'(stage) {
    await stage.goto(sweepAddress(stage.stack.good));
    await stage.drawn('Loss curves');
    const look = () => stage.page.evaluate(() => [getComputedStyle(document.body).backgroundColor,
      document.querySelector('[aria-label="Loss curves"]').layout?.font.color]);
    const light = await look();
    await stage.page.getByRole('button', { name: /Theme: system/ }).click();
    await stage.page.getByRole('button', { name: /Theme: light/ }).click();
    await until('a dark plot', async () => (await look())[1] !== light[1]);
    const dark = await look();
    assert.notEqual(dark[0], light[0]);
    await stage.page.reload();
    await stage.drawn('Loss curves');
    assert.deepEqual(await look(), dark);
  },

  async 'a phone needs no sideways scrolling'(stage) {
    await stage.page.setViewportSize({ width: 360, height: 740 });
    const one = await experimentOf(stage.stack, stage.stack.good, 'state = finished');
    for (const hash of ['#/sweeps', sweepAddress(stage.stack.good), `${sweepAddress(stage.stack.good)}/analysis`, '#/new',
      `${sweepAddress(stage.stack.good)}/experiments/${one.id}`, '#/workers']) {
      await stage.goto(hash);
      await stage.page.locator('tbody tr, textarea').first().waitFor();
      const extra = await stage.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(extra, 0, hash);
    }
  },

  async 'a hidden tab asks for nothing, and asks at once when it is back'(stage) {
    await stage.goto('#/workers');
    await stage.see('good');
    const show = (state) => stage.page.evaluate((word) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => word === 'hidden' });
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => word });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
    await show('hidden');
    await sleep(500);
    let asked = 0;
    stage.page.on('request', () => { ++asked; });
    await sleep(4500);
    assert.equal(asked, 0);
    await show('visible');
    await until('a request', () => asked > 0, 1000);
  },

  async 'keyboard only: skip, open a sweep, sort, clone'(stage) {
    const { page } = stage;
    await stage.goto('#/sweeps');
    await stage.see('Good law');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
    // On by Tab alone until the sweep's link has the focus.
    await until('the link', async () => {
      await page.keyboard.press('Tab');
      return page.evaluate(() => document.activeElement.textContent === 'Good law');
    });
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Good law' }).waitFor();
    await until('the clone link', async () => {
      await page.keyboard.press('Tab');
      return page.evaluate(() => document.activeElement.textContent === 'Clone');
    });
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Clone a sweep' }).waitFor();
    await until('its YAML', () => page.evaluate(() => document.querySelector('textarea').value.includes('synthetic')));
  },
};

