// plotly.js, loaded when the first plot is wanted (it is large), and drawing with it.

const SOURCE = 'vendor/plotly.min.js';
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
// Without the title, whose width plotly forgets when it breaks the entries into lines.
const BELOW = { orientation: 'h', x: 0, xanchor: 'left', y: -0.22, yanchor: 'top', title: undefined };

// The figure's layout in a card: the card has the title, the colours and the width.
function inCard(layout, width, height) {
  const narrow = width < NARROW;
  return {
    ...layout,
    title: undefined,
    autosize: true,
    width: undefined,
    height,
    uirevision: 'kept',
    paper_bgcolor: CLEAR,
    plot_bgcolor: CLEAR,
    margin: { ...layout.margin, t: 16, ...(narrow ? { l: 52, r: 10 } : {}) },
    legend: narrow ? { ...layout.legend, ...BELOW } : layout.legend,
  };
}

// Draws or updates. `name` is the file name of a downloaded image. Zoom and hidden
// curves stay between updates.
export async function draw(box, figure, name, height = HEIGHT) {
  const Plotly = await loadPlotly();
  const layout = inCard(figure.layout, box.clientWidth, height);
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
