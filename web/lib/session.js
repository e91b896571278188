// Who is logged in, and what that role may do. The coordinator decides; what stands here only keeps
// buttons from promising what would be refused.
import { endSession, getSession, openSession, setCsrf } from './api.js';

const RANK = { viewer: 1, operator: 2, admin: 3 };
let session = { required: false, authenticated: false, name: '', role: '' };
const listeners = new Set();

function take(answer) {
  session = { required: false, authenticated: false, name: '', role: '', ...answer };
  setCsrf(answer.csrf ?? '');
  for (const listener of listeners) listener(session);
}

export function onSession(listener) {
  listeners.add(listener);
  listener(session);
}

export const loadSession = async () => take(await getSession());
export const logIn = async (token) => take(await openSession(token));
export async function logOut() {
  await endSession();
  take({ required: true });
}
// The coordinator said 401: it was restarted, the session has run out, or the token was revoked.
export const sessionEnded = () => take({ required: true });

export const mustLogIn = () => session.required && !session.authenticated;

// A button that needs a role: disabled, with the reason, for others. Returns the button.
export function needs(role, button) {
  if (!session.authenticated || (RANK[session.role] ?? 0) >= RANK[role]) return button;
  const reason = `needs the role ${role}; ${session.name} is ${session.role}`;
  button.setAttribute('title', reason);
  button.setAttribute('aria-description', reason);
  button.setAttribute('aria-disabled', 'true');
  if (button.tagName === 'A') button.removeAttribute('href');
  // Whatever else enables it later, it stays off.
  button.addEventListener('click', (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  }, { capture: true });
  Object.defineProperty(button, 'disabled', { get: () => true, set() {} });
  if (button.tagName === 'BUTTON') button.setAttribute('disabled', '');
  return button;
}
