// How quick the dashboard is with much in the database:
//
//   node web_bench.js BUILD [--experiments 1000] [--measurements 100000] [--wide 10000] [--data FOLDER]
//                     [--parts api,pages,memory]
//
// with a build folder that has bin/, web/ and web-test-npm/ (run web_pages_test once). Prints one JSON
// object: first paint, page complete, zoom, scrolling, p95 of the API, memory of the tab over a simulated
// hour. With --data the database is kept in the folder, and used as it is where it is there (`--parts
// none` only makes it). Run it on a quiet machine.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Stack, sleep, synthetic } from '../web/stack.js';

const HERE = dirname(fileURLToPath(import.meta.url));
const text = (value) => ({ type: 'string', default: value });
const { values: asked, positionals: [build] } = parseArgs({
  allowPositionals: true,
  options: { experiments: text('1000'), measurements: text('100000'), wide: text('10000'), data: text(''), parts: text('api,pages,memory') },
});
const { chromium } = createRequire(join(resolve(build), 'web-test-npm', 'package.json'))('playwright-core');
const REPEATS = 40;
const UPDATES = 1800;  // polls of an hour at one every two seconds

async function makeData(stack) {
  const sizes = [asked.experiments, asked.measurements, asked.wide];
  if (existsSync(join(stack.folder, 'c.db'))) {
    await stack.startCoordinator();
    return { kept: stack.folder };
  }
  await stack.startCoordinator();
  stack.startWorker('good', 'name=good');
  const sweep = await stack.createSweep('template', synthetic(0));
  await stack.sweepIs(sweep.id, (now) => now.state === 'SWEEP_STATE_FINISHED', 90000);
  await stack.kill('good', 'SIGTERM');
  await stack.kill('coordinator', 'SIGTERM');
  const made = spawnSync('python3', [join(HERE, 'web_data.py'), join(stack.folder, 'c.db'), ...sizes], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
  await stack.startCoordinator();
  return JSON.parse(made.stdout);
}

const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))];

async function apiTimes(stack) {
  const asks = {
    sweeps: '/sweeps?limit=50', wide_sweep: '/sweeps/benchwide', long_sweep: '/sweeps/benchlong',
    page: '/sweeps/benchwide/experiments?limit=100&offset=5000&brief=1',
    filtered: `/sweeps/benchwide/experiments?limit=100&brief=1&sort=-val_loss&filter=${encodeURIComponent('val_loss < 8 and n > 1M')}`,
    by_lr: '/sweeps/benchwide/experiments?limit=100&brief=1&sort=-lr',
    curves: '/sweeps/benchlong/curves?limit=100&points=240', zoomed: '/sweeps/benchlong/curves?limit=100&points=240&from_step=20000&to_step=26000',
    attempts: '/sweeps/benchwide/attempts?limit=1000', events: '/sweeps/benchlong/events?newest_first=1&limit=20', workers: '/workers', info: '/info',
  };
  const times = {};
  for (const [name, path] of Object.entries(asks)) {
    const took = [];
    let bytes = 0;
    for (let i = 0; i < REPEATS; ++i) {
      const start = performance.now();
      bytes = (await (await fetch(`http://127.0.0.1:${stack.port}/api/v1${path}`)).arrayBuffer()).byteLength;
      took.push(performance.now() - start);
    }
    times[name] = { p50_ms: Math.round(quantile(took, 0.5)), p95_ms: Math.round(quantile(took, 0.95)), kilobytes: Math.round(bytes / 1024) };
  }
  return times;
}

async function pageTimes(browser, stack, id) {
  const page = await (await browser.newContext({ viewport: { width: 1300, height: 900 } })).newPage();
  await page.goto(`http://127.0.0.1:${stack.port}/#/workers`);  // plotly.js and modules come from the cache from here on
  const times = [];
  const paints = [];
  for (let i = 0; i < 5; ++i) {
    await page.goto('about:blank');
    const start = Date.now();
    await page.goto(`http://127.0.0.1:${stack.port}/#/sweeps/${id}`);
    await page.waitForFunction(() => document.querySelectorAll('#experiments tbody tr:not(.spacer):not(.pending)').length > 5);
    await page.locator('[aria-label="Loss curves"] .scatterlayer .trace, #experiments .note').first().waitFor();
    times.push(Date.now() - start);
    paints.push(await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN));
  }
  return { page, first_paint_ms: Math.round(quantile(paints, 0.5)), complete_ms: quantile(times, 0.5) };
}

async function zoomTimes(page) {
  await page.locator('[aria-label="Loss curves"] .scatterlayer .trace').first().waitFor();
  const times = [];
  for (let i = 1; i <= 5; ++i) {
    times.push(await page.evaluate(async (n) => {
      const box = document.querySelector('[aria-label="Loss curves"]');
      const before = box.data;
      const start = performance.now();
      await window.Plotly.relayout(box, { 'xaxis.range[0]': 1000 * n, 'xaxis.range[1]': 1000 * n + 8000 });
      while (box.data === before) await new Promise((resolve_) => { requestAnimationFrame(resolve_); });
      return performance.now() - start;
    }, i));
  }
  return { median: Math.round(quantile(times, 0.5)), worst: Math.round(Math.max(...times)) };
}

// Scrolls the table from end to end; frames that took longer than 50 ms are what one feels.
async function scroll(page) {
  return page.evaluate(async () => {
    const box = document.querySelector('#experiments .virtual');
    let worst = 0;
    let slow = 0;
    let frames = 0;
    let last = performance.now();
    for (let y = 0; y < box.scrollHeight; y += 1500) {
      box.scrollTop = y;
      await new Promise((resolve_) => { requestAnimationFrame(resolve_); });
      const now = performance.now();
      worst = Math.max(worst, now - last);
      slow += now - last > 50 ? 1 : 0;
      ++frames;
      last = now;
    }
    return { frames, slow_frames: slow, worst_frame_ms: Math.round(worst) };
  });
}

// An hour of updates as quickly as they can be had: every poll of the page is called for.
async function memory(page) {
  const client = await page.context().newCDPSession(page);
  const heap = async () => {
    await client.send('HeapProfiler.collectGarbage');
    return Math.round((await client.send('Runtime.getHeapUsage')).usedSize / 1e5) / 10;
  };
  const readings = [await heap()];
  for (let i = 0; i < 6; ++i) {
    await page.evaluate(async (times) => {
      for (let j = 0; j < times; ++j) {
        document.dispatchEvent(new Event('visibilitychange'));
        await new Promise((resolve_) => { setTimeout(resolve_, 5); });
      }
    }, UPDATES / 6);
    readings.push(await heap());
  }
  return readings;
}

if (asked.data) mkdirSync(asked.data, { recursive: true });
const stack = new Stack(join(resolve(build), 'bin'), join(resolve(build), 'web'), asked.data ? resolve(asked.data) : null);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
try {
  const data = await makeData(stack);
  const parts = asked.parts.split(',');
  const found = { data };
  const result = (one) => ({ first_paint_ms: one.first_paint_ms, complete_ms: one.complete_ms });
  if (parts.includes('api')) found.api = await apiTimes(stack);
  if (parts.includes('pages')) {
    const wide = await pageTimes(browser, stack, 'benchwide');
    found.wide = { ...result(wide), scrolling: await scroll(wide.page) };
  }
  if (parts.includes('pages') || parts.includes('memory')) {
    const long = await pageTimes(browser, stack, 'benchlong');
    found.long = result(long);
    if (parts.includes('pages')) found.long.zoom_ms = await zoomTimes(long.page);
    await sleep(500);
    if (parts.includes('memory')) found.long.heap_mb = await memory(long.page);
  }
  console.log(JSON.stringify(found, null, 1));
} finally {
  await browser.close();
  await stack.close();
}
