// Numbers and times as people of this field write them. Unknown values become a dash.

const NONE = '–';

// 1.5e15: FLOP, compute budgets, coefficients.
export function scientific(value, digits = 3) {
  if (!Number.isFinite(value)) return NONE;
  if (value === 0) return '0';
  const [mantissa, exponent] = value.toExponential(digits - 1).split('e');
  return `${mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa}e${Number(exponent)}`;
}

// 0.5, 0.0123, 2.5e-6, 1.2e15: learning rates, factors, coefficients.
export function plain(value, digits = 3) {
  if (!Number.isFinite(value)) return NONE;
  const size = Math.abs(value);
  const readable = value === 0 || (size >= 1e-3 && size < 1e4);
  return readable ? String(Number(value.toPrecision(digits))) : scientific(value, digits);
}

// 1.23M, 45.6k: parameters, tokens.
export function count(value, digits = 3) {
  if (!Number.isFinite(value)) return NONE;
  const units = ['', 'k', 'M', 'B', 'T'];
  let scaled = value;
  let unit = 0;
  while (Math.abs(Number(scaled.toPrecision(digits))) >= 1000 && unit < units.length - 1) {
    scaled /= 1000;
    ++unit;
  }
  if (Math.abs(scaled) >= 1000) return scientific(value, digits);
  const text = unit === 0 ? String(Number(scaled.toPrecision(digits))) : scaled.toPrecision(digits);
  return text + units[unit];
}

export function integer(value) {
  return Number.isFinite(value) ? Math.round(value).toLocaleString('en-US') : NONE;
}

export function loss(value) {
  return Number.isFinite(value) && value !== 0 ? value.toFixed(4) : NONE;
}

export function fixed(value, digits) {
  return Number.isFinite(value) ? value.toFixed(digits) : NONE;
}

export function percent(part, whole) {
  if (!(whole > 0) || !Number.isFinite(part)) return NONE;
  const share = (100 * part) / whole;
  return share < 10 && share > 0 ? `${share.toFixed(1)} %` : `${Math.floor(share)} %`;
}

export function bytes(value) {
  if (!(value > 0)) return NONE;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const unit = Math.min(Math.floor(Math.log2(value) / 10), units.length - 1);
  return `${(value / 1024 ** unit).toFixed(unit > 1 ? 1 : 0)} ${units[unit]}`;
}

// 45 s, 12 min, 3 h 20 min, 2 d 4 h
export function duration(seconds) {
  if (!Number.isFinite(seconds) || seconds < 0) return NONE;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return hours % 24 ? `${Math.floor(hours / 24)} d ${hours % 24} h` : `${hours / 24} d`;
}

export function ago(milliseconds, now = Date.now()) {
  if (milliseconds === null) return NONE;
  const seconds = Math.max(0, (now - milliseconds) / 1000);
  return seconds < 2 ? 'now' : `${duration(seconds)} ago`;
}

export function dateTime(milliseconds) {
  if (milliseconds === null) return NONE;
  return new Date(milliseconds).toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'medium' });
}

// "low – high" by `write`; a dash where there is no interval.
export function interval(ci, write) {
  if (!ci) return NONE;
  const low = Number(ci.low ?? 0);
  const high = Number(ci.high ?? 0);
  if (!Number.isFinite(low) || !Number.isFinite(high) || (low === 0 && high === 0)) return NONE;
  return `${write(low)} – ${write(high)}`;
}

export function shortId(id) {
  return (id ?? '').slice(0, 10);
}
