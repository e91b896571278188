// What pages show, and do, while things go on.
import assert from 'node:assert/strict';
import { experimentOf, rude, sweepAddress } from './common.js';
import { synthetic, until } from './stack.js';

// One after another on a stack of its own, where things go on.
export const LIVE = {
  async 'create from YAML: wrong keys are named, the plan is shown, then it starts'(stage) {
    await stage.goto('#/new');
    const yaml = stage.page.getByLabel('YAML of the sweep');
    await yaml.fill('planner:\n  compute: {min_flop: 1e15}\n');
    stage.expectLoss = true;
    await stage.button('Show the plan').click();
    await stage.see(/min_flops/);
    await yaml.fill(synthetic(0.0004, ', seed: 5'));
    await stage.page.getByPlaceholder('a name (optional)').fill('Live one');
    await stage.button('Show the plan').click();
    await stage.see('Slot-hours');
    await stage.see(/left out/);
    await stage.button('Start').click();
    await stage.page.getByRole('heading', { level: 1, name: 'Live one' }).waitFor();
    stage.stack.live = (await stage.stack.get('/sweeps?limit=1')).sweeps[0];
    assert.equal(stage.stack.live.name, 'Live one');
  },

  async 'live: progress and valleys come without reload'(stage) {
    await stage.goto(sweepAddress(stage.stack.live));
    await stage.page.evaluate(() => { window.sameDocument = true; });
    const finished = async () => Number(/(\d+) \/ 28/.exec(await stage.page.locator('main').innerText())?.[1] ?? -1);
    await until('something finished', async () => (await finished()) >= 2, 60000);
    await stage.drawn('IsoFLOP curves');
    const before = await finished();
    await until('more', async () => (await finished()) > before, 60000);
    assert.equal(await stage.page.evaluate(() => window.sameDocument), true);
  },

  async 'experiment: memory and load of its device over time'(stage) {
    const { live } = stage.stack;
    const one = await experimentOf(stage.stack, live, 'state = finished');
    await stage.goto(`${sweepAddress(live)}/experiments/${one.id}`);
    await stage.drawn('System over time');
    await stage.plot('System over time').locator('.ytitle', { hasText: 'Memory in use' }).waitFor();
    await stage.page.getByLabel('Measure').selectOption('load');
    await stage.plot('System over time').locator('.ytitle', { hasText: 'Share of its time' }).waitFor();
  },

  async 'what another has changed meanwhile is not acted on'(stage) {
    const { live } = stage.stack;
    stage.expectLoss = true;
    await stage.goto(sweepAddress(live));
    await stage.button('Pause').click();
    await stage.page.getByRole('dialog').waitFor();
    await stage.stack.post(`/sweeps/${live.id}:update`, { weight: 2, by: 'another' });
    await stage.page.getByRole('dialog').locator('button[value="yes"]').click();
    await stage.see(/has changed: it is at version \d+, not/);
    assert.equal((await stage.stack.get(`/sweeps/${live.id}`)).state, 'SWEEP_STATE_ACTIVE');
  },

  async 'pause, priority and resume ask first and leave who and why'(stage) {
    const { live } = stage.stack;
    await stage.goto(sweepAddress(live));
    await stage.button('Pause').click();
    await stage.button('Keep as it is').click();
    assert.equal((await stage.stack.get(`/sweeps/${live.id}`)).state, 'SWEEP_STATE_ACTIVE');
    await stage.sure('Pause', 'the lab is hot');
    await stage.page.locator('.title .badge', { hasText: 'paused' }).waitFor();
    await stage.see('by the dashboard: the lab is hot');
    await stage.button('Priority').click();
    await stage.page.getByLabel('Priority', { exact: true }).fill('7');
    await stage.page.getByRole('dialog').locator('button[value="yes"]').click();
    await stage.see(/priority 7/);
    await stage.sure('Resume');
    await stage.page.locator('.title .badge', { hasText: 'active' }).waitFor();
  },

  async 'a lost coordinator: banner, then recovery without reload'(stage) {
    stage.expectLoss = true;
    await stage.goto(sweepAddress(stage.stack.live));
    await stage.see('Live one');
    await stage.page.evaluate(() => { window.sameDocument = true; });
    const banner = stage.page.locator('#banner');
    assert.equal(await banner.isVisible(), false);
    await stage.stack.kill('coordinator');
    await banner.waitFor();
    assert.match(await banner.innerText(), /has not answered since/);
    assert.ok(await stage.page.getByText('Live one').first().isVisible(), 'what was known stays');
    await stage.stack.startCoordinator();
    await banner.waitFor({ state: 'hidden' });
    assert.equal(await stage.page.evaluate(() => window.sameDocument), true);
  },

  async 'workers: drain, quarantine of a device, use again'(stage) {
    await stage.goto('#/workers');
    await stage.see('Tokens/s');
    await stage.see(/cpu, lease \d+ (s|min) left/);
    await stage.sure('Drain', 'new disk');
    await stage.see(/by the dashboard: new disk|draining|quarantined/);
    await stage.sure('Use again');
    await stage.page.locator('.badge', { hasText: 'alive' }).first().waitFor();
    await stage.button('Quarantine').first().click();
    await stage.page.getByLabel('What to quarantine').selectOption('cpu');
    await stage.page.getByRole('dialog').locator('button[value="yes"]').click();
    await stage.see(/out of use: quarantined, by the dashboard/);
    await stage.sure('Use again');
    await until('it is used again', async () => !(await stage.stack.get('/workers')).workers.some((one) => one.devices.some((device) => device.cordoned)));
  },

  async 'cancel, by keyboard alone'(stage) {
    const { page } = stage;
    await stage.goto(sweepAddress(stage.stack.live));
    await stage.button('Cancel').waitFor();
    await stage.button('Cancel').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await until('the dialog\'s yes', async () => {
      await page.keyboard.press('Tab');
      return page.evaluate(() => document.activeElement.value === 'yes');
    });
    await page.keyboard.press('Enter');
    await page.locator('.title .badge', { hasText: 'cancelled' }).waitFor();
  },

  async 'delete: an experiment, then the sweep, once its name is typed'(stage) {
    const { live } = stage.stack;
    stage.expectLoss = true;  // a poll that is under way while its sweep goes is answered with 404
    const one = await experimentOf(stage.stack, live, 'state = cancelled');
    await stage.goto(`${sweepAddress(live)}/experiments/${one.id}`);
    const dialog = stage.page.getByRole('dialog');
    await stage.button('Delete').click();
    await dialog.getByLabel(/^Type/).fill(one.id.slice(0, 8));
    await dialog.locator('button[value="yes"]').click();
    await stage.page.getByRole('heading', { level: 1, name: 'Live one' }).waitFor();
    await stage.see('27 experiments');
    await stage.button('Delete').click();
    await dialog.getByLabel('Type Live one to confirm').fill('live one');
    await dialog.locator('button[value="yes"]').click();
    assert.ok(await dialog.isVisible(), 'another name deletes nothing');
    await dialog.getByLabel('Type Live one to confirm').fill('Live one');
    await dialog.locator('button[value="yes"]').click();
    await stage.page.getByRole('heading', { level: 1, name: 'Sweeps' }).waitFor();
    await until('it is gone', async () => !((await stage.stack.get('/sweeps')).sweeps ?? []).some((sweep) => sweep.id === live.id));
  },

  async 'retry: what failed is tried again'(stage) {
    const { stack } = stage;
    stack.startRudeWorker('rude');
    const sweep = await stack.createSweep('Rude', rude(stack.file('corpus.txt', 'a line of text\n'.repeat(20000))));
    await stack.sweepIs(sweep.id, (now) => now.state === 'SWEEP_STATE_FINISHED' && now.counts.failed > 0, 60000);
    await stack.kill('rude', 'SIGTERM');
    const failed = await experimentOf(stack, sweep, 'state = failed');
    await stage.goto(`${sweepAddress(sweep)}/experiments/${failed.id}`);
    await stage.sure('Retry', 'a new trainer');
    await stage.page.locator('.title .badge', { hasText: /waiting|leased|running/ }).waitFor();
    await stage.see('by the dashboard: a new trainer');
  },
};
