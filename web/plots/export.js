// A figure as a file: PNG, SVG, CSV of its numbers, plotly JSON.
import { toast } from '../lib/dialog.js';
import { el } from '../lib/dom.js';

export function save(name, content, type) {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const anchor = el('a', { href: url, download: name });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

// A text that begins like a formula would be one to a spreadsheet.
function field(value) {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = String(value).replace(/<[^>]*>/g, '');
  const safe = /^[=+@-]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

// One row a point: trace, x, y and what else a trace has of the same length.
export function csvOf(figure) {
  const lines = [['trace', 'x', 'y', 'z'].join(',')];
  for (const trace of figure.data) {
    const name = trace.name ?? '';
    const x = trace.x ?? [];
    if (Array.isArray(trace.z?.[0])) {
      trace.z.forEach((row, i) => row.forEach((value, j) =>
        lines.push([name, trace.x?.[j] ?? j, trace.y?.[i] ?? i, value].map(field).join(','))));
      continue;
    }
    for (let i = 0; i < x.length; ++i) {
      if (x[i] === null && trace.y?.[i] === null) continue;
      lines.push([name, x[i], trace.y?.[i], trace.z?.[i]].map(field).join(','));
    }
  }
  return `${lines.join('\n')}\n`;
}

// image(format) gives a data URL of the figure as it is drawn.
async function image(box, format) {
  const width = Math.max(900, box.clientWidth);
  return window.Plotly.toImage(box, { format, width, height: Math.max(500, box.clientHeight), scale: format === 'png' ? 2 : 1 });
}

// The policy bars fetching a data: URL.
function bytesOf(dataUrl) {
  const text = atob(dataUrl.split(',')[1]);
  return new Blob([Uint8Array.from(text, (letter) => letter.charCodeAt(0))], { type: 'image/png' });
}

// A menu of the formats; `figure()` is what was drawn last, or null.
export function exportMenu(name, box, figure) {
  const write = {
    PNG: async () => save(`${name}.png`, bytesOf(await image(box, 'png')), 'image/png'),
    SVG: async () => save(`${name}.svg`, decodeURIComponent((await image(box, 'svg')).split(',').slice(1).join(',')), 'image/svg+xml'),
    CSV: async () => save(`${name}.csv`, csvOf(figure()), 'text/csv'),
    'plotly JSON': async () => save(`${name}.json`, JSON.stringify(figure(), null, 1), 'application/json'),
  };
  const menu = el('details', { class: 'menu' }, el('summary', { class: 'button small', 'aria-label': `Export ${name}` }, 'Export'),
    el('ul', {}, Object.keys(write).map((format) => el('li', {}, el('button', {
      type: 'button',
      onclick: async () => {
        menu.open = false;
        if (!figure()) {
          toast('Nothing is drawn yet.', 'error');
          return;
        }
        try {
          await write[format]();
        } catch (error) {
          toast(error.message, 'error');
        }
      },
    }, format)))));
  return menu;
}
