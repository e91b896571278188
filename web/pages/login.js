// Login by token: it goes to the coordinator once, in the body of a POST, and the browser keeps a
// cookie that no script can read.
import { el } from '../lib/dom.js';
import { notice } from '../lib/parts.js';
import { logIn } from '../lib/session.js';

export function loginPage() {
  const token = el('input', {
    type: 'password', name: 'token', required: true, autocomplete: 'current-password', spellcheck: 'false', autofocus: true,
  });
  const error = notice('error');
  const button = el('button', { type: 'submit', class: 'button primary' }, 'Log in');
  const form = el('form', {
    class: 'login',
    onsubmit: async (event) => {
      event.preventDefault();
      error.update('');
      button.disabled = true;
      try {
        await logIn(token.value.trim());
      } catch (problem) {
        error.update(problem.message);
        token.select();
      } finally {
        button.disabled = false;
      }
    },
  },
    el('label', { class: 'field' }, el('span', {}, 'Token'), token), button);
  return {
    title: 'Log in',
    node: el('section', { class: 'card' }, el('h1', {}, 'Log in'),
      el('p', {}, 'This coordinator asks who you are. An admin makes tokens:'),
      el('pre', {}, 'ffctl token create NAME --role viewer'), form, error.node),
    stop() {},
  };
}
