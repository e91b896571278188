// A table of any length: the server sorts and filters, only the rows in sight are in the document,
// pages of rows are fetched as they come into view and again when the data have moved.
import { el, setAttribute, setText } from './dom.js';
import { pageCache } from './page_cache.js';

const ROW = 38;      // pixels; every row is as high, so a scroll position is a row
const PAGE = 100;    // rows fetched at once
const MARGIN = 12;   // rows kept beyond the edges of what is seen

// The head row: shows the order, asks for another.
function headRow(onSort) {
  const node = el('tr', { 'aria-rowindex': '1' });
  const next = (sort, field) => (sort === field ? `-${field}` : sort === `-${field}` ? '' : field);
  return {
    node,
    show(columns, sort) {
      const focused = node.contains(document.activeElement) ? document.activeElement.dataset.sort : null;
      node.replaceChildren(...columns.map((column) => {
        const props = { scope: 'col', class: column.numeric ? 'numeric' : undefined, style: `width:${column.width}px` };
        if (!column.sort) return el('th', props, column.label);
        const direction = sort === column.sort ? 'ascending' : sort === `-${column.sort}` ? 'descending' : 'none';
        return el('th', { ...props, 'aria-sort': direction },
          el('button', { type: 'button', 'data-sort': column.sort, onclick: () => onSort(next(sort, column.sort)) }, column.label));
      }));
      if (focused) node.querySelector(`[data-sort="${focused}"]`)?.focus();
    },
  };
}

function bodyRow(columns) {
  const cells = columns.map((column) => {
    const made = column.cell?.();
    const cell = el('td', { class: column.numeric ? 'numeric' : undefined }, made?.node);
    return { node: cell, update: made ? made.update : (item) => setText(cell, column.text(item)) };
  });
  const row = el('tr', {}, cells.map((cell) => cell.node));
  return {
    node: row,
    update(item, index) {
      setAttribute(row, 'aria-rowindex', String(index + 2));
      row.classList.toggle('pending', !item);
      if (item) for (const cell of cells) cell.update(item);
    },
  };
}

// Rows first .. last between two spacers that stand for all the others.
function bodyRows() {
  const spacer = () => el('tr', { class: 'spacer', 'aria-hidden': 'true' }, el('td'));
  const [above, below] = [spacer(), spacer()];
  const node = el('tbody', {}, above, below);
  const rows = [];
  return {
    node,
    clear() {
      while (rows.length) rows.pop().node.remove();
    },
    show(columns, first, last, cache) {
      while (rows.length > last - first) rows.pop().node.remove();
      while (rows.length < last - first) {
        rows.push(bodyRow(columns));
        node.insertBefore(rows.at(-1).node, below);
      }
      for (let i = first; i < last; ++i) rows[i - first].update(cache.row(i), i);
      above.style.height = `${first * ROW}px`;
      below.style.height = `${Math.max(0, cache.total() - last) * ROW}px`;
    },
  };
}

// columns: {id, label, width, numeric?, sort? (field of the server), text(item) | cell() -> {node,
// update(item)}}. load(offset, limit, signal) -> {items, total}. sort = '' | 'field' | '-field'.
export function virtualTable({ caption, columns, load, sort, onSort, onError }) {
  const view = { columns, sort };
  const head = headRow((next) => {
    view.sort = next;
    onSort(next);
    head.show(view.columns, view.sort);
  });
  const body = bodyRows();
  const table = el('table', { 'aria-rowcount': '1' }, el('caption', { class: 'unseen' }, caption), el('thead', {}, head.node), body.node);
  const node = el('div', { class: 'table-scroll virtual', tabindex: '0', role: 'region', 'aria-label': caption }, table);
  const cache = pageCache({ size: PAGE, load, onError, onChange: draw });
  let frame = 0;

  function draw() {
    const first = Math.max(0, Math.floor(node.scrollTop / ROW) - MARGIN);
    const last = Math.min(cache.total(), first + Math.ceil(node.clientHeight / ROW) + 2 * MARGIN);
    cache.want(first, last);
    body.show(view.columns, Math.min(first, last), last, cache);
    setAttribute(table, 'aria-rowcount', String(cache.total() + 1));
  }

  function show(chosen) {
    view.columns = chosen;
    body.clear();
    head.show(chosen, view.sort);
    table.style.minWidth = `${chosen.reduce((sum, column) => sum + column.width, 0)}px`;
  }

  const later = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(draw);
  };
  node.addEventListener('scroll', later, { passive: true });
  const watcher = new ResizeObserver(later);
  watcher.observe(node);
  show(columns);
  return {
    node,
    // Data have moved: what is seen is fetched again, in its place.
    refresh() {
      cache.stale();
      later();
    },
    // Another question: from the top.
    restart() {
      cache.restart();
      node.scrollTop = 0;
      cache.want(0, 1);
    },
    setColumns(chosen) {
      show(chosen);
      draw();
    },
    stop() {
      cache.stop();
      watcher.disconnect();
      cancelAnimationFrame(frame);
    },
  };
}

// A choice of columns: all = [{id, label}], chosen = ids, onChange(ids in their order).
export function columnChooser(all, chosen, onChange) {
  const boxes = all.map((column) => el('input', { type: 'checkbox', value: column.id, checked: chosen.includes(column.id), onchange: changed }));
  function changed() {
    const ids = boxes.filter((box) => box.checked).map((box) => box.value);
    if (ids.length === 0) boxes[0].checked = true;
    onChange(ids.length ? ids : [all[0].id]);
  }
  return el('details', { class: 'menu' }, el('summary', { class: 'button' }, 'Columns'),
    el('ul', { class: 'checks' }, all.map((column, i) =>
      el('li', {}, el('label', {}, boxes[i], el('span', {}, column.label))))));
}
