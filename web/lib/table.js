// Tables: rows kept by key while data change, headings that sort, cells that become a
// card's lines on a phone (data-label).
import { el, keyed, setAttribute, setText } from './dom.js';

// column: {id, label, numeric?, text(item) | cell() -> {node, update(item)}, value(item)?}
// With `value` a column can be sorted by. `sort` = {id, down}; onSort(sort) when it changes.
export function table({ caption, columns, key, sort = null, onSort = () => {} }) {
  const headings = columns.map((column) => heading(column, () => sortBy(column)));
  const body = el('tbody');
  const node = el('div', { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    el('table', {}, el('caption', { class: 'unseen' }, caption),
      el('thead', {}, el('tr', {}, headings)), body));
  const show = keyed(body, key, () => row(columns));
  let items = [];
  let limit = Infinity;

  function sortBy(column) {
    sort = { id: column.id, down: sort?.id === column.id ? !sort.down : false };
    onSort(sort);
    draw();
  }

  function draw() {
    columns.forEach((column, i) => {
      if (!column.value) return;
      const direction = sort?.id !== column.id ? 'none' : sort.down ? 'descending' : 'ascending';
      setAttribute(headings[i], 'aria-sort', direction);
    });
    show(sorted(items, columns.find((column) => column.id === sort?.id), sort?.down).slice(0, limit));
  }

  return {
    node,
    // The first `atMost` of the order are drawn.
    update(newItems, atMost = Infinity) {
      items = newItems;
      limit = atMost;
      draw();
    },
  };
}

function heading(column, onclick) {
  const props = { scope: 'col', class: column.numeric ? 'numeric' : undefined };
  if (!column.value) return el('th', props, column.label);
  return el('th', props, el('button', { type: 'button', onclick }, column.label));
}

function row(columns) {
  const cells = columns.map((column) => {
    const made = column.cell?.();
    const node = el('td', { 'data-label': column.label, class: column.numeric ? 'numeric' : undefined }, made?.node);
    const update = made ? made.update : (item) => setText(node, column.text(item));
    return { node, update };
  });
  return {
    node: el('tr', {}, cells.map((cell) => cell.node)),
    update(item) {
      for (const cell of cells) cell.update(item);
    },
  };
}

// Absent numbers go last, whichever way the order is.
function sorted(items, column, down) {
  if (!column?.value) return items;
  const sign = down ? -1 : 1;
  const absent = (value) => value === null || Number.isNaN(value);
  return [...items].sort((a, b) => {
    const [x, y] = [column.value(a), column.value(b)];
    if (absent(x) || absent(y)) return absent(x) - absent(y);
    return sign * (typeof x === 'string' ? x.localeCompare(y) : x - y);
  });
}

// A cell that links: textOf and hrefOf take the item.
export function linkCell(textOf, hrefOf, noteOf = null) {
  return () => {
    const anchor = el('a', {});
    const note = noteOf ? el('span', { class: 'note' }) : null;
    return {
      node: el('span', { class: 'stacked' }, anchor, note),
      update(item) {
        setText(anchor, textOf(item));
        setAttribute(anchor, 'href', hrefOf(item));
        if (note) setText(note, noteOf(item));
      },
    };
  };
}
