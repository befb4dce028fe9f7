// The tiles and the health list of the page "Live".

import { byId, fill, make, setFigure, setText } from './dom.js';
import { clock, count, duration, instant, money, plural, rate } from './format.js';

const TILES = [
  ['latest_revenue', 'Revenue (latest window)'],
  ['latest_window', 'Latest window'],
  ['products', 'Active products'],
  ['tracked_windows', 'Tracked windows'],
  ['covered_revenue', 'Revenue, each sale once'],
];

const FACTS = [
  ['rate', 'Events a second'],
  ['read', 'Records read'],
  ['watermark', 'Watermark (UTC)'],
  ['lag', 'Behind the source'],
  ['late', 'Late records'],
  ['late_revenue', 'Late revenue, missed in windows'],
  ['rejected', 'Rejected records'],
  ['open_windows', 'Open windows'],
  ['written_rows', 'Rows written'],
];

/** Shapes of the tiles while the first state is on its way. */
export function tileSkeletons() {
  fill(byId('tiles'), ...TILES.map(([, title], i) => make('div', { class: i ? 'card kpi' : 'card kpi first' },
    make('dt', {}, title),
    make('dd', { class: 'value' }, make('div', { class: 'skeleton value' })),
    make('dd', { class: 'note' }, make('div', { class: 'skeleton note' })))));
  fill(byId('health'), ...FACTS.flatMap(([, title]) => [make('dt', {}, title), make('dd', {}, '–')]));
}

function put(i, text, value, note, state = null) {
  const [, big, small] = byId('tiles').children[i].children;
  if (big.firstElementChild) fill(big);
  setFigure(big, TILES[i][0], text, value);
  big.style.setProperty('--long', text.length);
  if (!small.querySelector('.words')) {
    fill(small, make('span', { class: 'pill tiny', 'data-status': 'open' }, 'so far'), ' ', make('span', { class: 'words' }));
  }
  small.firstChild.hidden = state !== 'open';
  setText(small.lastChild, note);
}

/** "18:15–19:15", with the day where it is needed. */
export const span = (w) => `${clock(w.start)}–${clock(w.end)}`;

/** Shows the tiles. */
export function showTiles({ latest, covered, products, tracked_windows: tracked, window: size }) {
  if (latest) {
    put(0, money(latest.revenue), latest.revenue, `Rolling ${duration(size.size_seconds)}, ${plural(latest.products, 'product')}`, latest.state);
    put(1, span(latest), latest.end, `${instant(latest.start).split(', ')[0]}, UTC, ${latest.state === 'open' ? 'still open' : 'final'}`);
  } else {
    put(0, '–', null, 'No window yet');
    put(1, '–', null, 'No window yet');
  }
  put(2, count(products), products, 'With a sale or return in the tracked windows');
  put(3, count(tracked), tracked, size ? `${duration(size.size_seconds)} long, a new one each ${duration(size.slide_seconds)}` : '');
  if (covered) put(4, money(covered.revenue), covered.revenue, `${instant(covered.from)} – ${instant(covered.to)} UTC, windows that do not overlap`);
  else put(4, '–', null, 'No window yet');
}

/** Shows how the stream itself is. */
export function showHealth({ stream }) {
  const s = stream ?? {};
  const text = {
    rate: [rate(s.rate), s.rate],
    read: [count(s.read), s.read],
    watermark: [instant(s.watermark), s.watermark],
    lag: [s.lag === null || s.lag === undefined ? 'not known' : plural(s.lag, 'record'), s.lag],
    late: [count(s.late), s.late],
    late_revenue: [money(s.late_revenue), s.late_revenue],
    rejected: [count(s.rejected), s.rejected],
    open_windows: [count(s.open_windows), s.open_windows],
    written_rows: [count(s.written_rows), s.written_rows],
  };
  const values = byId('health').querySelectorAll('dd');
  FACTS.forEach(([name], i) => setFigure(values[i], name, text[name][0], text[name][1]));
}
