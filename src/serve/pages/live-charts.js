// The charts of the page "Live": rolling revenue by product, and the rate of events.

import { byId, make, setAttr, setText } from './dom.js';
import { draw, moneyTicks, plain, short } from './chart.js';
import { axisDay, clock, duration, instant, money, rate } from './format.js';
import { tableBehind } from './table.js';

const DASHES = ['solid', 'solid', 'solid', 'solid', 'dash', 'dash', 'dash', 'dash'];
const hidden = new Set(); // products that the reader switched off
const slots = new Map(); // product -> colour, kept as long as it is shown
const rates = []; // {time, rate}, one a second
const KEEP = 600;
const SVG = 'http://www.w3.org/2000/svg';

function assign(series) {
  const names = new Set(series.map((s) => s.product));
  for (const product of slots.keys()) if (!names.has(product)) slots.delete(product);
  for (const product of names) {
    if (slots.has(product)) continue;
    const taken = new Set(slots.values());
    slots.set(product, [0, 1, 2, 3, 4, 5, 6, 7].find((i) => !taken.has(i)) ?? 0);
  }
}

const utc = (iso) => iso.replace('Z', ''); // plotly shows times without a zone as they are

/** The lines, their legend and their table. */
export function showRolling(state) {
  const { series, window: size, windows } = state;
  assign(series);
  const none = series.length === 0;
  byId('empty-rolling').hidden = !none;
  for (const node of [byId('plot-rolling').parentElement, byId('legend'), byId('alt-rolling')]) node.hidden = none;
  if (none) return setText(byId('sum-rolling'), '');
  const times = [...new Set(series.flatMap((s) => s.points.map((p) => p.end)))].sort();
  setText(byId('sum-rolling'), `Rolling: each point is a window of ${duration(size.size_seconds)} at its end (UTC), a new one each ${duration(size.slide_seconds)}. Windows overlap, so points are never added.`);
  setText(byId('read-rolling'), `${series.length} products from ${instant(times[0])} to ${instant(times.at(-1))}. First is ${series[0].product} with ${money(series[0].revenue)}.`);
  legend(series);
  alternative(series, times);
  const shown = series.filter((s) => !hidden.has(s.product));
  const values = shown.flatMap((s) => s.points.map((p) => Number(p.revenue)));
  const opens = windows.filter((w) => w.state === 'open').map((w) => w.end).sort();
  return draw(byId('plot-rolling'), (p) => ({
    traces: shown.map((s) => line(s, p)),
    layout: {
      hovermode: 'closest',
      margin: { t: 1.6 * p.rem, b: 2.6 * p.rem },
      xaxis: { type: 'date', nticks: p.ticks, tickformatstops: [{ dtickrange: [null, 43_200_000], value: `%H:%M\n${axisDay()}` }, { dtickrange: [43_200_000, null], value: axisDay() }] },
      yaxis: moneyTicks(values),
      shapes: opens.length ? [{ type: 'rect', xref: 'x', yref: 'paper', x0: utc(opens[0]), x1: utc(opens.at(-1)), y0: 0, y1: 1, fillcolor: p.raised, line: { width: 0 }, layer: 'below' }] : [],
      annotations: opens.length ? [{ text: 'open, still growing', xref: 'x', yref: 'paper', x: utc(opens.at(-1)), y: 1, xanchor: 'right', yanchor: 'bottom', showarrow: false, font: { color: p.muted, size: 0.75 * p.rem } }] : [],
    },
  }));
}

function line(s, p) {
  const slot = slots.get(s.product);
  const color = p.series[slot];
  const name = plain(short(s.product));
  return {
    type: 'scatter',
    opacity: strong && strong !== s.product ? 0.18 : 1,
    mode: s.points.length > 30 ? 'lines' : 'lines+markers',
    name,
    x: s.points.map((q) => utc(q.end)),
    y: s.points.map((q) => Number(q.revenue)),
    line: { color, width: 2, dash: DASHES[slot] },
    marker: { color, size: 6, symbol: s.points.map((q) => (q.state === 'open' ? 'circle-open' : 'circle')) },
    customdata: s.points.map((q) => [name, money(q.revenue), `window to ${instant(q.end)}${q.state === 'open' ? ', so far' : ''}`]),
    hovertemplate: '%{customdata[0]}<br><b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>',
  };
}

function legend(series) {
  const list = byId('legend');
  while (list.children.length > series.length) list.lastChild.remove();
  series.forEach((s, i) => {
    const item = list.children[i] ?? list.appendChild(entry());
    const button = item.firstChild;
    setAttr(button, 'data-product', s.product);
    setAttr(button, 'aria-pressed', String(!hidden.has(s.product)));
    setAttr(button, 'title', `${s.product}: ${money(s.revenue)} in windows that do not overlap`);
    setText(button.lastChild, s.product);
    const slot = slots.get(s.product);
    setAttr(button.querySelector('line'), 'stroke', `var(--series-${slot + 1})`);
    setAttr(button.querySelector('line'), 'stroke-dasharray', DASHES[slot] === 'dash' ? '6 3' : null);
  });
}

let strong = null; // the product that the reader points at in the legend
let redraw = () => {};
/** What is to happen when a line is switched on or off. */
export const onLegend = (again) => (redraw = again);

function entry() {
  const sample = document.createElementNS(SVG, 'svg');
  sample.setAttribute('viewBox', '0 0 24 10');
  sample.setAttribute('aria-hidden', 'true');
  const stroke = document.createElementNS(SVG, 'line');
  for (const [key, value] of Object.entries({ x1: 1, x2: 23, y1: 5, y2: 5, 'stroke-width': 3 })) stroke.setAttribute(key, value);
  sample.append(stroke);
  const button = make('button', { type: 'button' }, sample, make('span', { class: 'name' }));
  button.addEventListener('click', () => {
    const { product } = button.dataset;
    if (!hidden.delete(product)) hidden.add(product);
    redraw();
  });
  for (const [type, on] of [['mouseenter', true], ['mouseleave', false], ['focus', true], ['blur', false]]) {
    button.addEventListener(type, () => {
      strong = on && !hidden.has(button.dataset.product) ? button.dataset.product : null;
      redraw();
    });
  }
  return make('li', {}, button);
}

function alternative(series, times) {
  const at = series.map((s) => new Map(s.points.map((p) => [p.end, p])));
  const details = byId('alt-rolling');
  const heads = series.map((s) => s.product).join('\n');
  if (details.dataset.heads !== heads) {
    details.querySelector('.scroll')?.remove(); // other products, other columns
    details.dataset.heads = heads;
  }
  tableBehind(details, {
    caption: 'Rolling revenue by window end (UTC) and product',
    rows: [...times].reverse(),
    key: (end) => end,
    columns: [
      { label: 'Window end', fit: true, cell: (end) => ({ text: instant(end) }) },
      ...series.map((s, i) => ({
        label: short(s.product, 28),
        numeric: true,
        cell: (end) => {
          const point = at[i].get(end);
          return { text: money(point?.revenue), value: point?.revenue, figure: 'rolling_revenue' };
        },
      })),
    ],
  });
}

/** Takes the rate of a state into the line of the last ten minutes. */
export function showRate({ status, updated, now, stream }) {
  if (!stream) return undefined;
  if (status !== 'ok') {
    setText(byId('sum-rate'), `Last ${rate(stream.rate)} a second; nothing since`);
    return undefined;
  }
  const time = (updated ?? now).slice(0, 19);
  if (rates.at(-1)?.time === time) rates.at(-1).rate = stream.rate;
  else rates.push({ time, rate: stream.rate });
  if (rates.length > KEEP) rates.shift();
  setText(byId('sum-rate'), `Now ${rate(stream.rate)} a second; the last ten minutes since this page was opened`);
  tableBehind(byId('alt-rate'), {
    caption: 'Events a second',
    rows: rates.slice(-60).reverse(),
    columns: [
      { label: 'Time (UTC)', cell: (r) => ({ text: `${r.time.slice(11)}` }) },
      { label: 'Events a second', numeric: true, cell: (r) => ({ text: rate(r.rate) }) },
    ],
  });
  return draw(byId('plot-rate'), (p) => ({
    traces: [{
      type: 'scatter',
      mode: rates.length < 3 ? 'markers' : 'lines',
      x: rates.map((r) => r.time),
      y: rates.map((r) => r.rate),
      line: { color: p.mark, width: 2 },
      marker: { color: p.mark },
      fill: 'tozeroy',
      fillcolor: p.mark.replace('rgb(', 'rgba(').replace(')', ', 0.1)'),
      customdata: rates.map((r) => `${clock(`${r.time}Z`)} UTC<br><b>${rate(r.rate)}</b> a second`),
      hovertemplate: '%{customdata}<extra></extra>',
    }],
    layout: {
      hovermode: 'x',
      xaxis: { type: 'date', nticks: Math.min(4, p.ticks), tickformat: '%H:%M:%S', range: frame() },
      yaxis: { rangemode: 'tozero', nticks: 4 },
    },
  }));
}

/** At least a minute is shown, so that the first seconds do not race across the chart. */
function frame() {
  const end = Date.parse(`${rates.at(-1).time}Z`);
  const start = Math.min(Date.parse(`${rates[0].time}Z`), end - 60_000);
  return [start, end].map((t) => new Date(t).toISOString().slice(0, 19));
}
