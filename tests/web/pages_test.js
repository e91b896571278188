// What each page must show and survive. A case gets an open page of its own, a server and
// its world; any console error, uncaught exception or breach of the security policy fails
// the case it happens in.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { HOSTILE, makeWorld, step } from './mock/data.js';
import { makeServer } from './mock/server.js';

const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const PATIENCE_MS = 30000;
const LANES = 4;

class Stage {
  constructor(browser, folder) {
    Object.assign(this, { browser, folder, world: makeWorld(), complaints: [], port: 0, expectLoss: false });
    this.active = this.world.sweeps[0];
  }

  async open() {
    await this.serve();
    this.context = await this.browser.newContext({ viewport: { width: 1300, height: 900 } });
    this.page = await this.context.newPage();
    this.page.setDefaultTimeout(PATIENCE_MS);
    this.page.on('pageerror', (error) => this.complaints.push(`exception: ${error.message}`));
    this.page.on('console', (message) => {
      const refused = this.expectLoss && /Failed to load resource/.test(message.text());
      if (message.type() === 'error' && !refused) this.complaints.push(`console: ${message.text()}`);
    });
  }

  async serve() {
    this.server = makeServer(this.folder, this.world).listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = this.server.address().port;
  }

  async stopServing() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  goto(hash) {
    return this.page.goto(`http://127.0.0.1:${this.port}/${hash}`);
  }

  see(text) {
    return this.page.getByText(text).first().waitFor();
  }

  async close() {
    await this.context.close();
    if (this.server.listening) await this.stopServing();
    assert.deepEqual(this.complaints, []);
  }
}

const sweepAddress = (stage) => `#/sweeps/${stage.active.id}`;
const experimentAddress = (stage, i) => `${sweepAddress(stage)}/experiments/${stage.active.experiments[i].id}`;

const CASES = {
  async 'sweeps: name, state, progress, failures'(stage) {
    await stage.goto('#/sweeps');
    await stage.see('English text, cpu_fast');
    await stage.see('25 of 35 experiments');
    const row = stage.page.locator('tbody tr', { hasText: 'English text' });
    assert.match(await row.innerText(), /active[\s\S]*\b1\b/);
    assert.equal(await row.locator('.budget-column').count(), 5);
    assert.match(await row.locator('.progress').getAttribute('aria-label'), /25 finished, 2 running.*1 failed/);
  },

  async 'sweeps: none yet'(stage) {
    stage.world.sweeps.length = 0;
    await stage.goto('');
    await stage.see('No sweep yet');
  },

  async 'sweep: law, optima, prediction, experiments'(stage) {
    await stage.goto(sweepAddress(stage));
    await stage.see('N_opt (parameters)');
    await stage.see('median of the optima');
    assert.equal(await stage.page.locator('section', { hasText: 'Optimum of each budget' }).last().locator('tbody tr').count(), 3);
    await stage.see('Expected loss');
    assert.equal(await stage.page.locator('section', { hasText: /^Experiments/ }).locator('tbody tr').count(), 35);
  },

  async 'sweep: every figure is drawn'(stage) {
    await stage.goto(sweepAddress(stage));
    for (const title of ['IsoFLOP curves', 'Loss curves', 'Scaling laws', 'Tokens per parameter',
      'Loss surface and efficient frontier', 'Training curves and their envelope',
      'Scaling law of single runs', 'Residuals', 'Bootstrap of the exponents', 'Backtest']) {
      const plot = stage.page.getByRole('img', { name: title, exact: true });
      await plot.scrollIntoViewIfNeeded();
      await plot.locator('.scatterlayer .trace').first().waitFor();
    }
  },

  async 'sweep: the x axis of the loss curves stands in the address'(stage) {
    await stage.goto(`${sweepAddress(stage)}?x=tokens`);
    const plot = stage.page.getByRole('img', { name: 'Loss curves' });
    await plot.locator('.xtitle', { hasText: 'tokens' }).waitFor();
    await stage.page.getByLabel('Horizontal axis').selectOption('seconds');
    await plot.locator('.xtitle', { hasText: 'seconds' }).waitFor();
    assert.match(stage.page.url(), /x=seconds/);
  },

  async 'sweep: filter and sort, and a link that remembers them'(stage) {
    await stage.goto(sweepAddress(stage));
    const rows = stage.page.locator('section', { hasText: /^Experiments/ }).locator('tbody tr');
    await stage.page.getByRole('button', { name: 'failed 1' }).click();
    assert.equal(await rows.count(), 1);
    assert.match(await rows.innerText(), /out of memory/);
    await stage.page.getByRole('button', { name: 'all 35' }).click();
    await stage.page.getByRole('button', { name: 'Val. loss' }).click();
    await stage.page.getByRole('button', { name: 'Val. loss' }).click();
    assert.match(stage.page.url(), /sort=-val/);
    const losses = (await rows.locator('td:last-child').allInnerTexts()).map((text) => parseFloat(text.replace(/[^\d.]/g, '')));
    const known = losses.filter((value) => !Number.isNaN(value));
    assert.deepEqual(known, [...known].sort((a, b) => b - a));
    assert.ok(losses.slice(known.length).every(Number.isNaN), 'experiments without a loss come last');
    await stage.goto(`${sweepAddress(stage)}?state=finished`);
    await stage.page.reload();
    await stage.page.getByRole('button', { name: 'finished 25', pressed: true }).waitFor();
    assert.equal(await rows.count(), 25);
  },

  async 'sweep: pause asks first, then pauses; resume too'(stage) {
    await stage.goto(sweepAddress(stage));
    await stage.page.getByRole('button', { name: 'Pause' }).click();
    await stage.page.getByRole('button', { name: 'Keep as it is' }).click();
    assert.equal(stage.active.state, 'SWEEP_STATE_ACTIVE');
    await stage.page.getByRole('button', { name: 'Pause' }).click();
    await stage.page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
    await stage.page.locator('.title .badge', { hasText: 'paused' }).waitFor();
    assert.equal(stage.active.state, 'SWEEP_STATE_PAUSED');
    await stage.page.getByRole('button', { name: 'Resume' }).click();
    await stage.page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
    await stage.page.locator('.title .badge', { hasText: 'active' }).waitFor();
  },

  async 'sweep: the prediction calculator'(stage) {
    await stage.goto(sweepAddress(stage));
    const input = stage.page.getByLabel('Compute, FLOP');
    await input.fill('1e18');
    await stage.page.getByRole('button', { name: 'Predict' }).click();
    await stage.see('far extrapolation');
    assert.match(stage.page.url(), /compute=1e18/);
    await input.fill('a lot');
    await input.press('Enter');
    await stage.see('Give a number of FLOP above zero');
  },

  async 'sweep: progress arrives without reload'(stage) {
    await stage.goto(sweepAddress(stage));
    await stage.see('25 / 35');
    for (let i = 0; i < 30; ++i) step(stage.world);
    await stage.see('27 / 35');
  },

  async 'sweep: one that does not exist'(stage) {
    stage.expectLoss = true;
    await stage.goto('#/sweeps/nothing');
    await stage.see('no sweep "nothing"');
  },

  async 'experiment: plan, attempts, curves, log, events'(stage) {
    await stage.goto(experimentAddress(stage, 26));
    for (const text of ['u-mup', 'the worker was silent for 30 s', 'step 400 loss', 'by worker w-7f3a']) await stage.see(text);
    await stage.page.getByRole('img', { name: 'Loss', exact: true }).locator('.scatterlayer .trace').first().waitFor();
    const signals = stage.page.getByRole('img', { name: 'Training signals' });
    await signals.locator('.scatterlayer .trace').first().waitFor();
    await stage.page.getByLabel('Show').selectOption('grad_norm');
    await signals.locator('.ytitle', { hasText: 'Gradient norm' }).waitFor();
  },

  async 'experiment: a failed one says why and is retried'(stage) {
    await stage.goto(experimentAddress(stage, 20));
    await stage.see('out of memory: needs 9.1 GB');
    await stage.page.getByRole('button', { name: 'Retry' }).click();
    await stage.page.getByRole('dialog').getByRole('button', { name: 'Retry' }).click();
    await stage.page.locator('.title .badge', { hasText: 'waiting' }).waitFor();
    assert.equal(stage.active.experiments[20].state, 'EXPERIMENT_STATE_WAITING');
  },

  async 'workers: devices, state, work'(stage) {
    await stage.goto('#/workers');
    await stage.see('AMD EPYC 7763');
    await stage.see('cuda:1: NVIDIA H200, 140.6 GiB, 1 slot');
    await stage.see('2 of 2');
    assert.equal(await stage.page.locator('.badge', { hasText: 'lost' }).count(), 1);
  },

  async 'a lost coordinator: banner, then recovery without reload'(stage) {
    stage.expectLoss = true;
    await stage.goto('#/workers');
    await stage.see('lab-desk');
    await stage.page.evaluate(() => { window.sameDocument = true; });
    const banner = stage.page.getByRole('alert');
    assert.equal(await banner.isVisible(), false);
    await stage.stopServing();
    await banner.waitFor();
    assert.match(await banner.innerText(), /has not answered since/);
    assert.ok(await stage.page.getByText('lab-desk').first().isVisible(), 'what was known stays');
    await stage.serve();
    await banner.waitFor({ state: 'hidden' });
    assert.equal(await stage.page.evaluate(() => window.sameDocument), true);
  },

  async 'hostile names stay text everywhere'(stage) {
    const hostileSweep = `#/sweeps/${stage.world.sweeps[2].id}`;
    for (const hash of ['#/sweeps', hostileSweep, '#/workers', experimentAddress(stage, 20), experimentAddress(stage, 26), sweepAddress(stage)]) {
      await stage.goto(hash);
      await stage.see(HOSTILE);
      const found = await stage.page.evaluate(() => [window.hacked, document.querySelectorAll('img[src="x"], main script').length]);
      assert.deepEqual(found, [undefined, 0], hash);
    }
  },

  async 'without plotly everything else works'(stage) {
    stage.expectLoss = true;
    await stage.page.route('**/vendor/plotly.min.js', (route) => route.fulfill({ status: 404 }));
    await stage.goto(sweepAddress(stage));
    await stage.see('Plots need plotly.js');
    await stage.see('N_opt (parameters)');
  },

  async 'the theme button changes colours and is remembered'(stage) {
    await stage.goto('#/workers');
    const background = () => stage.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await stage.page.getByRole('button', { name: /Theme: system/ }).click();
    await stage.page.getByRole('button', { name: /Theme: light/ }).click();
    const dark = await background();
    assert.notEqual(dark, light);
    await stage.page.reload();
    await stage.see('lab-desk');
    assert.equal(await background(), dark);
  },

  async 'a phone needs no sideways scrolling'(stage) {
    await stage.page.setViewportSize({ width: 360, height: 740 });
    for (const hash of ['#/sweeps', sweepAddress(stage), experimentAddress(stage, 26), '#/workers']) {
      await stage.goto(hash);
      await stage.page.locator('tbody tr').first().waitFor();
      const extra = await stage.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(extra, 0, hash);
    }
  },

  async 'keyboard: skip to the content, open a sweep'(stage) {
    await stage.goto('#/sweeps');
    await stage.see('English text, cpu_fast');
    await stage.page.keyboard.press('Tab');
    await stage.page.keyboard.press('Enter');
    assert.equal(await stage.page.evaluate(() => document.activeElement.id), 'main');
    await stage.page.getByRole('link', { name: 'English text, cpu_fast' }).focus();
    await stage.page.keyboard.press('Enter');
    await stage.page.getByRole('heading', { level: 1, name: 'English text, cpu_fast' }).waitFor();
  },
};

async function runCase(browser, folder, name, body) {
  const stage = new Stage(browser, folder);
  await stage.open();
  let failure = null;
  try {
    await body(stage);
  } catch (error) {
    failure = error;
  }
  try {
    await stage.close();
  } catch (error) {
    failure ??= error;
  }
  console.log(failure ? `FAILED ${name}\n${failure.stack}\n${stage.complaints.join('\n')}` : `ok ${name}`);
  return failure === null;
}

// Exit code: 0 when every case passed. Cases share nothing, so some run side by side.
export async function runPagesTest(chromium, executablePath, folder, only = process.env.ONLY) {
  const browser = await chromium.launch({ executablePath, args: ARGUMENTS });
  const waiting = Object.entries(CASES).filter(([name]) => !only || name.includes(only));
  let failed = 0;
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      if (!await runCase(browser, folder, ...next)) ++failed;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  await browser.close();
  console.log(failed ? `${failed} failed` : 'all passed');
  return failed ? 1 : 0;
}
