// plotly.js, loaded when the first plot is wanted (it is large), and drawing with it.

// Beside these modules, under the same version: browsers keep it until it changes.
export const SOURCE = new URL('../vendor/plotly.min.js', import.meta.url).href;
let loading = null;

// Rejects where the file was not built (npm was missing then).
export function loadPlotly() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = SOURCE;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      loading = null;  // the server may only have been away: the next plot tries again
      reject(new Error('Plots need plotly.js, which this build does not have. Install npm ' +
        'where flops-fit is built and build again; everything else here works without.'));
    };
    document.head.append(script);
  });
  return loading;
}

const HEIGHT = 420;
const NARROW = 620;  // pixels; below, a legend at the side leaves the plot no room
const CLEAR = 'rgba(0,0,0,0)';
const MUTED = 'rgba(128,136,150,0.7)';  // on light and on dark
const STRONG = 'rgba(70,110,220,1)';
// Without the title, whose width plotly forgets when it breaks the entries into lines. Above,
// since below is the caption.
const ABOVE = { orientation: 'h', x: 0, xanchor: 'left', y: 1.02, yanchor: 'bottom', title: undefined };
const LETTER = 5.9;  // pixels of one letter of a caption, on average
const LINE = 16;
const AXIS = 72;     // pixels below the plot for ticks and the title of its axis

// Words on lines of so many letters; tags take no room.
function wrapped(text, letters) {
  const lines = [''];
  let used = 0;
  for (const word of text.replaceAll('<br>', ' ').split(' ')) {
    const length = word.replace(/<[^>]*>/g, '').length;
    if (used > 0 && used + 1 + length > letters) {
      lines.push('');
      used = 0;
    }
    lines[lines.length - 1] += (used > 0 ? ' ' : '') + word;
    used += length + (used > 0 ? 1 : 0);
  }
  return lines;
}

// The caption broken for the card's width and begun at the card's edge, whatever the margin
// left of the axes, and the room below that it needs.
function withCaption(layout, width) {
  const caption = (layout.annotations ?? []).find((one) => one.name === 'caption');
  if (!caption) return layout;
  const lines = wrapped(caption.text, Math.max(40, Math.floor((width - 24) / LETTER)));
  return {
    ...layout,
    annotations: layout.annotations.map((one) =>
      (one === caption ? { ...one, text: lines.join('<br>'), xshift: 4 - layout.margin.l } : one)),
    margin: { ...layout.margin, b: AXIS + LINE * lines.length },
  };
}

// The figure's layout in a card: the card has the title, the colours and the width.
function inCard(figure, width, height) {
  const narrow = width < NARROW;
  const margin = { ...figure.margin, t: figure.legend?.yanchor === 'bottom' ? 40 : 16, ...(narrow ? { l: 52, r: 10 } : {}) };
  const layout = withCaption({ ...figure, margin }, width);
  return {
    ...layout,
    title: undefined,
    autosize: true,
    width: undefined,
    height,
    uirevision: 'kept',
    paper_bgcolor: CLEAR,
    plot_bgcolor: CLEAR,
    // Upright at the right edge: across the top it would cover a legend.
    modebar: { orientation: 'v', bgcolor: CLEAR, color: MUTED, activecolor: STRONG },
    legend: narrow ? { ...layout.legend, ...ABOVE } : layout.legend,
  };
}

// Draws or updates. `name` is the file name of a downloaded image. Zoom and hidden
// curves stay between updates.
export async function draw(box, figure, name, height = HEIGHT) {
  const Plotly = await loadPlotly();
  const layout = inCard(figure.layout, box.clientWidth, figure.layout.height ?? height);
  await Plotly.react(box, figure.data, layout, {
    responsive: true,
    displaylogo: false,
    modeBarButtonsToRemove: ['select2d', 'lasso2d', 'autoScale2d'],
    toImageButtonOptions: { format: 'svg', filename: name },
  });
}

export function clear(box) {
  window.Plotly?.purge(box);
}
