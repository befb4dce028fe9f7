// The page "Sessions": visits, how far they come, and carts that are left behind.

import { byId, setText } from './dom.js';
import { count, duration, moment, money, percent, plural } from './format.js';
import { fillRanks } from './ranks.js';
import { emptyTable, runs, showTiles, startShop } from './shop.js';
import { badge } from './shop-badge.js';
import { fillTable } from './table.js';

const STEPS = { sessions: 'Visits', with_view: 'Looked at a product', with_cart: 'Put one into the cart', purchased: 'Bought', abandoned: 'Left a cart behind' };

const OUTCOMES = { bought: ['good', 'Bought'], abandoned: ['high', 'Left a cart'], none: ['low', 'Looked'] };

/** Visits that go on: what the job says, else the visits that it holds. */
const going = ({ active, jobs }) => (typeof active?.active === 'number' ? active.active : jobs.sessions?.keys);

function tiles(state) {
  const step = (name) => state.funnel?.find((s) => s.step === name) ?? { count: 0, share: null };
  const on = going(state);
  const carts = state.abandoned;
  showTiles(state, [
    { name: 'active_sessions', job: 'sessions', title: 'Visits going on', text: count(on), value: on, note: 'Not yet quiet for long enough' },
    { name: 'sessions', job: 'sessions', title: 'Visits that are over', text: count(step('sessions').count), value: step('sessions').count, note: 'Since the stream began' },
    { name: 'conversion', job: 'sessions', title: 'Bought something', text: percent(step('purchased').share), value: step('purchased').share, note: `${plural(step('purchased').count, 'visit')}` },
    { name: 'abandoned_carts', job: 'cart_abandonment', title: 'Carts left behind', text: count(carts?.count), value: carts?.count, note: 'Quiet, with something in them' },
  ]);
}

function funnel({ funnel: steps }) {
  const table = byId('ranks-funnel');
  if (emptyTable('funnel', table, !steps[0].count)) return;
  fillRanks(table, {
    caption: 'Visits by how far they came',
    heads: ['Step', 'Share', 'Visits'],
    noun: 'steps',
    rows: steps.map((s) => ({
      key: s.step,
      name: STEPS[s.step],
      size: s.count,
      cells: [
        { text: percent(s.share), value: s.share, figure: 'funnel_share' },
        { text: count(s.count), value: s.count, figure: 'funnel_count' },
      ],
    })),
  });
}

function carts({ abandoned }) {
  const table = byId('table-carts');
  if (!abandoned || emptyTable('carts', table, !abandoned.newest.length)) return;
  setText(byId('sum-carts'), `${abandoned.count > abandoned.newest.length ? `The newest ${count(abandoned.newest.length)} of ${count(abandoned.count)}` : plural(abandoned.count, 'cart')}, times in UTC`);
  fillTable(table, {
    caption: 'Carts that were left behind, the newest first',
    rows: abandoned.newest,
    key: (c) => c.alert_id,
    columns: [
      { label: 'Left (UTC)', fit: true, cell: (c) => ({ text: moment(c.detected_at) }) },
      { label: 'Worth', numeric: true, cell: (c) => ({ text: money(c.value), value: c.value, figure: 'cart_value' }) },
      { label: 'What', cell: (c) => ({ text: c.reason ?? '' }) },
      { label: 'Customer', cell: (c) => ({ text: c.user_id ?? '–' }) },
      { label: 'Visit', cell: (c) => ({ text: c.session_id ?? '–' }) },
    ],
  });
}

const outcome = (s) => (s.purchase_completed ? 'bought' : s.abandoned ? 'abandoned' : 'none');

function latest({ latest: rows }) {
  const table = byId('table-latest');
  if (emptyTable('latest', table, !rows.length)) return;
  fillTable(table, {
    caption: 'Visits that ended last, the newest first',
    rows,
    key: (s) => s.session_id ?? s.end_time,
    columns: [
      { label: 'Ended (UTC)', fit: true, cell: (s) => ({ text: moment(s.end_time) }) },
      { label: 'How it went', cell: (s) => ({ text: outcome(s), node: () => badge(...OUTCOMES[outcome(s)]), value: outcome(s), figure: 'session_outcome' }) },
      { label: 'Spent', numeric: true, cell: (s) => ({ text: money(s.total_amount), value: s.total_amount, figure: 'session_amount' }) },
      { label: 'Views', numeric: true, cell: (s) => ({ text: count(s.page_views), value: s.page_views, figure: 'session_views' }) },
      { label: 'Put in', numeric: true, cell: (s) => ({ text: count(s.cart_adds) }) },
      { label: 'Lasted', numeric: true, fit: true, cell: (s) => ({ text: duration(s.duration_seconds) }) },
      { label: 'Customer', cell: (s) => ({ text: s.user_id ?? '–' }) },
      { label: 'Visit', cell: (s) => ({ text: s.session_id ?? '–' }) },
    ],
  });
}

startShop({
  topic: 'sessions',
  tiles: 4,
  about: ({ stream }) => `Visits over views, carts and purchases; the latest event is of ${moment(stream.latest)} UTC`,
  show(state) {
    tiles(state);
    if (runs(state, 'sessions')) {
      funnel(state);
      latest(state);
    }
    carts(state);
  },
});
