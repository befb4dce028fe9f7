// The page "Orders": what came in how, and from where.

import { byId, setText } from './dom.js';
import { draw, moneyTicks, plain, short } from './chart.js';
import { count, money, name, plural } from './format.js';
import { emptyTable, runs, showTiles, startShop } from './shop.js';
import { fillTable, tableBehind } from './table.js';

/** So many states have a bar of their own. */
const STATES = 12;

function tiles(state) {
  const { total, sources } = state;
  const job = 'orders';
  const top = sources?.[0];
  showTiles(state, [
    { name: 'orders_amount', job, title: 'Total sales', text: money(total?.amount), value: total?.amount, note: 'Each order once' },
    { name: 'orders', job, title: 'Orders', text: count(total?.orders), value: total?.orders, note: 'Since the stream began' },
    { name: 'orders_quantity', job, title: 'Pieces', text: total ? count(total.quantity) : '–', value: total?.quantity, note: 'In all orders' },
    { name: 'orders_top', job, title: 'First source', text: top ? name(top.name) : '–', value: top?.name, note: top ? money(top.amount) : 'No order yet' },
  ]);
}

function hide(id, none) {
  byId(`empty-${id}`).hidden = !none;
  for (const node of [byId(`plot-${id}`).parentElement, byId(`alt-${id}`)]) node.hidden = none;
  return none;
}

function donut({ sources, total }) {
  if (hide('sources', !sources.length)) return setText(byId('sum-sources'), '');
  setText(byId('sum-sources'), `${plural(sources.length, 'source')}; first is ${name(sources[0].name)} with ${money(sources[0].amount)} of ${money(total.amount)}`);
  tableBehind(byId('alt-sources'), {
    caption: 'Orders by source',
    rows: sources,
    key: (s) => s.name,
    columns: [
      { label: 'Source', cell: (s) => ({ text: name(s.name) }) },
      { label: 'Amount', numeric: true, cell: (s) => ({ text: money(s.amount), value: s.amount, figure: 'source_amount' }) },
      { label: 'Orders', numeric: true, cell: (s) => ({ text: count(s.orders), value: s.orders, figure: 'source_orders' }) },
    ],
  });
  return draw(byId('plot-sources'), (p) => ({
    traces: [{
      type: 'pie',
      hole: 0.6,
      sort: false,
      direction: 'clockwise',
      labels: sources.map((s) => plain(short(name(s.name), 20))),
      values: sources.map((s) => Math.max(0, Number(s.amount))),
      marker: { colors: sources.map((_, i) => p.series[i % 8]), line: { color: p.surface, width: 2 } },
      textinfo: 'label+percent',
      textposition: 'outside',
      automargin: true,
      customdata: sources.map((s) => [money(s.amount), plural(s.orders, 'order')]),
      hovertemplate: '%{label}<br><b>%{customdata[0][0]}</b><br>%{customdata[0][1]}<extra></extra>',
      textfont: { color: p.text },
    }],
    layout: { margin: { t: 2.5 * p.rem, b: 2.5 * p.rem, l: 5 * p.rem, r: 5 * p.rem } },
  }));
}

function stacked({ states, sources, rows }) {
  if (hide('states', !states.length)) return setText(byId('sum-states'), '');
  const shown = states.slice(0, STATES);
  setText(byId('sum-states'), `${shown.length < states.length ? `The first ${shown.length} of ${states.length} states` : plural(states.length, 'state')}; first is ${name(states[0].name)} with ${money(states[0].amount)}`);
  tableBehind(byId('alt-states'), {
    caption: 'Orders by state',
    rows: states,
    key: (s) => s.name,
    columns: [
      { label: 'State', cell: (s) => ({ text: name(s.name) }) },
      { label: 'Amount', numeric: true, cell: (s) => ({ text: money(s.amount), value: s.amount, figure: 'state_amount' }) },
      { label: 'Orders', numeric: true, cell: (s) => ({ text: count(s.orders), value: s.orders, figure: 'state_orders' }) },
    ],
  });
  const of = new Map(rows.map((r) => [`${r.source}\n${r.state}`, r]));
  return draw(byId('plot-states'), (p) => ({
    traces: sources.map((source, i) => ({
      type: 'bar',
      name: plain(short(name(source.name), 20)),
      x: shown.map((s) => plain(short(name(s.name), 18))),
      y: shown.map((s) => Number(of.get(`${source.name}\n${s.name}`)?.amount ?? 0)),
      marker: { color: p.series[i % 8] },
      customdata: shown.map((s) => [plain(`${name(s.name)}, ${name(source.name)}`), money(of.get(`${source.name}\n${s.name}`)?.amount ?? '0')]),
      hovertemplate: '%{customdata[0]}<br><b>%{customdata[1]}</b><extra></extra>',
    })),
    layout: {
      barmode: 'stack',
      hovermode: 'closest',
      bargap: 0.3,
      showlegend: true,
      legend: { orientation: 'h', x: 0, y: 1.02, yanchor: 'bottom', font: { color: p.muted } },
      margin: { t: 2 * p.rem, b: 2 * p.rem },
      xaxis: { type: 'category', tickangle: shown.length > p.ticks ? -45 : 0 },
      yaxis: moneyTicks(shown.map((s) => Number(s.amount))),
    },
  }));
}

function list({ rows }) {
  const table = byId('table-rows');
  if (emptyTable('rows', table, !rows.length)) return;
  fillTable(table, {
    caption: 'Orders by source and state, the largest amount first',
    rows,
    key: (r) => `${r.source} ${r.state}`,
    columns: [
      { label: 'Source', cell: (r) => ({ text: name(r.source) }) },
      { label: 'State', cell: (r) => ({ text: name(r.state) }) },
      { label: 'Amount', numeric: true, cell: (r) => ({ text: money(r.amount), value: r.amount, figure: 'row_amount' }) },
      { label: 'Orders', numeric: true, cell: (r) => ({ text: count(r.orders), value: r.orders, figure: 'row_orders' }) },
      { label: 'Pieces', numeric: true, cell: (r) => ({ text: count(r.quantity), value: r.quantity, figure: 'row_quantity' }) },
    ],
  });
}

startShop({
  topic: 'orders',
  tiles: 4,
  about: ({ stream }) => `${plural(stream.read, 'event')} read`,
  show(state) {
    tiles(state);
    if (!runs(state, 'orders')) return;
    donut(state);
    stacked(state);
    list(state);
  },
});
