// The page "Returns": how much comes back, of which categories and products.

import { startAnalysis, told } from './analysis.js';
import { emptyCard } from './batch-charts.js';
import { draw, plain, short } from './chart.js';
import { byId, setText } from './dom.js';
import { count, money, name, percent, plural, share } from './format.js';
import { fillRanks } from './ranks.js';
import { fillTable, tableBehind } from './table.js';

const NOTHING = 'Nothing has come back.';
const STEPS = { sold: 'Sold', kept: 'Kept', returned: 'Came back' };
/** So many categories have a bar of their own. */
const BARS = 15;

function figures({ total, return_rate: rate, value_rate: value, products, returned_products: back }) {
  return [
    { name: 'returned', title: 'Money given back', text: money(total.returned), value: total.returned, note: `Of ${money(total.gross)}: ${percent(value)}` },
    { name: 'return_rate', title: 'Return rate', text: percent(rate), value: rate, note: `${plural(total.return_count, 'return')} to ${plural(total.sales_count, 'sale')}, by lines` },
    { name: 'net', title: 'Net revenue', text: money(total.net), value: total.net, note: 'Sales less returns' },
    { name: 'returned_products', title: 'Products', text: count(back), value: back, note: `Of ${count(products)} came something back` },
  ];
}

function funnel({ funnel: steps, total }) {
  if (emptyCard('funnel', total.sales_count || total.return_count ? null : 'Nothing was sold yet.')) return;
  fillRanks(byId('ranks-funnel'), {
    caption: 'From sold to kept',
    heads: ['Step', 'Money', 'Share'],
    noun: 'steps',
    rows: steps.map((s) => ({
      key: s.step,
      name: STEPS[s.step],
      sub: `${plural(s.count, 'line')}, ${percent(s.count_share)}`,
      subFigure: { name: 'funnel_count', value: s.count },
      size: Number(s.amount),
      cells: [
        { text: money(s.amount), value: s.amount, figure: 'funnel_amount' },
        { text: percent(s.amount_share), value: s.amount_share, figure: 'funnel_share' },
      ],
    })),
  });
}

function rates({ categories }) {
  const all = categories.filter((c) => c.return_rate_pct !== null && c.return_count);
  if (emptyCard('rates', all.length ? null : NOTHING)) return setText(byId('sum-rates'), '');
  all.sort((a, b) => Number(b.return_rate_pct) - Number(a.return_rate_pct));
  const rows = all.slice(0, BARS);
  tableBehind(byId('alt-rates'), {
    caption: 'Return rate by category, the highest first',
    rows: all,
    key: (c) => told(c.category),
    columns: [
      { label: 'Category', cell: (c) => ({ text: told(c.category) }) },
      { label: 'Rate', numeric: true, cell: (c) => ({ text: share(c.return_rate_pct), value: c.return_rate_pct, figure: 'rates_rate' }) },
      { label: 'Returns', numeric: true, cell: (c) => ({ text: count(c.return_count), value: c.return_count, figure: 'rates_returns' }) },
      { label: 'Sales', numeric: true, cell: (c) => ({ text: count(c.sales_count), value: c.sales_count }) },
    ],
  });
  setText(byId('sum-rates'), `Returns to sales, by lines; highest is ${told(rows[0].category)} with ${share(rows[0].return_rate_pct)}${rows.length < all.length ? `. The first ${rows.length} of ${all.length}` : ''}`);
  return draw(byId('plot-rates'), (p) => ({
    traces: [{
      type: 'bar',
      orientation: 'h',
      x: rows.map((c) => Number(c.return_rate_pct)),
      y: rows.map((_, i) => i),
      marker: { color: p.mark, cornerradius: 3 },
      customdata: rows.map((c) => [plain(told(c.category)), share(c.return_rate_pct), `${plural(c.return_count, 'return')} to ${plural(c.sales_count, 'sale')}`]),
      hovertemplate: '%{customdata[0]}<br><b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>',
    }],
    layout: {
      bargap: 0.25,
      hovermode: 'closest',
      xaxis: { ticksuffix: ' %', showgrid: true, rangemode: 'tozero', nticks: p.ticks },
      yaxis: { tickvals: rows.map((_, i) => i), ticktext: rows.map((c) => plain(short(told(c.category), 22))), autorange: 'reversed', showgrid: false, zeroline: false },
    },
  }));
}

function values({ categories, category_count: all }) {
  const rows = categories.filter((c) => c.return_count);
  setText(byId('sum-categories'), `The largest first; ${plural(all, 'category', 'categories')} in all`);
  if (emptyCard('categories', rows.length ? null : NOTHING)) return;
  fillRanks(byId('ranks-categories'), {
    caption: 'Returned value by category',
    heads: ['Category', 'Given back', 'Of sales'],
    noun: 'categories',
    first: 10,
    rows: rows.map((c) => ({
      key: told(c.category),
      name: told(c.category),
      sub: `${plural(c.return_count, 'return')} to ${plural(c.sales_count, 'sale')}: ${share(c.return_rate_pct)}`,
      subFigure: { name: 'category_rate', value: c.return_rate_pct },
      size: Number(c.total_return_value),
      cells: [
        { text: money(c.total_return_value), value: c.total_return_value, figure: 'category_returned' },
        { text: share(c.value_rate_pct), value: c.value_rate_pct, figure: 'category_value_rate' },
      ],
    })),
  });
}

function products(id, rows, caption, none) {
  if (emptyCard(id, rows.length ? null : none)) return;
  fillTable(byId(`table-${id}`), {
    caption,
    rows,
    key: (r) => r.product,
    columns: [
      { label: 'Product', cell: (r) => ({ text: name(r.product) }) },
      { label: 'Category', cell: (r) => ({ text: told(r.category), value: r.category }) },
      { label: 'Rate', numeric: true, cell: (r) => ({ text: share(r.return_rate_pct), value: r.return_rate_pct, figure: `${id}_rate` }) },
      { label: 'Returns', numeric: true, cell: (r) => ({ text: count(r.return_count), value: r.return_count, figure: `${id}_returns` }) },
      { label: 'Sales', numeric: true, cell: (r) => ({ text: count(r.sales_count), value: r.sales_count }) },
      { label: 'Given back', numeric: true, cell: (r) => ({ text: money(r.total_return_value), value: r.total_return_value, figure: `${id}_value` }) },
    ],
  });
}

startAnalysis({
  topic: 'returns',
  tiles: 4,
  about: () => 'Over all days of the input',
  figures,
  show(state) {
    funnel(state);
    values(state);
    const enough = `at least ${state.least_sales} sales`;
    setText(byId('sum-rate'), `Of those with ${enough}, the highest rate first`);
    products('rate', state.by_rate, 'Products by return rate', `Nothing with ${enough} has come back.`);
    products('value', state.by_value, 'Products by returned value', NOTHING);
    rates(state);
  },
});
