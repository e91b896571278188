// Questions before something happens, and short answers after it did.
import { el } from './dom.js';

// Resolves to {reason} or null; Escape is a no. `fields`: further [label, input] pairs. The reason
// is kept with the event that the action leaves.
export function confirmAction({ title, text, action, dangerous = false, fields = [] }) {
  return new Promise((resolve) => {
    const reason = el('input', { name: 'reason', autocomplete: 'off', placeholder: 'kept with the event' });
    const yes = el('button', { type: 'submit', value: 'yes', class: dangerous ? 'button danger' : 'button primary' }, action);
    const no = el('button', { type: 'submit', value: 'no', class: 'button', autofocus: true, formnovalidate: true }, 'Keep as it is');
    const heading = el('h2', { id: 'dialog-title' }, title);
    const dialog = el('dialog', { 'aria-labelledby': 'dialog-title' },
      el('form', { method: 'dialog' }, heading, el('p', {}, text),
        [...fields, ['Reason (optional)', reason]].map(([label, input]) =>
          el('label', { class: 'field' }, el('span', {}, label), input)),
        el('div', { class: 'actions end' }, no, yes)));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes' ? { reason: reason.value.trim() } : null);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

// A field that lets the dialog go on only with `name` in it.
export function nameField(name) {
  const check = () => input.setCustomValidity(input.value.trim() === name ? '' : 'This is not its name.');
  const input = el('input', { autocomplete: 'off', required: true, oninput: check });
  check();
  return [`Type ${name} to confirm`, input];
}

const TOAST_MS = 6000;

export function toast(text, kind = 'done') {
  const node = el('p', { class: `toast ${kind}` }, text);
  document.getElementById('toasts').append(node);
  setTimeout(() => node.remove(), kind === 'error' ? 2 * TOAST_MS : TOAST_MS);
}

// Runs an action of a button: locked meanwhile, the outcome told.
export async function act(button, work, done) {
  button.disabled = true;
  try {
    await work();
    toast(done);
  } catch (error) {
    toast(error.message, 'error');
  } finally {
    button.disabled = false;
  }
}
