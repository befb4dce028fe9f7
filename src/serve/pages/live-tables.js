// The rankings and the window table of the page "Live".

import { byId, setText } from './dom.js';
import { clock, count, instant, money, moneyChange, name } from './format.js';
import { fillRanks } from './ranks.js';
import { fillTable } from './table.js';

function empty(id, table, none) {
  byId(`empty-${id}`).hidden = !none;
  table.parentElement.hidden = none;
  return none;
}

const tone = (text) => (text.startsWith('-') ? 'down' : Number(text) === 0 ? null : 'up');
const arrow = { up: '▲ ', down: '▼ ' };

/** The products that moved most between two final windows that touch. */
export function showMovers({ movers }) {
  const table = byId('ranks-movers');
  setText(byId('sum-movers'), movers
    ? `Window to ${instant(movers.end)} against the one to ${clock(movers.previous_end)} (UTC), both final` : '');
  if (empty('movers', table, !movers?.items.length)) return;
  fillRanks(table, {
    caption: 'Products whose revenue changed most',
    heads: ['Product', 'Change'],
    noun: 'products',
    first: 12,
    rows: movers.items.map((m) => ({
      key: m.product,
      name: name(m.product),
      sub: `${money(m.previous)} → ${money(m.revenue)}`,
      subFigure: { name: 'mover_revenue', value: m.revenue },
      size: Number(m.change),
      cells: [
        { text: `${arrow[tone(m.change)] ?? ''}${moneyChange(m.change)}`, value: m.change, figure: 'mover_change', tone: tone(m.change) },
      ],
    })),
  });
}

/** The products of the latest window. */
export function showLeaders({ latest, leaderboard }) {
  const table = byId('ranks-leaders');
  setText(byId('sum-leaders'), latest
    ? `Window ${clock(latest.start)}–${clock(latest.end)} UTC, ${latest.state === 'open' ? 'so far' : 'final'}` : '');
  if (empty('leaders', table, !leaderboard.length)) return;
  fillRanks(table, {
    caption: 'Products of the latest window by revenue',
    heads: ['Product', 'Revenue'],
    noun: 'products',
    first: 12,
    rows: leaderboard.map((l) => ({
      key: l.product,
      name: name(l.product),
      size: Number(l.revenue),
      cells: [{ text: money(l.revenue), value: l.revenue, figure: 'leader_revenue' }],
    })),
  });
}

/** All windows that are told, newest first. */
export function showWindows({ windows }) {
  const table = byId('table-windows');
  if (empty('windows', table, !windows.length)) return;
  fillTable(table, {
    caption: 'Windows, newest first',
    rows: windows,
    key: (w) => w.end,
    columns: [
      { label: 'Start', fit: true, cell: (w) => ({ text: instant(w.start) }) },
      { label: 'End', cell: (w) => ({ text: clock(w.end) }) },
      { label: 'State', cell: (w) => ({ text: w.state === 'open' ? 'open, so far' : 'final', value: w.state, figure: 'window_state' }) },
      { label: 'Revenue', numeric: true, cell: (w) => ({ text: money(w.revenue), value: w.revenue, figure: 'window_revenue' }) },
      { label: 'Unique products', numeric: true, cell: (w) => ({ text: count(w.products), value: w.products, figure: 'window_products' }) },
    ],
  });
}
