// The coordinator's HTTP API, one function a call. A refusal is an ApiError with the
// server's own words; no answer at all is a LostError, which the banner tells of.
import { reportAnswered, reportSilent } from './connection.js';

const BASE = '/api/v1';
const PATIENCE_MS = 20000;

export class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export class LostError extends Error {}

// Sent with changes, against pages elsewhere that would make them in our name.
let csrf = '';
export const setCsrf = (value) => { csrf = value; };
let onLoggedOut = () => {};
export const whenLoggedOut = (listener) => { onLoggedOut = listener; };

// What a proxy says when the coordinator behind it is gone.
const NOBODY_THERE = new Set([502, 504]);

async function request(method, path, { signal, body } = {}) {
  const timeout = AbortSignal.timeout(PATIENCE_MS);
  const options = { method, signal: signal ? AbortSignal.any([signal, timeout]) : timeout };
  if (method === 'POST') {
    options.headers = { 'Content-Type': 'application/json', ...(csrf && { 'X-FF-CSRF': csrf }) };
    options.body = JSON.stringify(body ?? {});
  }
  let response;
  let text;
  try {
    response = await fetch(BASE + path, options);
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    reportSilent();
    throw new LostError('the coordinator does not answer');
  }
  if (NOBODY_THERE.has(response.status)) {
    reportSilent();
    throw new LostError('the coordinator does not answer');
  }
  reportAnswered();
  if (response.status === 401 && !path.startsWith('/session')) onLoggedOut();
  return parse(response, text);
}

function parse(response, text) {
  let value = null;
  try {
    value = JSON.parse(text);
  } catch {
    if (response.ok) throw new ApiError(response.status, 'BAD_JSON', 'The answer is not JSON.');
  }
  if (response.ok) return value;
  const error = value?.error ?? {};
  throw new ApiError(response.status, error.code ?? String(response.status),
                     error.message ?? `The server answered ${response.status}.`);
}

function query(parameters) {
  const set = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== '');
  return set.length ? `?${new URLSearchParams(set)}` : '';
}

const sweepPath = (sweep) => `/sweeps/${encodeURIComponent(sweep)}`;
const experimentPath = (sweep, experiment) =>
  `${sweepPath(sweep)}/experiments/${encodeURIComponent(experiment)}`;

// {required, authenticated, name, role, csrf}
export const getSession = () => request('GET', '/session');
export const openSession = (token) => request('POST', '/session', { body: { token } });
export const endSession = () => request('POST', '/session:end');

export const getInfo = (signal) => request('GET', '/info', { signal });
export const getSweeps = (signal, parameters = {}) =>
  request('GET', `/sweeps${query(parameters)}`, { signal });
export const getFields = (signal) => request('GET', '/fields', { signal });
export const getWorkers = (signal) => request('GET', '/workers', { signal });
export const getSweep = (sweep, signal) => request('GET', sweepPath(sweep), { signal });
// A fit without an id: there is none yet.
export const getFit = (sweep, signal) => request('GET', `${sweepPath(sweep)}/fit?optional=1`, { signal });

export const getExperiments = (sweep, parameters, signal) =>
  request('GET', `${sweepPath(sweep)}/experiments${query(parameters)}`, { signal });
export const getExperiment = (sweep, experiment, signal) =>
  request('GET', experimentPath(sweep, experiment), { signal });
export const getCurves = (sweep, parameters, signal) =>
  request('GET', `${sweepPath(sweep)}/curves${query(parameters)}`, { signal });
export const getAttempts = (sweep, parameters, signal) =>
  request('GET', `${sweepPath(sweep)}/attempts${query(parameters)}`, { signal });
export const getMeasurements = (sweep, experiment, parameters, signal) =>
  request('GET', `${experimentPath(sweep, experiment)}/measurements${query(parameters)}`, { signal });
export const getLogs = (sweep, experiment, parameters, signal) =>
  request('GET', `${experimentPath(sweep, experiment)}/logs${query(parameters)}`, { signal });
export const getSystem = (sweep, experiment, parameters, signal) =>
  request('GET', `${experimentPath(sweep, experiment)}/system${query(parameters)}`, { signal });
export const getEvents = (sweep, parameters, signal) =>
  request('GET', `${sweepPath(sweep)}/events${query(parameters)}`, { signal });
export const getFigure = (sweep, figure, parameters, signal) =>
  request('GET', `${sweepPath(sweep)}/figures/${figure}${query(parameters)}`, { signal });
export const predict = (sweep, compute, signal) =>
  request('GET', `${sweepPath(sweep)}/predict${query({ compute })}`, { signal });

// Who did it, for the events that a change leaves.
export const author = (reason) => (reason ? `the dashboard: ${reason}` : 'the dashboard');

// action: pause | resume | cancel. `sweep` as it was shown: what another has changed meanwhile is not
// acted on.
export const steerSweep = (sweep, action, reason) =>
  request('POST', `${sweepPath(sweep.id)}:${action}`, { body: { by: author(reason), if_version: sweep.version } });
// change: {priority, weight, max_running}, each may be absent
export const updateSweep = (sweep, change, reason) =>
  request('POST', `${sweepPath(sweep.id)}:update`, { body: { ...change, by: author(reason), if_version: sweep.version } });
export const deleteSweep = (sweep, reason) =>
  request('POST', `${sweepPath(sweep.id)}:delete`, { body: { by: author(reason), if_version: sweep.version } });
export const deleteExperiment = (sweep, experiment, reason) =>
  request('POST', `${experimentPath(sweep, experiment)}:delete`, { body: { by: author(reason) } });
export const analyzeSweep = (sweep) => request('POST', `${sweepPath(sweep)}:analyze`);
export const retryExperiment = (sweep, experiment, reason) =>
  request('POST', `${experimentPath(sweep, experiment)}:retry`, { body: { by: author(reason) } });
export const retryFailed = (sweep, reason) =>
  request('POST', `${sweepPath(sweep)}:retry`, { body: { by: author(reason) } });
// body: {yaml, preset, sweep} -> {spec, yaml, presets}
export const readSpec = (body, signal) => request('POST', '/spec', { body, signal });
export const planSweep = (spec, signal) => request('POST', '/plan', { body: { spec }, signal });
// body.request_id: the same one again makes nothing more.
export const newRequestId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
export const createSweep = (body) => request('POST', '/sweeps', { body });
// action: drain | quarantine | uncordon
export const steerWorker = (worker, action, body, reason) =>
  request('POST', `/workers/${encodeURIComponent(worker)}:${action}`, { body: { ...body, by: author(reason) } });

// Address of a file for a link; format: csv | results_json | sweep_json | scaling_laws_json
export const exportUrl = (sweep, format) => `${BASE}${sweepPath(sweep)}/export${query({ format })}`;
