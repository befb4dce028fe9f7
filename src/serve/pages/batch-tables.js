// The rankings and the sample rows of the page "Sales".

import { byId, setText } from './dom.js';
import { emptyCard } from './batch-charts.js';
import { date, money, name, percent, plural } from './format.js';
import { fillRanks } from './ranks.js';
import { fillTable } from './table.js';

const NOTHING = 'No records in this period.';

/** The ten products with the most revenue. */
export function showProducts({ top_products: rows }) {
  if (emptyCard('product', rows.length ? null : NOTHING)) return;
  fillRanks(byId('ranks-product'), {
    caption: 'Top 10 products by revenue',
    heads: ['Product', 'Revenue'],
    noun: 'products',
    first: 10,
    rows: rows.map((r) => ({
      key: r.product,
      name: name(r.product),
      sub: [r.category === null ? null : name(r.category), r.units === null ? null : plural(r.units, 'unit')].filter(Boolean).join(', '),
      size: Number(r.revenue),
      cells: [{ text: money(r.revenue), value: r.revenue, figure: 'product_revenue' }],
    })),
  });
}

function grouping(id, noun, rows, title) {
  byId(`card-${id}`).hidden = rows === null;
  if (rows === null || emptyCard(id, rows.length ? null : NOTHING)) return;
  fillRanks(byId(`ranks-${id}`), {
    caption: `Revenue by ${id}`,
    heads: [id[0].toUpperCase() + id.slice(1), 'Revenue', 'Share'],
    noun,
    rows: rows.map((r) => ({
      key: r[id],
      name: title(r),
      sub: `${plural(r.sales, 'sale')}, ${money(r.returned)} returned`,
      size: Number(r.revenue),
      cells: [
        { text: money(r.revenue), value: r.revenue, figure: `${id}_revenue` },
        { text: percent(r.share), value: r.share, figure: `${id}_share` },
      ],
    })),
  });
}

/** Stores, categories and countries; a card goes when the input lacks its column. */
export function showGroupings({ by_store: stores, by_category: categories, by_country: countries }) {
  grouping('store', 'stores', stores, (r) => (r.city ? `${name(r.store)}, ${r.city}` : name(r.store)));
  grouping('category', 'categories', categories, (r) => name(r.category));
  grouping('country', 'countries', countries, (r) => name(r.country));
}

/** Returns by category, the largest sum first. */
export function showReturns({ by_category: rows }) {
  byId('card-returns').hidden = rows === null;
  if (rows === null) return;
  const returned = rows.filter((r) => Number(r.returned) !== 0).sort((a, b) => Number(b.returned) - Number(a.returned));
  if (emptyCard('returns', returned.length ? null : 'No returns in this period.')) return;
  fillRanks(byId('ranks-returns'), {
    caption: 'Returns by category',
    heads: ['Category', 'Returned', 'Rate'],
    noun: 'categories',
    rows: returned.map((r) => ({
      key: r.category,
      name: name(r.category),
      size: Number(r.returned),
      cells: [
        { text: money(r.returned), value: r.returned, figure: 'category_returned' },
        { text: percent(r.return_rate), value: r.return_rate, figure: 'category_return_rate' },
      ],
    })),
  });
}

/** Rows of the output as they are in the file. */
export function showSample({ sample: rows }) {
  setText(byId('sum-sample'), rows.length ? `The ${rows.length} newest, one row for each day and product` : '');
  if (emptyCard('sample', rows.length ? null : NOTHING)) return;
  fillTable(byId('table-sample'), {
    caption: 'Sample Output Rows',
    rows,
    key: (r) => `${r.order_date} ${r.product}`,
    columns: [
      { label: 'Day', fit: true, cell: (r) => ({ text: date(r.order_date) }) },
      { label: 'Product', cell: (r) => ({ text: name(r.product) }) },
      { label: 'Total', numeric: true, cell: (r) => ({ text: money(r.total_amount), value: r.total_amount, figure: 'sample_amount' }) },
    ],
  });
}
