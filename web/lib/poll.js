// Repeats a task while the page is looked at. One run at a time; a hidden tab asks for
// nothing, and coming back asks at once.
import { LostError } from './api.js';

export const POLL_MS = 2000;

// `task(signal)` may be async. `onError(error)` hears what the task throws, except a lost
// server, which the banner shows and the next run recovers from.
export function poll(task, onError, every = POLL_MS) {
  const abort = new AbortController();
  let timer = null;
  let running = false;
  let again = false;

  async function run() {
    clearTimeout(timer);
    if (abort.signal.aborted || document.hidden) return;
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      await task(abort.signal);
    } catch (error) {
      if (!abort.signal.aborted && !(error instanceof LostError)) onError(error);
    }
    running = false;
    if (abort.signal.aborted) return;
    timer = setTimeout(run, again ? 0 : every);
    again = false;
  }

  const onVisibility = () => {
    if (!document.hidden) run();
  };
  document.addEventListener('visibilitychange', onVisibility);
  run();
  return {
    now: run,
    stop() {
      abort.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibility);
    },
  };
}
