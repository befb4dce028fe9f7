// The page "Products": thirty days of every product, and its place among the others.

import { startAnalysis, told } from './analysis.js';
import { emptyCard } from './batch-charts.js';
import { draw, moneyTicks, plain, short } from './chart.js';
import { byId, setText } from './dom.js';
import { count, date, mean, money, name, plural, ratio, share } from './format.js';
import { fillRanks } from './ranks.js';
import { fillTable, tableBehind } from './table.js';

const NOTHING = 'Nothing was sold in these days.';
/** From a revenue a day above this on, a product is a rising star. */
const STAR = '1000.00';
const RATINGS = ['Excellent', 'Good', 'Average', 'Below Average', ''];
/** So many categories have a bar of their own. */
const BARS = 15;

function figures({ products, revenue, units, star_count: stars, categories, category_count: groups }) {
  const first = categories[0];
  return [
    { name: 'revenue', title: 'Revenue', text: money(revenue), value: revenue, note: 'Of 30 days, sales less returns' },
    { name: 'products', title: 'Products', text: count(products), value: products, note: units === null ? 'The input tells no quantities' : `${plural(units, 'unit')} sold, net` },
    { name: 'stars', title: 'Rising stars', text: count(stars), value: stars, note: `More than ${money(STAR)} on a day with a sale` },
    { name: 'first_category', title: 'First category', text: first ? told(first.category) : '–', value: first?.category, note: first ? `${money(first.total_revenue)}, of ${plural(groups, 'category', 'categories')}` : '' },
  ];
}

const product = { label: 'Product', cell: (r) => ({ text: name(r.product_name) }) };
const category = { label: 'Category', cell: (r) => ({ text: told(r.category), value: r.category }) };
const revenue = (figure) => ({ label: 'Revenue', numeric: true, cell: (r) => ({ text: money(r.total_revenue), value: r.total_revenue, figure }) });

function list(id, rows, caption) {
  if (emptyCard(id, rows.length ? null : NOTHING)) return;
  fillTable(byId(`table-${id}`), {
    caption,
    rows,
    key: (r) => r.product_id,
    columns: [
      product,
      category,
      revenue(`${id}_revenue`),
      { label: 'Units', numeric: true, cell: (r) => ({ text: count(r.units_sold), value: r.units_sold, figure: `${id}_units` }) },
      { label: 'Score', numeric: true, cell: (r) => ({ text: ratio(r.performance_score), value: r.performance_score, figure: `${id}_score` }) },
      { label: 'In category', numeric: true, cell: (r) => ({ text: count(r.rank_in_category), value: r.rank_in_category, figure: `${id}_rank` }) },
      { label: 'Rating', cell: (r) => ({ text: r.performance_rating ?? '–', value: r.performance_rating, figure: `${id}_rating` }) },
    ],
  });
}

function stars({ stars: rows, star_count: all }) {
  const some = rows.length < all ? `The first ${rows.length} of ${plural(all, 'product')}` : plural(all, 'product');
  setText(byId('sum-stars'), `${all ? some : 'Products'} with more than ${money(STAR)} a day, over the days with a sale`);
  if (emptyCard('stars', rows.length ? null : 'None in these 30 days.')) return;
  fillTable(byId('table-stars'), {
    caption: 'Rising stars, the largest revenue a day first',
    rows,
    key: (r) => r.product_id,
    columns: [
      product,
      category,
      { label: 'A day', numeric: true, cell: (r) => ({ text: mean(r.revenue_per_day), value: r.revenue_per_day, figure: 'star_per_day' }) },
      { label: 'Days', numeric: true, cell: (r) => ({ text: count(r.days_sold), value: r.days_sold }) },
      revenue('star_revenue'),
    ],
  });
}

function ratings({ ratings: sums, products, revenue: all }) {
  const rows = RATINGS.filter((rating) => sums[rating]);
  if (emptyCard('rating', rows.length ? null : NOTHING)) return;
  fillRanks(byId('ranks-rating'), {
    caption: 'Products by rating',
    heads: ['Rating', 'Products'],
    noun: 'ratings',
    rows: rows.map((rating) => ({
      key: rating,
      name: rating || 'without a rating',
      sub: `${money(sums[rating].revenue)} of ${money(all)}`,
      size: sums[rating].products,
      cells: [{ text: `${count(sums[rating].products)} of ${count(products)}`, value: sums[rating].products, figure: 'rating_products' }],
    })),
  });
}

function bars({ categories, category_count: all }) {
  if (emptyCard('share', categories.length ? null : NOTHING)) return setText(byId('sum-share'), '');
  const rows = categories.slice(0, BARS);
  setText(byId('sum-share'), `${rows.length < all ? `The first ${rows.length} of ${plural(all, 'category', 'categories')}` : plural(all, 'category', 'categories')}; first is ${told(rows[0].category)} with ${share(rows[0].revenue_share)}`);
  tableBehind(byId('alt-share'), {
    caption: 'Revenue by category',
    rows: categories,
    key: (c) => told(c.category),
    columns: [
      { label: 'Category', cell: (c) => ({ text: told(c.category) }) },
      { label: 'Revenue', numeric: true, cell: (c) => ({ text: money(c.total_revenue), value: c.total_revenue }) },
      { label: 'Share', numeric: true, cell: (c) => ({ text: share(c.revenue_share), value: c.revenue_share }) },
    ],
  });
  const values = rows.map((c) => Number(c.total_revenue));
  return draw(byId('plot-share'), (p) => {
    const { tickvals, ticktext, range } = moneyTicks(values, Math.max(2, p.ticks - 3));
    return {
      traces: [{
        type: 'bar',
        orientation: 'h',
        x: values,
        y: rows.map((_, i) => i),
        marker: { color: values.map((v) => (v < 0 ? p.bad : p.mark)), cornerradius: 3 },
        customdata: rows.map((c) => [plain(told(c.category)), money(c.total_revenue), `${share(c.revenue_share)}, ${c.performance_rating ?? 'without a rating'}`]),
        hovertemplate: '%{customdata[0]}<br><b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>',
      }],
      layout: { bargap: 0.25, hovermode: 'closest', xaxis: { tickmode: 'array', tickvals, ticktext, range, showgrid: true }, yaxis: { tickvals: rows.map((_, i) => i), ticktext: rows.map((c) => plain(short(told(c.category), 22))), autorange: 'reversed', showgrid: false, zeroline: false } },
    };
  });
}

function matrix({ categories: rows, category_count: all }) {
  setText(byId('sum-categories'), rows.length < all ? `The first ${rows.length} of ${plural(all, 'category', 'categories')}, by revenue` : 'By revenue; rated by share of all revenue as products are');
  if (emptyCard('categories', rows.length ? null : NOTHING)) return;
  fillTable(byId('table-categories'), {
    caption: 'Categories by revenue',
    rows,
    key: (r) => told(r.category),
    columns: [
      { label: 'Category', cell: (r) => ({ text: told(r.category) }) },
      revenue('category_revenue'),
      { label: 'Share', numeric: true, cell: (r) => ({ text: share(r.revenue_share), value: r.revenue_share, figure: 'category_share' }) },
      { label: 'Orders', numeric: true, cell: (r) => ({ text: count(r.total_transactions), value: r.total_transactions }) },
      { label: 'Average', numeric: true, cell: (r) => ({ text: mean(r.avg_order_value), value: r.avg_order_value }) },
      { label: 'Products', numeric: true, cell: (r) => ({ text: count(r.products), value: r.products }) },
      { label: 'Rating', fit: true, cell: (r) => ({ text: r.performance_rating ?? '–' }) },
      { label: 'First product', cell: (r) => ({ text: r.leader === null ? '–' : name(r.leader) }) },
    ],
  });
}

startAnalysis({
  topic: 'products',
  tiles: 4,
  about: ({ as_of: day }) => `The 30 days that end with ${date(day)}`,
  figures,
  show(state) {
    list('top', state.top, 'Top 10 products by revenue');
    list('bottom', state.bottom, 'Bottom 10 products by revenue');
    stars(state);
    ratings(state);
    matrix(state);
    bars(state);
  },
});
