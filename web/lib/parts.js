// Small pieces that several pages show: state badges, progress bars, tiles, notices.
import { el, setAttribute, setHidden, setText } from './dom.js';
import { COUNTED_STATES } from './values.js';

export function badge() {
  const node = el('span', { class: 'badge' });
  return {
    node,
    update(word) {
      setText(node, word);
      setAttribute(node, 'data-state', word);
    },
  };
}

// One bar, a colour a state; read out as a sentence.
export function progressBar() {
  const parts = COUNTED_STATES.map((state) => [state, el('span', { 'data-state': state })]);
  const node = el('div', { class: 'progress', role: 'img' }, parts.map(([, part]) => part));
  return {
    node,
    update(counts) {
      const told = [];
      for (const [state, part] of parts) {
        const share = counts.total > 0 ? (100 * counts[state]) / counts.total : 0;
        part.style.width = `${share}%`;
        if (counts[state] > 0) told.push(`${counts[state]} ${state}`);
      }
      const text = `${told.join(', ') || 'nothing planned'} (of ${counts.total})`;
      setAttribute(node, 'aria-label', text);
      setAttribute(node, 'title', text);
    },
  };
}

// A number with its name: tile('ETA') -> {node, update(text, note, another name)}
export function tile(label) {
  const name = el('dt', {}, label);
  const value = el('dd', {});
  const note = el('dd', { class: 'note' });
  return {
    node: el('div', { class: 'tile' }, name, value, note),
    update(text, remark = '', now = label) {
      setText(name, now);
      setText(value, text);
      setText(note, remark);
    },
  };
}

export function tiles(...all) {
  return el('dl', { class: 'tiles' }, all.map((one) => one.node));
}

// A line that appears when there is something to say; kinds: info, warning, error.
export function notice(kind = 'info') {
  const node = el('p', { class: `notice ${kind}`, hidden: true });
  return {
    node,
    update(text) {
      setText(node, text);
      setHidden(node, text === '');
    },
  };
}

export function section(title, ...children) {
  return el('section', { class: 'card' }, el('h2', {}, title), children);
}

// <select> of [value, label] pairs with its label.
export function choice(label, options, value, onchange) {
  const select = el('select', { onchange: () => onchange(select.value) },
    options.map(([word, text]) => el('option', { value: word, selected: word === value }, text)));
  return el('label', { class: 'choice' }, el('span', {}, label), select);
}

// term/description pairs; `update` takes [[term, text], ...].
export function facts() {
  const node = el('dl', { class: 'facts' });
  return {
    node,
    update(pairs) {
      node.replaceChildren(...pairs.map(([term, text]) =>
        el('div', {}, el('dt', {}, term), el('dd', {}, text))));
    },
  };
}
