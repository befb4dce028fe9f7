// The page "Countries": sales by country and category, each sale once in every sum.

import { draw, moneyTicks } from './chart.js';
import { byId, setText } from './dom.js';
import { axisDay, clock, count, date, instant, money, name, plural } from './format.js';
import { fillRanks } from './ranks.js';
import { emptyTable, runs, showTiles, startShop } from './shop.js';
import { tableBehind } from './table.js';
import { chips } from './tiles.js';

const PERIODS = { last_24h: '24 hours', day: 'Day', all: 'All' };
let period = 'last_24h';

const utc = (iso) => iso.replace('Z', ''); // plotly shows times without a zone as they are

function span(sales) {
  if (period === 'all') return 'Since the stream began';
  if (period === 'day') return `${date(sales.day_from.slice(0, 10))}, UTC, so far`;
  return `Since ${instant(sales.last_24h_from)} UTC`;
}

function tiles(state) {
  const { sales } = state;
  const job = 'metrics';
  const sum = sales?.total[period];
  const latest = sales?.latest;
  const countries = sales?.countries.filter((c) => c.name !== '' && c[period].count).length;
  showTiles(state, [
    { name: 'amount', job, title: 'Sales less returns', text: money(sum?.amount), value: sum?.amount, note: sales ? span(sales) : 'No sale yet' },
    { name: 'transactions', job, title: 'Transactions', text: count(sum?.count), value: sum?.count, note: 'Each counted once' },
    { name: 'countries', job, title: 'Countries', text: count(countries ?? 0), value: countries, note: 'With a sale in this time' },
    { name: 'latest_amount', job, title: 'Latest window', text: money(latest?.amount), value: latest?.amount, note: latest ? `${clock(latest.start)}–${clock(latest.end)} UTC, ${latest.open ? 'so far' : 'final'}` : 'No window yet' },
  ]);
}

function ranking(id, noun, sales) {
  const table = byId(`ranks-${id}`);
  const lines = (sales?.[id] ?? []).filter((l) => l[period].count).sort((a, b) => Number(b[period].amount) - Number(a[period].amount));
  setText(byId(`sum-${id}`), sales ? span(sales) : '');
  if (emptyTable(id, table, !lines.length)) return;
  fillRanks(table, {
    caption: `Sales by ${noun}`,
    heads: [noun === 'country' ? 'Country' : 'Category', 'Amount'],
    noun: id,
    first: 12,
    rows: lines.map((l) => ({
      key: l.name,
      name: name(l.name),
      sub: plural(l[period].count, 'transaction'),
      subFigure: { name: `${noun}_count`, value: l[period].count },
      size: Number(l[period].amount),
      cells: [{ text: money(l[period].amount), value: l[period].amount, figure: `${noun}_amount` }],
    })),
  });
}

/** Windows with nothing sold are none: the line lies on the ground there. */
function points(windows) {
  const all = [];
  for (const w of windows) {
    const before = all.at(-1);
    const size = Date.parse(w.end) - Date.parse(w.start);
    const gap = before ? (Date.parse(w.start) - Date.parse(before.end)) / size : 0;
    if (gap >= 1) {
      const at = (ms) => new Date(ms).toISOString().replace('.000', '');
      all.push({ start: before.end, end: at(Date.parse(before.end) + size), amount: '0.00', count: 0, open: false });
      if (gap > 1) all.push({ start: at(Date.parse(w.start) - size), end: w.start, amount: '0.00', count: 0, open: false });
    }
    all.push(w);
  }
  return all;
}

function minutes(sales) {
  const windows = sales?.windows ?? [];
  const none = !windows.length;
  byId('empty-minutes').hidden = !none;
  for (const node of [byId('plot-minutes').parentElement, byId('alt-minutes')]) node.hidden = none;
  if (none) return setText(byId('sum-minutes'), '');
  const open = windows.filter((w) => w.open);
  setText(byId('sum-minutes'), `The last hour with sales, to ${instant(windows.at(-1).end)} UTC: each point is a window at its start. They do not overlap.`);
  tableBehind(byId('alt-minutes'), {
    caption: 'Sales by window, the newest first',
    rows: [...windows].reverse(),
    key: (w) => w.start,
    columns: [
      { label: 'Window (UTC)', fit: true, cell: (w) => ({ text: `${instant(w.start)}–${clock(w.end)}` }) },
      { label: 'State', cell: (w) => ({ text: w.open ? 'open, so far' : 'final', value: w.open ? 'open' : 'final', figure: 'minute_state' }) },
      { label: 'Amount', numeric: true, cell: (w) => ({ text: money(w.amount), value: w.amount, figure: 'minute_amount' }) },
      { label: 'Transactions', numeric: true, cell: (w) => ({ text: count(w.count), value: w.count, figure: 'minute_count' }) },
    ],
  });
  const line = points(windows);
  const values = line.map((w) => Number(w.amount));
  return draw(byId('plot-minutes'), (p) => ({
    traces: [{
      type: 'scatter',
      mode: 'lines+markers',
      x: line.map((w) => utc(w.start)),
      y: values,
      line: { color: p.mark, width: 2 },
      marker: { color: p.mark, size: 6, symbol: line.map((w) => (w.open ? 'circle-open' : 'circle')) },
      customdata: line.map((w) => [`${clock(w.start)}–${clock(w.end)} UTC${w.open ? ', so far' : ''}`, money(w.amount), plural(w.count, 'transaction')]),
      hovertemplate: '%{customdata[0]}<br><b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>',
    }],
    layout: {
      hovermode: 'x',
      margin: { t: 1.6 * p.rem, b: 2.6 * p.rem },
      xaxis: { type: 'date', nticks: p.ticks, tickformat: `%H:%M\n${axisDay()}` },
      yaxis: moneyTicks(values),
      shapes: open.length ? [{ type: 'rect', xref: 'x', yref: 'paper', x0: utc(open[0].start), x1: utc(open.at(-1).end), y0: 0, y1: 1, fillcolor: p.raised, line: { width: 0 }, layer: 'below' }] : [],
      annotations: open.length ? [{ text: 'open, still growing', xref: 'x', yref: 'paper', x: utc(open.at(-1).end), y: 1, xanchor: 'right', yanchor: 'bottom', showarrow: false, font: { color: p.muted, size: 0.75 * p.rem } }] : [],
    },
  }));
}

const again = startShop({
  topic: 'countries',
  tiles: 4,
  about: (state) => (runs(state, 'metrics') ? `Windows that do not overlap, final up to ${instant(state.jobs.metrics.watermark)} UTC` : 'Sales by country and category'),
  show(state) {
    chips(byId('periods'), Object.entries(PERIODS).map(([key, label]) => ({ key, label })), period, (key) => {
      period = key;
      again();
    });
    tiles(state);
    if (!runs(state, 'metrics')) return;
    minutes(state.sales);
    ranking('countries', 'country', state.sales);
    ranking('categories', 'category', state.sales);
  },
});
