// Charts by plotly.js, in the colours of the page, redrawn when theme or size change.

import { axisMoney } from './format.js';

const drawn = new Map(); // place -> what draws it
let loading = null;

/** Loads plotly.js once; the figures of the page do not wait for it. */
function plotly() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = '/assets/plotly.js';
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error('the chart library did not load'));
    document.head.append(script);
  });
  return loading;
}

/** The colours of the page as they are now, resolved for plotly. */
function palette() {
  const probe = document.createElement('span');
  probe.hidden = true;
  document.body.append(probe);
  const style = getComputedStyle(probe);
  const color = (name) => {
    probe.style.color = `var(--${name})`;
    return style.color;
  };
  const colors = {
    text: color('text'), muted: color('muted'), grid: color('grid'), surface: color('surface'), edge: color('edge'),
    mark: color('mark'), bad: color('bad'), raised: color('raised'), cold: color('heat-0'), hot: color('heat-1'), warn: color('warn'),
    series: [1, 2, 3, 4, 5, 6, 7, 8].map((i) => color(`series-${i}`)),
    rem: Number.parseFloat(getComputedStyle(document.documentElement).fontSize),
    face: style.fontFamily,
  };
  probe.remove();
  return colors;
}

function base(p) {
  const font = { family: p.face, size: 0.75 * p.rem, color: p.muted };
  const axis = { fixedrange: true, gridcolor: p.grid, zerolinecolor: p.edge, zerolinewidth: 1, ticks: '', tickfont: font, automargin: true, tickangle: 0 };
  return {
    font,
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    margin: { l: 0.5 * p.rem, r: 0.5 * p.rem, t: 0.5 * p.rem, b: 0.5 * p.rem },
    dragmode: false,
    showlegend: false,
    hoverlabel: { bgcolor: p.text, bordercolor: p.text, font: { family: p.face, size: 0.8125 * p.rem, color: p.surface }, align: 'left' },
    xaxis: { ...axis, showgrid: false },
    yaxis: { ...axis, showgrid: true },
  };
}

function merged(layout, extra) {
  for (const [key, value] of Object.entries(extra)) {
    const nested = value && typeof value === 'object' && !Array.isArray(value) && layout[key];
    layout[key] = nested ? merged({ ...layout[key] }, value) : value;
  }
  return layout;
}

const sized = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.classList.contains('js-plotly-plot') && target.offsetWidth) window.Plotly.Plots.resize(target);
  }
});

async function paint(place) {
  let library;
  try {
    library = await plotly();
  } catch {
    place.parentElement.classList.add('failed');
    const details = place.closest('.card').querySelector('details');
    if (details) details.open = true; // without charts, the tables speak
    return;
  }
  const make = drawn.get(place);
  if (!make || !place.offsetWidth) return;
  const p = palette();
  p.ticks = Math.max(4, Math.floor(place.offsetWidth / (6 * p.rem))); // as many labels as have room side by side
  const { traces, layout } = make(p);
  await library.react(place, traces, merged(base(p), layout), { displayModeBar: false, doubleClick: false, showTips: false });
}

/** Draws into `place` what `make(palette)` describes as `{traces, layout}`; again whenever it must. */
export function draw(place, make) {
  if (!drawn.has(place)) sized.observe(place);
  drawn.set(place, make);
  return paint(place);
}

/** Draws all charts again, as after a change of theme. */
export function repaint() {
  return Promise.all([...drawn.keys()].map(paint));
}

window.addEventListener('themechange', () => repaint());
window.addEventListener('beforeprint', () => {
  document.documentElement.dataset.before = document.documentElement.dataset.theme ?? '';
  document.documentElement.dataset.theme = 'light';
  repaint();
});
window.addEventListener('afterprint', () => {
  const before = document.documentElement.dataset.before;
  if (before) document.documentElement.dataset.theme = before;
  else delete document.documentElement.dataset.theme;
  repaint();
});

/** About `wanted` round steps over the values, always with zero, and the range that shows them all. */
export function moneyTicks(values, wanted = 5) {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const rough = (high - low || 1) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999);
  const tickvals = [];
  for (let i = Math.floor(low / step + 1e-9); i <= Math.ceil(high / step - 1e-9); i += 1) tickvals.push(i * step);
  if (tickvals.length < 2) tickvals.push(step);
  const room = 0.04 * (high - low);
  const range = [low < 0 ? low - room : 0, Math.max(high > 0 ? tickvals.at(-1) : 0, high + room)];
  return { tickvals, ticktext: tickvals.map(axisMoney), range: range[0] === range[1] ? [0, step] : range, tickmode: 'array' };
}

/** Text for plotly, which reads some tags: none of the data's. */
export const plain = (text) => String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A name cut to what a label can hold. */
export const short = (text, most = 40) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
