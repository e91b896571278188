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

// What a proxy says when the coordinator behind it is gone.
const NOBODY_THERE = new Set([502, 504]);

async function request(method, path, { signal, body } = {}) {
  const timeout = AbortSignal.timeout(PATIENCE_MS);
  const options = { method, signal: signal ? AbortSignal.any([signal, timeout]) : timeout };
  if (method === 'POST') {
    options.headers = { 'Content-Type': 'application/json' };
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

export const getInfo = (signal) => request('GET', '/info', { signal });
export const getSweeps = (signal) => request('GET', '/sweeps', { signal });
export const getWorkers = (signal) => request('GET', '/workers', { signal });
export const getSweep = (sweep, signal) => request('GET', sweepPath(sweep), { signal });
export const getFit = (sweep, signal) => request('GET', `${sweepPath(sweep)}/fit`, { signal });

export const getExperiments = (sweep, parameters, signal) =>
  request('GET', `${sweepPath(sweep)}/experiments${query(parameters)}`, { signal });
export const getExperiment = (sweep, experiment, signal) =>
  request('GET', experimentPath(sweep, experiment), { signal });
export const getMeasurements = (sweep, experiment, parameters, signal) =>
  request('GET', `${experimentPath(sweep, experiment)}/measurements${query(parameters)}`, { signal });
export const getLogs = (sweep, experiment, attempt, signal) =>
  request('GET', `${experimentPath(sweep, experiment)}/logs${query({ attempt })}`, { signal });
export const getEvents = (sweep, parameters, signal) =>
  request('GET', `${sweepPath(sweep)}/events${query(parameters)}`, { signal });
export const getFigure = (sweep, figure, parameters, signal) =>
  request('GET', `${sweepPath(sweep)}/figures/${figure}${query(parameters)}`, { signal });
export const predict = (sweep, compute, signal) =>
  request('GET', `${sweepPath(sweep)}/predict${query({ compute })}`, { signal });

// action: pause | resume | cancel
export const steerSweep = (sweep, action) => request('POST', `${sweepPath(sweep)}:${action}`);
export const analyzeSweep = (sweep) => request('POST', `${sweepPath(sweep)}:analyze`);
export const retryExperiment = (sweep, experiment) =>
  request('POST', `${experimentPath(sweep, experiment)}:retry`);

// Address of a file for a link; format: csv | results_json | sweep_json | scaling_laws_json
export const exportUrl = (sweep, format) => `${BASE}${sweepPath(sweep)}/export${query({ format })}`;
