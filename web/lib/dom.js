// Elements without markup strings: whatever a user named something, it enters the page as
// text. Nothing in this dashboard sets innerHTML.

// Control characters, and marks that turn the direction of what follows, are shown instead of obeyed.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const inert = (text) => text.replace(UNSEEN, (letter) => `\\u${letter.codePointAt(0).toString(16).padStart(4, '0')}`);

// el('a', {class: 'x', href: '#', onclick: f, hidden: true}, 'text', node, ...)
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined)
    .map((child) => (typeof child === 'string' ? inert(child) : child)));
  return node;
}

// Touches the document only where the text differs, so that a selection survives polling.
export function setText(node, text) {
  const shown = inert(String(text));
  if (node.textContent !== shown) node.textContent = shown;
}

export function setHidden(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}

export function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

// A list whose nodes live as long as their items: returns update(items). `create(item)`
// gives {node, update(item)}; nodes are reused by `key(item)` and moved only if needed, so
// focus and scroll positions stay while data change under them.
export function keyed(parent, key, create) {
  const rows = new Map();
  return (items) => {
    const wanted = new Set(items.map(key));
    for (const [id, row] of rows) {
      if (!wanted.has(id)) {
        row.node.remove();
        rows.delete(id);
      }
    }
    items.forEach((item, index) => {
      let row = rows.get(key(item));
      if (!row) {
        row = create(item);
        rows.set(key(item), row);
      }
      row.update(item);
      if (parent.children[index] !== row.node) {
        parent.insertBefore(row.node, parent.children[index] ?? null);
      }
    });
  };
}
