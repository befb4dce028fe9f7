// The page "Customers": who buys, how lately, how often, for how much.

import { startAnalysis } from './analysis.js';
import { emptyCard } from './batch-charts.js';
import { draw, plain } from './chart.js';
import { byId, setText } from './dom.js';
import { axisMoney, count, date, mean, money, plural, ratio, share } from './format.js';
import { fillRanks } from './ranks.js';
import { fillTable, tableBehind } from './table.js';

/** So many of the drawn customers are in the table. */
const LISTED = 200;
const NOBODY = 'No customer has bought anything yet.';
const SIGNS = ['circle', 'square', 'diamond', 'cross', 'triangle-up', 'x', 'star', 'triangle-down'];

function figures({ coverage, champions }) {
  const least = coverage.customers_without_purchase;
  return [
    { name: 'customers', title: 'Customers', text: count(coverage.customers), value: coverage.customers, note: least ? `Besides ${plural(least, 'customer')} who only returned` : 'With at least one purchase' },
    { name: 'champions', title: 'Champions', text: count(champions.customers), value: champions.customers, note: `${share(champions.customer_share)} of the customers, ${share(champions.revenue_share)} of their revenue` },
    { name: 'customer_revenue', title: 'Revenue of customers', text: money(coverage.customer_revenue), value: coverage.customer_revenue, note: `Of ${money(coverage.revenue)}` },
    { name: 'anonymous_share', title: 'Anonymous revenue', text: share(coverage.anonymous_revenue_share), value: coverage.anonymous_revenue_share, note: `${money(coverage.anonymous_revenue)} has no customer, and is in no segment: ${plural(coverage.anonymous_sales, 'sale')}` },
  ];
}

function bars({ segments }) {
  if (!emptyCard('segment', segments.length ? null : NOBODY)) {
    fillRanks(byId('ranks-segment'), {
      caption: 'Customers by segment',
      heads: ['Segment', 'Customers', 'Share'],
      noun: 'segments',
      rows: segments.map((s) => ({
        key: s.segment,
        name: s.segment,
        size: s.customers,
        cells: [
          { text: count(s.customers), value: s.customers, figure: 'segment_customers' },
          { text: share(s.customer_share), value: s.customer_share, figure: 'segment_customer_share' },
        ],
      })),
    });
  }
  if (emptyCard('worth', segments.length ? null : NOBODY)) return;
  fillRanks(byId('ranks-worth'), {
    caption: 'Value by segment',
    heads: ['Segment', 'Revenue', 'Share'],
    noun: 'segments',
    rows: [...segments].sort((a, b) => Number(b.revenue) - Number(a.revenue)).map((s) => ({
      key: s.segment,
      name: s.segment,
      sub: `${mean(s.avg_monetary)} a customer`,
      size: Number(s.revenue),
      cells: [
        { text: money(s.revenue), value: s.revenue, figure: 'segment_revenue' },
        { text: share(s.revenue_share), value: s.revenue_share, figure: 'segment_revenue_share' },
      ],
    })),
  });
}

function table({ segments }) {
  if (emptyCard('segments', segments.length ? null : NOBODY)) return;
  fillTable(byId('table-segments'), {
    caption: 'Segments of customers',
    rows: segments,
    key: (s) => s.segment,
    columns: [
      { label: 'Segment', fit: true, cell: (s) => ({ text: s.segment }) },
      { label: 'Customers', numeric: true, cell: (s) => ({ text: count(s.customers), value: s.customers }) },
      { label: 'Days since', numeric: true, cell: (s) => ({ text: ratio(s.avg_recency), value: s.avg_recency, figure: 'segment_recency' }) },
      { label: 'Orders', numeric: true, cell: (s) => ({ text: ratio(s.avg_frequency), value: s.avg_frequency, figure: 'segment_frequency' }) },
      { label: 'Money', numeric: true, cell: (s) => ({ text: mean(s.avg_monetary), value: s.avg_monetary, figure: 'segment_monetary' }) },
      { label: 'Revenue', numeric: true, cell: (s) => ({ text: money(s.revenue), value: s.revenue }) },
    ],
  });
}

/** Powers of ten, and between them 2 and 5, that lie in a range. */
function powers(low, high) {
  const all = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power += 1) {
    for (const step of [1, 2, 5]) all.push(step * 10 ** power);
  }
  const within = all.filter((v) => v >= low * 0.7 && v <= high * 1.4);
  return within.length > 9 ? within.filter((v) => Number.isInteger(Math.log10(v))) : within;
}

/** The range of a logarithmic axis that shows all values, with some room. */
function room(values) {
  const [low, high] = [Math.log10(Math.min(...values)), Math.log10(Math.max(...values))];
  const some = 0.05 * (high - low) || 0.5;
  return [low - some, high + some];
}

function scatter({ points, segments, coverage }) {
  const all = points.frequency.map((frequency, i) => ({ frequency, money: Number(points.monetary[i]), text: points.monetary[i], segment: points.segment[i] }));
  const drawn = all.filter((c) => c.money > 0); // the axes are logarithmic
  if (emptyCard('scatter', drawn.length ? null : NOBODY)) return setText(byId('sum-scatter'), '');
  const some = all.length < coverage.customers ? `${count(all.length)} of ${count(coverage.customers)} customers, evenly chosen, and those with the most money` : `Each point is a customer: ${count(all.length)}`;
  const less = all.length - drawn.length;
  setText(byId('sum-scatter'), `${some}. Orders to the right, money upwards, both by powers of ten${less ? `; ${plural(less, 'customer')} with nothing left after returns cannot be drawn` : ''}.`);
  const listed = [...drawn].sort((a, b) => b.money - a.money).slice(0, LISTED);
  tableBehind(byId('alt-scatter'), {
    caption: listed.length < drawn.length ? `The ${listed.length} with the most money` : 'Customers by money',
    rows: listed,
    columns: [
      { label: 'Segment', cell: (c) => ({ text: segments[c.segment]?.segment ?? '–' }) },
      { label: 'Orders', numeric: true, cell: (c) => ({ text: count(c.frequency), value: c.frequency, figure: 'point_orders' }) },
      { label: 'Money', numeric: true, cell: (c) => ({ text: money(c.text), value: c.text, figure: 'point_money' }) },
    ],
  });
  const orders = drawn.map((c) => c.frequency);
  const sums = drawn.map((c) => c.money);
  const x = powers(Math.min(...orders), Math.max(...orders));
  const y = powers(Math.min(...sums), Math.max(...sums));
  return draw(byId('plot-scatter'), (p) => ({
    traces: segments.map((segment, i) => {
      const own = drawn.filter((c) => c.segment === i);
      return {
        type: 'scatter',
        mode: 'markers',
        name: plain(segment.segment),
        x: own.map((c) => c.frequency),
        y: own.map((c) => c.money),
        marker: { color: p.series[i % 8], symbol: SIGNS[i % 8], size: 6, opacity: 0.65 },
        customdata: own.map((c) => [plural(c.frequency, 'order'), money(c.text)]),
        hovertemplate: `${plain(segment.segment)}<br><b>%{customdata[1]}</b><br>%{customdata[0]}<extra></extra>`,
      };
    }).filter((trace) => trace.x.length),
    layout: {
      hovermode: 'closest',
      showlegend: true,
      legend: { orientation: 'h', x: 0, y: 1.02, yanchor: 'bottom', font: { color: p.muted }, itemsizing: 'constant', itemclick: false, itemdoubleclick: false, ...(p.ticks < 6 ? { entrywidth: 0.5, entrywidthmode: 'fraction' } : {}) },
      margin: { t: 2 * p.rem, b: 2.6 * p.rem },
      xaxis: { type: 'log', range: room(orders), tickvals: x, ticktext: x.map((v) => count(v)), showgrid: true, title: { text: 'Orders', standoff: 6, font: { color: p.muted, size: 0.75 * p.rem } } },
      yaxis: { type: 'log', range: room(sums), tickvals: y, ticktext: y.map(axisMoney) },
    },
  }));
}

startAnalysis({
  topic: 'customers',
  tiles: 4,
  about: ({ as_of: day }) => `By recency, frequency and money, looked back from ${date(day)}`,
  figures,
  show(state) {
    bars(state);
    table(state);
    scatter(state);
  },
});
