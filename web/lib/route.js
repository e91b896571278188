// Views as addresses: #/sweeps/ID/experiments/ID?x=tokens. What a view shows can be sent
// by its URL; what a page changes about itself replaces the entry instead of adding one.

export function currentRoute() {
  const hash = location.hash.replace(/^#/, '') || '/sweeps';
  const [path, search = ''] = hash.split('?');
  return {
    segments: path.split('/').filter(Boolean).map(decode),
    query: new URLSearchParams(search),
  };
}

function decode(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

// link(['sweeps', id], {x: 'tokens'}) -> '#/sweeps/ID?x=tokens'
export function link(segments, query = {}) {
  const search = new URLSearchParams(query).toString();
  return `#/${segments.map(encodeURIComponent).join('/')}${search ? `?${search}` : ''}`;
}

export const sweepLink = (sweep) => link(['sweeps', sweep]);
export const experimentLink = (sweep, experiment) =>
  link(['sweeps', sweep, 'experiments', experiment]);

// Puts values into the current address; an empty one takes its key out.
export function setQuery(values) {
  const { segments, query } = currentRoute();
  for (const [key, value] of Object.entries(values)) {
    if (value) query.set(key, value);
    else query.delete(key);
  }
  history.replaceState(null, '', link(segments, Object.fromEntries(query)));
}
