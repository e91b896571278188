// The dashboard of a coordinator that asks for credentials: login by token, what a role may press,
// logging out. Over loopback without TLS; tests/end_to_end/attacker_test.py has it with TLS.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack, until } from './stack.js';

const YAML = `
planner: {compute: {min_flops: 1e12, max_flops: 1e13, num_budgets: 2, num_model_sizes: 3}, model: {min_size: 1e3, max_size: 1e6}}
trainer: {mode: synthetic, model: {vocab_size: 256}, dataset: {seq_len: 64}}
`;

async function guardedStack(bin, web) {
  const stack = new Stack(bin, web);
  stack.spawn('coordinator', 'ff-coordinator', [`listen.grpc=${stack.socket}`, 'listen.http=127.0.0.1:0', 'access.authentication=required',
    `database.path=${join(stack.folder, 'c.db')}`, `web_root=${web}`]);
  const address = await until('the dashboard\'s address', () => /dashboard on http:\/\/127\.0\.0\.1:(\d+)/.exec(stack.log('coordinator')));
  stack.port = Number(address[1]);
  const admin = readFileSync(join(stack.folder, 'admin.token'), 'utf8').trim();
  const post = async (path, body, token) => {
    const response = await fetch(`http://127.0.0.1:${stack.port}/api/v1${path}`, {
      method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    });
    assert.equal(response.status, 200, await response.clone().text());
    return response.json();
  };
  const tokens = {};
  for (const role of ['viewer', 'operator']) tokens[role] = (await post('/tokens', { name: `the-${role}`, role }, admin)).token;
  const { spec } = await post('/spec', { yaml: YAML }, tokens.operator);
  await post('/sweeps', { name: 'demo', spec }, tokens.operator);
  return { stack, tokens };
}

async function logIn(page, port, token) {
  await page.goto(`http://127.0.0.1:${port}/#/sweeps`);
  await page.fill('input[name=token]', 'wrong');
  await page.click('button[type=submit]');
  await page.waitForSelector('.notice.error:not([hidden])');
  assert.match(await page.textContent('.notice.error'), /not known, has expired or was revoked/);
  await page.fill('input[name=token]', token);
  await page.click('button[type=submit]');
  await page.waitForSelector('h1:has-text("Sweeps")');
}

async function visit(browser, port, role, token) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const thrown = [];
  page.on('pageerror', (error) => thrown.push(String(error)));
  await logIn(page, port, token);
  assert.match(await page.textContent('#user'), new RegExp(`the-${role}, ${role}`));
  await page.click('a:has-text("demo")');
  const pause = page.locator('button:has-text("Pause")').first();
  await pause.waitFor();
  if (role === 'viewer') {
    assert.equal(await pause.isDisabled(), true);
    assert.equal(await pause.getAttribute('title'), 'needs the role operator; the-viewer is viewer');
  } else {
    await pause.click();
    await page.click('dialog button[value=yes]');
    await page.waitForSelector('.toast:has-text("Paused")');
  }
  const [cookie] = await context.cookies();
  assert.equal(cookie.httpOnly && cookie.sameSite, 'Strict');
  assert.equal(await page.evaluate(() => document.cookie), '');
  assert.ok(!page.url().includes('ff_') && !cookie.value.includes(token));
  await page.click('text=Log out');
  await page.waitForSelector('input[name=token]');
  assert.deepEqual(thrown, []);
  await context.close();
}

// 0: passed, 1: failed.
export async function runLoginTest({ chromium, browser: executablePath, web, bin }) {
  const { stack, tokens } = await guardedStack(bin, web);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    for (const [role, token] of Object.entries(tokens)) await visit(browser, stack.port, role, token);
    console.log('ok login by token, and what each role may press');
    return 0;
  } catch (error) {
    console.log(`FAILED login by token, and what each role may press\n${error.stack}`);
    return 1;
  } finally {
    await browser.close();
    await stack.close();
  }
}
