// An open page with what must not happen in it: any console error, uncaught exception or breach of the
// security policy fails the case it happens in, unless the case expects the coordinator to be away.
import assert from 'node:assert/strict';

const PATIENCE_MS = 30000;

export class Stage {
  constructor(browser, stack) {
    Object.assign(this, { browser, stack, complaints: [], expectLoss: false });
  }

  async open(options = {}) {
    this.context = await this.browser.newContext({ viewport: { width: 1300, height: 900 }, acceptDownloads: true, ...options });
    this.page = await this.context.newPage();
    this.page.setDefaultTimeout(PATIENCE_MS);
    this.page.on('pageerror', (error) => this.complaints.push(`exception: ${error.message}`));
    this.page.on('console', (message) => {
      const refused = this.expectLoss && /Failed to load resource/.test(message.text());
      if (message.type() === 'error' && !refused) this.complaints.push(`console: ${message.text()}`);
    });
    return this;
  }

  goto(hash) {
    return this.page.goto(`http://127.0.0.1:${this.stack.port}/${hash}`);
  }

  see(text) {
    return this.page.getByText(text).first().waitFor();
  }

  button(name, where = this.page) {
    return where.getByRole('button', { name, exact: true });
  }

  // Presses a button and says yes in the dialog that it opens.
  async sure(name, reason = '') {
    await this.button(name).first().click();
    const dialog = this.page.getByRole('dialog');
    if (reason) await dialog.getByLabel('Reason (optional)').fill(reason);
    await dialog.locator('button[value="yes"]').click();
  }

  plot(name) {
    return this.page.getByRole('figure', { name, exact: true });
  }

  async drawn(name) {
    const plot = this.plot(name);
    await plot.scrollIntoViewIfNeeded().catch(() => {});
    await this.page.locator('section.plot-card', { has: this.page.getByRole('heading', { name, exact: true }) }).scrollIntoViewIfNeeded();
    await plot.locator('.scatterlayer .trace, .heatmaplayer, .contourlayer').first().waitFor({ state: 'attached' });
  }

  // What the page would be read as, by axe-core; nothing serious or critical may be wrong with it.
  async accessible(axe, what) {
    // Injected by the test, not by the page: the page's policy bars evaluated text.
    await this.page.evaluate(axe);
    const found = await this.page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    const bad = found.violations.filter((one) => ['serious', 'critical'].includes(one.impact))
      .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.target.join(' ')).join('; ')} (${one.nodes[0].failureSummary})`);
    assert.deepEqual(bad, [], what);
  }

  async close() {
    await this.context.close();
    assert.deepEqual(this.complaints, []);
  }
}
