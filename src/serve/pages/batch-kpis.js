// The key figures at the head of the page "Sales".

import { byId, fill, make, setFigure, setText } from './dom.js';
import { count, dateRange, money, percent, percentChange, plural } from './format.js';

/** Shapes of the cards while the first answer is on its way. */
export function kpiSkeletons() {
  fill(byId('kpis'), ...['Revenue', 'Sales', 'Average sale', 'Returns', 'Products'].map((title, i) => card(title, i)));
}

function card(title, i) {
  return make('div', { class: i ? 'card kpi' : 'card kpi first' },
    make('dt', {}, title),
    make('dd', { class: 'value' }, make('div', { class: 'skeleton value' })),
    make('dd', { class: 'note' }, make('div', { class: 'skeleton note' })));
}

/** Shows the key figures of a report. */
export function showKpis({ kpis, previous }) {
  const cards = byId('kpis').children;
  put(cards[0], 'revenue', money(kpis.revenue), kpis.revenue, change(previous));
  put(cards[1], 'sales', count(kpis.sales), kpis.sales, [
    'Gross ', figure('gross', money(kpis.gross), kpis.gross),
  ]);
  put(cards[2], 'average_sale', money(kpis.average_sale), kpis.average_sale, ['Gross sales by number of sales']);
  put(cards[3], 'returned', money(kpis.returned), kpis.returned, [
    ...(kpis.returns === null ? [] : [figure('returns', plural(kpis.returns, 'return'), kpis.returns)]),
    ...(kpis.return_rate === null ? [] : [', ', figure('return_rate', percent(kpis.return_rate), kpis.return_rate), ' of gross']),
  ]);
  put(cards[4], 'products', count(kpis.products), kpis.products, [
    ...(kpis.units === null || kpis.units === undefined ? [] : [figure('units', plural(kpis.units, 'unit'), kpis.units), ' net, ']),
    'on ', figure('days', plural(kpis.days, 'day'), kpis.days),
  ]);
}

const figure = (name, text, value) => make('span', { 'data-figure': name, 'data-value': String(value) }, text);

function put(node, name, text, value, note) {
  const [, big, small] = node.children;
  if (big.firstElementChild) fill(big);
  setFigure(big, name, text, value);
  big.style.setProperty('--long', text.length);
  fill(small, ...note);
}

function change(previous) {
  if (!previous) return ['No earlier days to compare with'];
  const before = `${dateRange(previous.from, previous.to)}: ${money(previous.revenue)}`;
  const days = (Date.parse(previous.to) - Date.parse(previous.from)) / 86_400_000 + 1;
  if (previous.change === null) return [before];
  const down = previous.change.startsWith('-');
  const none = Number(previous.change) === 0;
  const mark = none ? '' : down ? '▼ ' : '▲ ';
  const value = make('span', {
    class: none ? '' : down ? 'down' : 'up', 'data-figure': 'revenue_change', 'data-value': previous.change, title: before,
  }, make('span', { 'aria-hidden': 'true' }, mark), percentChange(previous.change));
  return [value, days === 1 ? ' against the day before' : ` against the ${days} days before`, make('span', { class: 'sr-only' }, `, ${before}`)];
}

/** Shows how the records of the run were taken. */
export function showQuality({ quality }) {
  const item = (name, label) => make('div', {},
    make('b', { 'data-figure': name, 'data-value': String(quality[name]) }, count(quality[name])), make('span', {}, label));
  const sign = (text) => make('i', {}, text);
  fill(byId('quality'),
    item('read', 'read'), sign('='), item('accepted', 'accepted'), sign('+'), item('rejected', 'rejected'), sign('+'),
    item('duplicates', 'duplicates'),
    quality.non_sales ? make('p', { class: 'part muted small' },
      'Of the accepted, ', make('span', { 'data-figure': 'non_sales', 'data-value': String(quality.non_sales) }, count(quality.non_sales)),
      ' are no sales (restocks).') : null);
}

/** Shows the sentences on what the input lacks. */
export function showNotes({ notes }) {
  byId('card-notes').hidden = !notes?.length;
  fill(byId('notes'), ...(notes ?? []).map((text) => make('li', {}, text)));
}

/** Shows which days and which run the figures are of. */
export function showRun({ range, kpis, run }, finished) {
  const days = range.from ? (Date.parse(range.to) - Date.parse(range.from)) / 86_400_000 + 1 : 0;
  const gaps = days === kpis.days ? '' : `, ${plural(kpis.days, 'day')} with records`;
  setText(byId('period'), days > 0 ? `${dateRange(range.from, range.to)}${gaps}` : 'No days');
  setText(byId('run'), run ? `Run ${run.run_id}, finished ${finished}` : 'Written by another program');
}
