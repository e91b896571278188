// Whether the coordinator answers. lib/api.js reports, the banner listens.

const listeners = new Set();
let lostSince = null;

export function onConnection(listener) {
  listeners.add(listener);
  listener(lostSince);
}

export function reportAnswered() {
  if (lostSince === null) return;
  lostSince = null;
  for (const listener of listeners) listener(null);
}

export function reportSilent() {
  if (lostSince !== null) return;
  lostSince = Date.now();
  for (const listener of listeners) listener(lostSince);
}
