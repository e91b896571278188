// A stand-in for the coordinator's HTTP door: the built dashboard and a small world of
// data, with the same security headers. `node server.js FOLDER [PORT]` shows it by hand.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeWorld, retry, step } from './data.js';
import { figureOf } from './figures.js';
import { experimentView, fitOf, logOf, measurementsOf, predictionOf, sweepView, withoutDefaults, workersView } from './views.js';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
export const POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
  "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'";
const NEXT_STATE = { pause: 'PAUSED', resume: 'ACTIVE', cancel: 'CANCELLED' };

class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    Object.assign(this, { status, code });
  }
}

function found(value, what) {
  if (!value) throw new Refusal(404, 'NOT_FOUND', `no ${what}`);
  return value;
}

function experimentAnswer(sweep, one, tail, query) {
  if (tail === undefined) return experimentView(one, true);
  if (tail === 'measurements') return measurementsOf(one, Number(query.get('after_seq') ?? 0));
  if (tail === 'logs') return { attempt_id: '302', text: logOf(one) };
  throw new Refusal(404, 'NOT_FOUND', 'no such page');
}

function eventsAnswer(sweep, query) {
  const after = Number(query.get('after_seq') ?? 0);
  return { events: sweep.events.filter((one) => Number(one.seq) > after) };
}

function figureAnswer(sweep, name, query) {
  const figure = figureOf(sweep, name, Object.fromEntries(query));
  if (!figure) throw new Refusal(400, 'FAILED_PRECONDITION', 'no law has been fitted yet');
  return { plotly_json: JSON.stringify(figure) };
}

function sweepAnswer(sweep, [noun, id, tail], query) {
  const { experiments } = sweep;
  switch (noun) {
    case undefined: return sweepView(sweep, true);
    case 'experiments':
      if (id === undefined) return { experiments: experiments.map((one) => experimentView(one, false)), total: experiments.length };
      return experimentAnswer(sweep, found(experiments.find((one) => one.id === id), 'experiment'), tail, query);
    case 'fit': return found(fitOf(sweep), 'fit of this sweep yet');
    case 'predict': return { predictions: [predictionOf(Number(query.get('compute')))] };
    case 'figures': return figureAnswer(sweep, id, query);
    case 'events': return eventsAnswer(sweep, query);
    default: throw new Refusal(404, 'NOT_FOUND', 'no such page');
  }
}

function act(sweep, experimentId, action) {
  if (action === 'retry') {
    retry(found(sweep.experiments.find((one) => one.id === experimentId), 'experiment'));
    return {};
  }
  if (action === 'analyze') return found(fitOf(sweep), 'law in so few results');
  sweep.state = `SWEEP_STATE_${found(NEXT_STATE[action], 'such action')}`;
  return sweepView(sweep, true);
}

function answer(world, method, path, query) {
  const [room, id, ...rest] = path.split('/').filter(Boolean).map(decodeURIComponent);
  if (room === 'info') return { version: '0.1.0', workers_alive: 1, sweeps: world.sweeps.length };
  if (room === 'workers') return { workers: workersView(world) };
  if (room !== 'sweeps') throw new Refusal(404, 'NOT_FOUND', 'no such page');
  if (id === undefined) return { sweeps: world.sweeps.map((sweep) => sweepView(sweep, false)) };
  if (method === 'POST') {
    const [last, action] = (rest.at(-1) ?? id).split(':');
    const sweepId = rest.length ? id : last;
    return act(found(world.sweeps.find((sweep) => sweep.id === sweepId), 'sweep'), last, action);
  }
  return sweepAnswer(found(world.sweeps.find((sweep) => sweep.id === id), `sweep "${id}"`), rest, query);
}

function sendFile(folder, path, response) {
  const file = join(folder, normalize(path === '/' ? '/index.html' : path));
  if (!file.startsWith(folder) || !existsSync(file) || !statSync(file).isFile()) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' });
  createReadStream(file).pipe(response);
}

function sendAnswer(world, request, url, response) {
  response.setHeader('Content-Type', 'application/json');
  try {
    if (request.method === 'POST' && request.headers['content-type'] !== 'application/json') {
      throw new Refusal(415, 'INVALID_ARGUMENT', 'Content-Type must be application/json');
    }
    const value = answer(world, request.method, url.pathname.replace('/api/v1', ''), url.searchParams);
    response.end(JSON.stringify(withoutDefaults(value)));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    response.writeHead(error.status).end(JSON.stringify({ error: { code: error.code, message: error.message } }));
  }
}

export function makeServer(folder, world = makeWorld()) {
  return createServer((request, response) => {
    const url = new URL(request.url, 'http://mock');
    response.setHeader('Content-Security-Policy', POLICY);
    response.setHeader('Cache-Control', 'no-store');
    if (url.pathname.startsWith('/api/v1/')) sendAnswer(world, request, url, response);
    else sendFile(folder, url.pathname, response);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [folder, port = '8099'] = process.argv.slice(2);
  const world = makeWorld();
  setInterval(() => step(world), 3000);
  makeServer(folder, world).listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/`));
}
