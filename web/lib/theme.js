// Light or dark: the system's choice until the button says otherwise, then remembered.

const KEY = 'flops-fit-theme';
const CHOICES = ['auto', 'light', 'dark'];
const LABELS = { auto: 'Theme: system', light: 'Theme: light', dark: 'Theme: dark' };
const system = window.matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set();

// Storage may be forbidden; then the choice lasts as long as the page.
let choice = 'auto';
try {
  const saved = localStorage.getItem(KEY);
  if (CHOICES.includes(saved)) choice = saved;
} catch (error) {
  console.info('The theme cannot be remembered:', error.message);
}

export function isDark() {
  return choice === 'auto' ? system.matches : choice === 'dark';
}

// listener() is called after every change; returns a function that ends it.
export function onTheme(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function apply(button) {
  document.documentElement.dataset.theme = choice;
  button.textContent = { auto: '◐', light: '☀', dark: '☾' }[choice];
  button.title = `${LABELS[choice]} (click to change)`;
  button.setAttribute('aria-label', `${LABELS[choice]}. Change it`);
  for (const listener of listeners) listener();
}

export function startTheme(button) {
  button.addEventListener('click', () => {
    choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
    try {
      localStorage.setItem(KEY, choice);
    } catch (error) {
      console.info('The theme cannot be remembered:', error.message);
    }
    apply(button);
  });
  system.addEventListener('change', () => apply(button));
  apply(button);
}
