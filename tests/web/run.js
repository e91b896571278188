// `node run.js WEB_FOLDER BIN_FOLDER NPM_FOLDER`: sets up playwright-core and axe-core (pinned by the
// lock file) in NPM_FOLDER, then runs the page tests. 77: skipped, the reason said; 0: passed.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runLoginTest } from './login_test.js';
import { runPagesTest } from './pages_test.js';

const SKIPPED = 77;
const HERE = dirname(fileURLToPath(import.meta.url));
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

function skip(reason) {
  console.log(`skipped: ${reason}`);
  process.exit(SKIPPED);
}

function findBrowser() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return BROWSERS.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
}

// Nothing is done where the folder already holds what the lock file says.
function installPackages(npm, folder) {
  const lock = readFileSync(join(HERE, 'package-lock.json'), 'utf8');
  const done = join(folder, 'package-lock.json');
  const installed = join(folder, 'node_modules', 'playwright-core', 'package.json');
  if (existsSync(installed) && existsSync(done) && readFileSync(done, 'utf8') === lock) return;
  mkdirSync(folder, { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(HERE, name), join(folder, name));
  const words = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const result = spawnSync(npm, words, { cwd: folder, encoding: 'utf8' });
  if (result.status !== 0) skip(`npm ci could not fetch playwright-core and axe-core: ${result.stderr}`);
}

const [web, bin, npmFolder] = process.argv.slice(2).map((path) => resolve(path));
const npm = process.env.NPM ?? '';
const browser = findBrowser();
if (!browser) skip('no Chromium on PATH (apt-get install chromium)');
if (!npm || npm.endsWith('NOTFOUND')) skip('npm was not found when the build was configured (apt-get install npm)');
if (!existsSync(join(web, 'index.html'))) skip(`${web} has no dashboard; build the target ff_web`);
installPackages(npm, npmFolder);
const load = createRequire(join(npmFolder, 'package.json'));
const { chromium } = load('playwright-core');
const failed = await runLoginTest({ chromium, browser, web, bin });
process.exitCode = await runPagesTest({ chromium, browser, web, bin, axe: load('axe-core').source }) || failed;
