// The page "Stores": every store beside the others, and what a square foot of it brings.

import { startAnalysis, told } from './analysis.js';
import { emptyCard } from './batch-charts.js';
import { draw, moneyTicks, plain, short } from './chart.js';
import { byId, setText } from './dom.js';
import { count, mean, money, plural, score } from './format.js';
import { fillRanks } from './ranks.js';
import { fillTable, tableBehind } from './table.js';

const UNSIZED = 'No store has its size in the master data: stores.csv of --master.';
const label = (s) => told(s.store_name ?? s.store_id);

function figures({ stores, store_count: all, total, avg_transaction_value: each, revenue_per_sqft: foot }) {
  const first = stores[0];
  return [
    { name: 'store_revenue_total', title: 'Revenue of stores', text: money(total.revenue), value: total.revenue, note: 'Sales less returns that name a store' },
    { name: 'stores', title: 'Stores', text: count(all), value: all, note: `${count(total.transactions)} orders` },
    { name: 'first_store', title: 'First store', text: first ? told(first.store_id) : '–', value: first?.store_id, note: first ? `${label(first)}, ${money(first.total_revenue)}` : 'No store yet' },
    { name: 'store_average', title: 'Average order', text: mean(each), value: each, note: 'Revenue by orders, of all stores' },
    { name: 'store_sqft', title: 'Per square foot', text: mean(foot), value: foot, note: total.sized ? `Of ${plural(total.sized, 'store')}, ${count(total.square_feet)} square feet` : 'No sizes are known' },
  ];
}

const sized = ({ stores }) => stores.filter((s) => s.revenue_per_sqft !== null);

function perFoot(state) {
  const rows = sized(state).sort((a, b) => a.efficiency_rank - b.efficiency_rank);
  if (emptyCard('sqft', rows.length ? null : UNSIZED)) return setText(byId('sum-sqft'), '');
  setText(byId('sum-sqft'), 'Over all days; the most first');
  fillRanks(byId('ranks-sqft'), {
    caption: 'Stores by revenue per square foot',
    heads: ['Store', 'Per sq ft'],
    noun: 'stores',
    first: 10,
    rows: rows.map((s) => ({
      key: s.store_id,
      name: label(s),
      sub: `${count(s.store_size)} sq ft, ${money(s.total_revenue)}`,
      size: Number(s.revenue_per_sqft),
      cells: [{ text: mean(s.revenue_per_sqft), value: s.revenue_per_sqft, figure: 'sqft_revenue' }],
    })),
  });
}

function sizes(state) {
  const rows = sized(state);
  if (emptyCard('size', rows.length ? null : UNSIZED)) return setText(byId('sum-size'), '');
  setText(byId('sum-size'), 'Each point is a store: square feet to the right, revenue upwards; the line is what all of them bring per square foot');
  tableBehind(byId('alt-size'), {
    caption: 'Size and revenue of stores',
    rows,
    key: (s) => s.store_id,
    columns: [
      { label: 'Store', cell: (s) => ({ text: label(s) }) },
      { label: 'Sq ft', numeric: true, cell: (s) => ({ text: count(s.store_size), value: s.store_size, figure: 'size_feet' }) },
      { label: 'Revenue', numeric: true, cell: (s) => ({ text: money(s.total_revenue), value: s.total_revenue, figure: 'size_revenue' }) },
    ],
  });
  const [feet, values] = [rows.map((s) => s.store_size), rows.map((s) => Number(s.total_revenue))];
  const most = Math.max(...feet) * 1.05;
  const slope = Number(state.revenue_per_sqft);
  return draw(byId('plot-size'), (p) => ({
    traces: [
      { type: 'scatter', mode: 'lines', x: [0, most], y: [0, slope * most], line: { color: p.edge, width: 1.5, dash: 'dash' }, hoverinfo: 'skip' },
      {
        type: 'scatter',
        mode: rows.length > 12 || p.ticks < 6 ? 'markers' : 'markers+text',
        x: feet,
        y: values,
        text: rows.map((s) => plain(short(s.store_id, 12))),
        textposition: 'top center',
        textfont: { color: p.muted },
        cliponaxis: false,
        marker: { color: p.mark, size: 11, opacity: 0.85 },
        customdata: rows.map((s) => [plain(label(s)), money(s.total_revenue), `${count(s.store_size)} sq ft, ${mean(s.revenue_per_sqft)} each`]),
        hovertemplate: '%{customdata[0]}<br><b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>',
      },
    ],
    layout: {
      hovermode: 'closest',
      margin: { b: 2.6 * p.rem },
      xaxis: { range: [0, most], nticks: p.ticks, showgrid: true, separatethousands: true, tickformat: ',', title: { text: 'Square feet', standoff: 6, font: { color: p.muted, size: 0.75 * p.rem } } },
      yaxis: moneyTicks(values),
    },
  }));
}

function table({ stores: rows, store_count: all }) {
  setText(byId('sum-stores'), `${rows.length < all ? `The first ${rows.length} of ${plural(all, 'store')}` : plural(all, 'store')} by revenue. The score is the mean of both places, from above 0 to 100`);
  if (emptyCard('stores', rows.length ? null : 'No store has sold anything yet.')) return;
  fillTable(byId('table-stores'), {
    caption: 'Store performance',
    rows,
    key: (s) => s.store_id,
    columns: [
      { label: 'Store', cell: (s) => ({ text: label(s) }) },
      { label: 'Region', cell: (s) => ({ text: told(s.store_region) }) },
      { label: 'Revenue', numeric: true, cell: (s) => ({ text: money(s.total_revenue), value: s.total_revenue, figure: 'store_revenue' }) },
      { label: 'Place', numeric: true, cell: (s) => ({ text: count(s.revenue_rank), value: s.revenue_rank, figure: 'store_rank' }) },
      { label: 'Orders', numeric: true, cell: (s) => ({ text: count(s.total_transactions), value: s.total_transactions, figure: 'store_orders' }) },
      { label: 'Average', numeric: true, cell: (s) => ({ text: mean(s.avg_transaction_value), value: s.avg_transaction_value }) },
      { label: 'Customers', numeric: true, cell: (s) => ({ text: count(s.unique_customers), value: s.unique_customers, figure: 'store_customers' }) },
      { label: 'Returned', numeric: true, cell: (s) => ({ text: money(s.returned_value), value: s.returned_value }) },
      { label: 'Sq ft', numeric: true, cell: (s) => ({ text: count(s.store_size), value: s.store_size }) },
      { label: 'Per sq ft', numeric: true, cell: (s) => ({ text: mean(s.revenue_per_sqft), value: s.revenue_per_sqft }) },
      { label: 'Place', numeric: true, cell: (s) => ({ text: count(s.efficiency_rank), value: s.efficiency_rank, figure: 'store_efficiency' }) },
      { label: 'Score', numeric: true, cell: (s) => ({ text: score(s.overall_score), value: s.overall_score, figure: 'store_score' }) },
    ],
  });
}

startAnalysis({
  topic: 'stores',
  tiles: 5,
  about: () => 'Over all days of the input',
  figures,
  show(state) {
    perFoot(state);
    table(state);
    sizes(state);
  },
});
