// A sweep's law as pages watch it.
import { getFit } from './api.js';
import { counts } from './values.js';

// null while there is none.
export async function fitOrNull(sweep, signal) {
  const fit = await getFit(sweep, signal);
  return fit.id ? fit : null;
}

// Asks for the fit when results came in, when their fitting is over, and now and then while the
// sweep goes on: the coordinator fits a moment after a result.
export function fitWatcher(sweepId) {
  let fit = null;
  let results = null;
  let fitting = false;
  let looks = 0;
  const EVERY = 5;
  return {
    again() {
      results = null;
    },
    async look(sweep, signal) {
      const { finished } = counts(sweep.counts);
      const fitted = fitting && !sweep.fitting;
      fitting = Boolean(sweep.fitting);
      const stale = finished !== results || fitted || looks++ % EVERY === 0;
      if (finished === 0 || !stale) return fit;
      fit = await fitOrNull(sweepId, signal);
      results = finished;
      return fit;
    },
  };
}
