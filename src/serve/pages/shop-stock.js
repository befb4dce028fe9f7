// The page "Stock": how many products stand how, and those with the least.

import { byId, setText } from './dom.js';
import { count, moment, percent, plural } from './format.js';
import { emptyTable, runs, showTiles, startShop } from './shop.js';
import { showAlerts } from './shop-alert-list.js';
import { stock, stockWords } from './shop-badge.js';
import { fillTable } from './table.js';

const STATUSES = ['OUT_OF_STOCK', 'LOW_STOCK', 'IN_STOCK'];

function tiles(state) {
  const { stock: board, counts } = state;
  const job = 'inventory';
  const status = board?.status ?? {};
  const names = [...STATUSES, ...Object.keys(status).filter((name) => !STATUSES.includes(name))];
  const all = Object.values(status).reduce((a, b) => a + b, 0);
  const alerts = (counts ?? []).reduce((n, c) => n + c.count, 0);
  showTiles(state, [
    { name: 'stocks', job, title: 'Stocks that are known', text: count(all), value: all, note: 'Shops and their products' },
    ...names.map((name) => ({
      name: `stock_${name.toLowerCase()}`, job, title: name, node: () => stock(name),
      text: count(status[name] ?? 0), value: status[name] ?? 0,
      note: all ? `${percent(((status[name] ?? 0) * 100 / all).toFixed(1))} of them` : '',
    })),
    { name: 'stock_alerts', job, title: 'Alerts', text: count(alerts), value: alerts, note: 'Since the stream began' },
  ]);
}

function least({ stock: board }) {
  const table = byId('table-least');
  const rows = board?.lowest ?? [];
  if (emptyTable('least', table, !rows.length)) return;
  setText(byId('sum-least'), `The ${plural(rows.length, 'lowest stock')} against ${rows.length === 1 ? 'its' : 'their'} reorder level, lowest first`);
  fillTable(table, {
    caption: 'Products with the least stock',
    rows,
    key: (r) => `${r.store_id ?? ''} ${r.product_id}`,
    columns: [
      { label: 'Product', cell: (r) => ({ text: r.product_id ?? '–' }) },
      { label: 'Store', cell: (r) => ({ text: r.store_id ?? '–' }) },
      { label: 'Stock', numeric: true, cell: (r) => ({ text: count(r.stock), value: r.stock, figure: 'stock' }) },
      { label: 'Status', cell: (r) => ({ text: stockWords(r.stock_status)[1], node: () => stock(r.stock_status), value: r.stock_status, figure: 'stock_status' }) },
      { label: 'Reorder at', numeric: true, cell: (r) => ({ text: count(r.reorder_level) }) },
      { label: 'Maximum', numeric: true, cell: (r) => ({ text: count(r.max_stock) }) },
      { label: 'Changed (UTC)', fit: true, cell: (r) => ({ text: moment(r.updated_at) }) },
    ],
  });
}

startShop({
  topic: 'stock',
  tiles: 5,
  about: (state) => (runs(state, 'inventory') ? `Stock by event time, final up to ${moment(state.jobs.inventory.watermark)} UTC` : 'From stock levels, sales and restocks'),
  show(state) {
    tiles(state);
    if (!runs(state, 'inventory')) return;
    least(state);
    byId('empty-feed').hidden = state.alerts.length > 0;
    byId('feed').parentElement.hidden = !state.alerts.length;
    showAlerts(byId('feed'), state.alerts);
  },
});
