// The shell: which page stands in <main>, the banner, the theme button.
import { getInfo, whenLoggedOut } from './lib/api.js';
import { onConnection } from './lib/connection.js';
import { el, setText } from './lib/dom.js';
import { poll } from './lib/poll.js';
import { currentRoute, link } from './lib/route.js';
import { loadSession, logOut, mustLogIn, onSession, sessionEnded } from './lib/session.js';
import { startTheme } from './lib/theme.js';
import { analysisPage } from './pages/analysis.js';
import { comparePage } from './pages/compare.js';
import { experimentPage } from './pages/experiment.js';
import { loginPage } from './pages/login.js';
import { newSweepPage } from './pages/new.js';
import { sweepPage } from './pages/sweep.js';
import { sweepsPage } from './pages/sweeps.js';
import { workersPage } from './pages/workers.js';

const INFO_MS = 5000;
const main = document.getElementById('main');
let leave = () => {};

// A page is {title, node, stop()}; it polls until stop() is called.
function pageOf({ segments, query }) {
  const [room, sweep, part, experiment] = segments;
  if (room === 'workers' && segments.length === 1) return workersPage();
  if (room === 'sweeps') {
    if (segments.length === 1) return sweepsPage(query);
    if (segments.length === 2) return sweepPage(sweep, query);
    if (part === 'analysis' && segments.length === 3) return analysisPage(sweep, query);
    if (part === 'compare' && segments.length === 3) return comparePage(sweep, query);
    if (part === 'experiments' && segments.length === 4) return experimentPage(sweep, experiment, query);
  }
  if (room === 'new' && segments.length === 1) return newSweepPage(query);
  return {
    title: 'No such page',
    node: el('section', { class: 'card' }, el('h1', {}, 'No such page'),
      el('p', {}, 'The address names nothing here. ', el('a', { href: link(['sweeps']) }, 'All sweeps'))),
    stop() {},
  };
}

function show(moveFocus) {
  const route = currentRoute();
  leave();
  const page = mustLogIn() ? loginPage() : pageOf(route);
  leave = page.stop;
  main.replaceChildren(page.node);
  document.title = `${page.title} · flops-fit`;
  for (const anchor of document.querySelectorAll('[data-nav]')) {
    if (anchor.dataset.nav === route.segments[0]) anchor.setAttribute('aria-current', 'page');
    else anchor.removeAttribute('aria-current');
  }
  if (!moveFocus) return;
  window.scrollTo(0, 0);
  main.focus({ preventScroll: true });
}

function startBanner(banner) {
  onConnection((lostSince) => {
    banner.hidden = lostSince === null;
    if (lostSince === null) return;
    const since = new Date(lostSince).toLocaleTimeString('sv-SE');
    banner.textContent = `The coordinator has not answered since ${since}. What you see is from then; ` +
      'this page tries again every two seconds. On its machine, "ffctl status" tells more.';
  });
}

function startInfo(node) {
  poll(async (signal) => {
    if (mustLogIn()) {
      setText(node, '');
      return;
    }
    const info = await getInfo(signal);
    const alive = info.workers_alive ?? 0;
    setText(node, `${info.version ?? ''} · ${alive} ${alive === 1 ? 'worker' : 'workers'}`);
  }, (error) => setText(node, error.message), INFO_MS);
}

// Who is logged in, beside the theme button; a change of it shows another page.
function startSession(user) {
  const name = el('span', {});
  const leaveButton = el('button', { type: 'button', class: 'button quiet', onclick: () => logOut() }, 'Log out');
  user.append(name, leaveButton);
  let shown;
  onSession(({ authenticated, name: who, role }) => {
    user.hidden = !authenticated;
    setText(name, authenticated ? `${who}, ${role}` : '');
    const now = `${authenticated} ${who} ${role} ${mustLogIn()}`;
    if (shown !== undefined && shown !== now) show(false);
    shown = now;
  });
  whenLoggedOut(sessionEnded);
}

startTheme(document.getElementById('theme'));
startBanner(document.getElementById('banner'));
try {
  await loadSession();
} catch {
  // The banner tells that nobody answers; pages ask again.
}
startSession(document.getElementById('user'));
startInfo(document.getElementById('server'));
document.getElementById('skip').addEventListener('click', () => main.focus());
window.addEventListener('hashchange', () => show(true));
show(false);
