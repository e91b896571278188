// A plot in its card: loaded when scrolled into view, drawn again when the theme or the
// data change, a plain sentence in its place when there is nothing to draw.
import { LostError } from '../lib/api.js';
import { el, setHidden } from '../lib/dom.js';
import { notice } from '../lib/parts.js';
import { isDark, onTheme } from '../lib/theme.js';
import { exportMenu } from './export.js';
import { clear, draw } from './plotly.js';

// `load(style, signal)` gives {data, layout}, or null with nothing to draw yet. `empty` is
// shown then, and before the first refresh(version), which loads if the version is new.
export function plotPanel({ title, name, load, empty, controls = [], height, wide = false, onZoom = null }) {
  const box = el('div', { class: wide ? 'plot wide' : 'plot', role: 'figure', 'aria-label': title });
  const message = notice('info');
  const node = el('section', { class: 'card plot-card' },
    el('div', { class: 'card-head' }, el('h2', {}, title),
      el('div', { class: 'actions' }, controls, exportMenu(name, box, () => figure))), message.node,
    el('div', { class: 'plot-scroll' }, box));
  message.update(empty);
  box.hidden = true;
  const abort = new AbortController();
  let figure = null;  // as drawn
  let zooms = false;
  let visible = false;
  let wanted = null;
  let drawn = null;
  let busy = false;

  async function update() {
    const goal = `${wanted} ${isDark()}`;
    if (busy || !visible || wanted === null || goal === drawn) return;
    busy = true;
    try {
      await show();
      drawn = goal;
    } catch (error) {
      if (!abort.signal.aborted && !(error instanceof LostError)) {
        message.update(error.message);
        drawn = goal;
      }
    }
    busy = false;
    if (!abort.signal.aborted && drawn === goal) update();
  }

  async function show() {
    figure = await load(isDark() ? 'dark' : 'notebook', abort.signal);
    setHidden(box, figure === null);
    message.update(figure === null ? empty : '');
    if (figure === null) return;
    await draw(box, figure, name, height);
    if (abort.signal.aborted) clear(box);
    if (onZoom && !zooms) box.on('plotly_relayout', onZoom);
    zooms = true;
  }

  const watcher = new IntersectionObserver((entries) => {
    visible = entries.at(-1).isIntersecting;
    update();
  }, { rootMargin: '200px' });
  watcher.observe(node);
  const offTheme = onTheme(update);
  return {
    node,
    refresh(version) {
      wanted = String(version);
      update();
    },
    stop() {
      abort.abort();
      watcher.disconnect();
      offTheme();
      clear(box);
    },
  };
}
