// Colours of what the page draws by itself, light and dark, as the coordinator's figures have them.

export function themeOf(word) {
  const dark = word === 'dark';
  const grid = dark ? '#2a323d' : '#e3e7ee';
  return {
    dark,
    line: dark ? '#7c9bff' : '#3457d5',
    axis: { gridcolor: grid, zeroline: false, linecolor: grid },
    font: { color: dark ? '#c9d1dc' : '#3b4654', size: 13 },
  };
}

// Viridis without its faintest end, from few FLOP to many: told apart in print and by most eyes.
const LIGHT = ['#440154', '#414487', '#2a788e', '#22a884', '#5fb32e', '#b39b00'];
const DARK = ['#b18cff', '#7c9bff', '#4fb3d9', '#3fd0a4', '#9bdc5c', '#f2dc4b'];

export function colourScale(index, count, word) {
  const scale = word === 'dark' ? DARK : LIGHT;
  if (count <= 1) return scale[1];
  return scale[Math.round((index * (scale.length - 1)) / (count - 1))];
}

export const STATE_COLOURS = {
  finished: ['#2a9d64', '#3fa972'], running: ['#3b74e8', '#5b8cf5'], leased: ['#9ab9f7', '#34548f'],
  failed: ['#d6453d', '#e5605a'], lost: ['#b8860b', '#e3b341'], stopped: ['#a7afbb', '#58626f'], cancelled: ['#a7afbb', '#58626f'],
};
export const stateColour = (state, word) => (STATE_COLOURS[state] ?? STATE_COLOURS.stopped)[word === 'dark' ? 1 : 0];
