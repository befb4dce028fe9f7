// The seasons on the page "Trends": what a weekday or a month brings beside an ordinary day.

import { emptyCard } from './batch-charts.js';
import { draw } from './chart.js';
import { byId, setText } from './dom.js';
import { count, mean, month, score, weekday } from './format.js';
import { tableBehind } from './table.js';

const named = { weekday, month: (n) => month(`2000-${String(n).padStart(2, '0')}`).split(' ')[0] };

function show(id, kind, all, trace) {
  const rows = all.filter((s) => s.season_type === kind && s.seasonal_index !== null);
  if (emptyCard(id, rows.length ? null : 'There is no revenue to compare.')) return setText(byId(`sum-${id}`), '');
  const name = (s) => named[kind](s.season);
  const best = rows.reduce((a, b) => (Number(b.seasonal_index) > Number(a.seasonal_index) ? b : a));
  setText(byId(`sum-${id}`), `1 is an ordinary day; most on ${kind === 'weekday' ? `${name(best)}s` : `days of ${name(best)}`} with ${score(best.seasonal_index)}`);
  tableBehind(byId(`alt-${id}`), {
    caption: `Seasonal index by ${kind}`,
    rows,
    key: (s) => `${kind}-${s.season}`,
    columns: [
      { label: kind === 'weekday' ? 'Weekday' : 'Month', cell: (s) => ({ text: name(s) }) },
      { label: 'Index', numeric: true, cell: (s) => ({ text: score(s.seasonal_index), value: s.seasonal_index, figure: `${kind}_index` }) },
      { label: 'A day', numeric: true, cell: (s) => ({ text: mean(s.revenue_per_day), value: s.revenue_per_day, figure: `${kind}_per_day` }) },
      { label: 'Days', numeric: true, cell: (s) => ({ text: count(s.days), value: s.days }) },
    ],
  });
  const values = rows.map((s) => Number(s.seasonal_index));
  return draw(byId(`plot-${id}`), (p) => ({
    traces: [{
      x: rows.map((s) => s.season),
      y: values,
      customdata: rows.map((s) => [name(s), score(s.seasonal_index), `${mean(s.revenue_per_day)} a day`]),
      hovertemplate: '%{customdata[0]}<br><b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>',
      ...trace(p),
    }],
    layout: {
      bargap: 0.3,
      hovermode: 'closest',
      xaxis: { tickvals: rows.map((s) => s.season), ticktext: rows.map((s) => name(s).slice(0, 3)), zeroline: false, range: [rows[0].season - 0.6, rows.at(-1).season + 0.6] },
      yaxis: { range: [Math.min(0, ...values), Math.max(1.1, ...values) * 1.08], nticks: 5 },
      shapes: [{ type: 'line', xref: 'paper', x0: 0, x1: 1, y0: 1, y1: 1, line: { color: p.edge, width: 1, dash: 'dash' } }],
    },
  }));
}

/** Shows both. */
export function showSeasons({ seasons }) {
  show('weekday', 'weekday', seasons, (p) => ({ type: 'bar', marker: { color: p.mark, cornerradius: 3 } }));
  show('season', 'month', seasons, (p) => ({
    type: 'scatter',
    mode: 'lines+markers',
    line: { color: p.mark, width: 2 },
    marker: { color: p.mark, size: 7 },
    fill: 'tozeroy',
    fillcolor: p.mark.replace('rgb(', 'rgba(').replace(')', ', 0.15)'),
  }));
}
