// A coordinator with its dashboard and workers, the real programs, in a folder of their own.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const PATIENCE_MS = 20000;

export const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

export async function until(what, condition, patience = PATIENCE_MS) {
  const end = Date.now() + patience;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`never came: ${what}`);
    await sleep(50);
  }
}

export class Stack {
  // `folder`: kept at the end; by default one of its own that is not.
  constructor(bin, web, folder = null) {
    Object.assign(this, { bin, web, port: 0, running: new Map(), kept: folder !== null });
    this.folder = folder ?? mkdtempSync(join(tmpdir(), 'ff-web-'));
    this.socket = `unix:${join(this.folder, 'c.sock')}`;
  }

  spawn(role, program, words) {
    const log = openSync(join(this.folder, `${role}.log`), 'a');
    const child = spawn(join(this.bin, program), words, { cwd: this.folder, stdio: ['ignore', log, log] });
    closeSync(log);
    this.running.set(role, child);
    return child;
  }

  log(role) {
    return readFileSync(join(this.folder, `${role}.log`), 'utf8');
  }

  async startCoordinator() {
    const said = existsSync(join(this.folder, 'coordinator.log')) ? this.log('coordinator').length : 0;
    this.spawn('coordinator', 'ff-coordinator', [`listen.grpc=${this.socket}`, `listen.http=127.0.0.1:${this.port}`,
      `database.path=${join(this.folder, 'c.db')}`, `web_root=${this.web}`, 'lease.sync_interval_seconds=0.3', 'retry.max_retries=0']);
    const address = await until('the dashboard\'s address', () => /dashboard on http:\/\/127\.0\.0\.1:(\d+)/.exec(this.log('coordinator').slice(said)));
    this.port = Number(address[1]);
    await until('an answer', () => this.get('/info').catch(() => null));
  }

  startWorker(name, ...words) {
    this.spawn(name, 'ff-worker', [`coordinator=${this.socket}`, `paths.state=${join(this.folder, `worker-${this.running.size}`)}`,
      'devices.kind=cpu', 'devices.cpu_slots=2', 'devices.threads_per_slot=1', 'trainers.self_test=false', ...words]);
  }

  // A worker whose trainer says and does what nobody hopes for.
  startRudeWorker(name) {
    this.startWorker('rude', `name=${name}`, `trainers.command=[${process.execPath}, ${join(HERE, 'rude_trainer.js')}]`);
  }

  async kill(role, signal = 'SIGKILL') {
    const child = this.running.get(role);
    this.running.delete(role);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => { child.once('exit', resolve); });
    child.kill(signal);
    await gone;
  }

  async close() {
    for (const role of [...this.running.keys()].reverse()) await this.kill(role, role === 'coordinator' ? 'SIGKILL' : 'SIGTERM');
    if (!this.kept) rmSync(this.folder, { recursive: true, force: true });
  }

  async request(method, path, body) {
    const options = method === 'POST' ? { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body ?? {}) } : {};
    const response = await fetch(`http://127.0.0.1:${this.port}/api/v1${path}`, options);
    const value = await response.json();
    if (!response.ok) throw new Error(`${path}: ${value.error?.message}`);
    return value;
  }

  get(path) {
    return this.request('GET', path);
  }

  post(path, body) {
    return this.request('POST', path, body);
  }

  file(name, text) {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  async createSweep(name, yaml) {
    const { spec } = await this.post('/spec', { yaml });
    return (await this.post('/sweeps', { name, spec })).sweep;
  }

  sweepIs(id, condition, patience) {
    return until(`sweep ${id}`, async () => {
      const sweep = await this.get(`/sweeps/${id}`);
      return condition(sweep) ? sweep : null;
    }, patience);
  }
}

// `seconds`: of a pretended step.
export const synthetic = (seconds, more = '') => `
planner:
  compute: {min_flops: 1e15, max_flops: 1e16, num_budgets: 4, num_model_sizes: 7, flop_count: six_nd}
  model: {grid: centred, tokens_per_param: 20, exponent: 0.5, width: 12, min_size: 1e5, max_size: 1e9}
  architecture: {d_model_multiple: 16, min_layers: 2, max_layers: 24, head_options: [2, 4, 8], ffn_multiple: 16}
  tokens: {min_tokens_per_param: 0.1, max_tokens_per_param: 100000, min_steps: 5, allow_repeat: true}
trainer:
  mode: synthetic
  dataset: {seq_len: 256}
  trainer: {batch_size: 64, log_every: 1000${more}}
  synthetic: {e: 1.7, a: 400, alpha: 0.34, b: 1108, beta: 0.34, noise_sd: 0.002, seconds_per_step: ${seconds}}
analyzer:
  bootstrap: {resamples: 200, seed: 1}
`;
