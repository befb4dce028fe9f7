// The charts of the page "Sales": by day, by month, by weekday and hour.

import { byId, setText } from './dom.js';
import { draw, moneyTicks } from './chart.js';
import { axisDay, date, hour, money, month, percentChange, plural, shortDate, weekday } from './format.js';
import { tableBehind } from './table.js';

/** More days than this are a line, fewer are bars. */
const BARS = 62;

/** Hides or shows a card's content and its sentence for "nothing there". */
export function emptyCard(id, sentence) {
  const card = byId(`card-${id}`);
  const empty = card.querySelector('.empty');
  empty.hidden = !sentence;
  setText(empty, sentence ?? '');
  for (const part of card.querySelectorAll('.chart, details, table, .heat-legend, .more, .scroll')) {
    if (!part.closest('details .scroll')) part.hidden = Boolean(sentence);
  }
  return Boolean(sentence);
}

const extreme = (rows, better) => rows.reduce((best, row) => (better(Number(row.revenue), Number(best.revenue)) ? row : best));
const bar = (p, values) => values.map((v) => (v < 0 ? p.bad : p.mark));

/** Revenue by day. */
export function showDays({ by_day: days }) {
  if (emptyCard('day', days.length ? null : 'No records in this period.')) return setText(byId('sum-day'), '');
  const values = days.map((d) => Number(d.revenue));
  const best = extreme(days, (a, b) => a > b);
  const worst = extreme(days, (a, b) => a < b);
  const told = days[0].date.slice(0, 4) === days.at(-1).date.slice(0, 4) ? shortDate : date;
  setText(byId('sum-day'), days.length === 1
    ? `${date(best.date)}: ${money(best.revenue)}`
    : `Highest ${told(best.date)} with ${money(best.revenue)}, lowest ${told(worst.date)} with ${money(worst.revenue)}`);
  tableBehind(byId('alt-day'), {
    caption: 'Revenue by day',
    rows: [...days].reverse(),
    key: (d) => d.date,
    columns: [
      { label: 'Day', fit: true, cell: (d) => ({ text: date(d.date) }) },
      { label: 'Revenue', numeric: true, cell: (d) => ({ text: money(d.revenue), value: d.revenue, figure: 'day_revenue' }) },
      { label: 'Sales', numeric: true, cell: (d) => ({ text: d.sales === null ? '–' : String(d.sales), value: d.sales, figure: 'day_sales' }) },
      { label: 'Returns', numeric: true, cell: (d) => ({ text: d.returns === null ? '–' : String(d.returns), value: d.returns, figure: 'day_returns' }) },
      { label: 'Returned', numeric: true, cell: (d) => ({ text: money(d.returned), value: d.returned, figure: 'day_returned' }) },
    ],
  });
  return draw(byId('plot-day'), (p) => {
    const common = {
      x: days.map((d) => d.date),
      y: values,
      customdata: days.map((d) => [`${weekday(new Date(d.date).getUTCDay() || 7)}, ${date(d.date)}`, money(d.revenue), d.sales === null ? '' : `${plural(d.sales, 'sale')}, ${plural(d.returns, 'return')}`]),
      hovertemplate: '%{customdata[0]}<br><b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>',
    };
    const few = days.length <= BARS;
    const trace = few
      ? { ...common, type: 'bar', marker: { color: bar(p, values), cornerradius: 3 } }
      : { ...common, type: 'scatter', mode: 'lines', line: { color: p.mark, width: 2 }, fill: 'tozeroy', fillcolor: p.mark.replace('rgb(', 'rgba(').replace(')', ', 0.1)') };
    const ticks = few ? { tickformat: axisDay(), ...(days.length <= Math.min(7, p.ticks) ? { tickvals: common.x } : { nticks: p.ticks }) } : { nticks: p.ticks, tickformatstops: [{ dtickrange: [null, 'M1'], value: axisDay() }, { dtickrange: ['M1', null], value: '%b %Y' }] };
    const lone = days.length < 4 ? { bargap: 0.7 } : { bargap: 0.25 };
    return { traces: [trace], layout: { ...lone, hovermode: 'x', xaxis: { type: 'date', ...ticks }, yaxis: moneyTicks(values) } };
  });
}

/** As many months have a label as there is room for. */
function monthTicks(months, room) {
  const labelled = months.filter((_, i) => i % Math.ceil(months.length / room) === 0);
  return { tickvals: labelled.map((m) => m.month), ticktext: labelled.map((m) => `${month(m.month).slice(0, 3)} ${m.month.slice(2, 4)}`) };
}

/** Month over month; months that are not whole are paler. */
export function showMonths({ by_month: months }) {
  if (emptyCard('month', months.length ? null : 'No records in this period.')) return setText(byId('sum-month'), '');
  const values = months.map((m) => Number(m.revenue));
  const last = months.findLast((m) => m.change !== null);
  const whole = months.filter((m) => m.complete).length;
  setText(byId('sum-month'), last
    ? `${month(last.month)}: ${percentChange(last.change)} against the month before`
    : whole ? 'A change needs two whole months in a row' : 'No whole month in this period');
  if (whole < months.length) byId('sum-month').append(whole ? '. Hatched: not the whole month' : ', hence hatched');
  tableBehind(byId('alt-month'), {
    caption: 'Revenue by month',
    rows: [...months].reverse(),
    key: (m) => m.month,
    columns: [
      { label: 'Month', cell: (m) => ({ text: month(m.month) }) },
      { label: 'Revenue', numeric: true, cell: (m) => ({ text: money(m.revenue), value: m.revenue, figure: 'month_revenue' }) },
      { label: 'Change', numeric: true, cell: (m) => ({ text: percentChange(m.change), value: m.change ?? '', figure: 'month_change' }) },
      { label: 'Days', numeric: true, cell: (m) => ({ text: m.complete ? String(m.days) : `${m.days} (not whole)` }) },
    ],
  });
  return draw(byId('plot-month'), (p) => ({
    traces: [{
      type: 'bar',
      x: months.map((m) => m.month),
      y: values,
      text: months.map((m) => (m.change === null ? '' : percentChange(m.change))),
      textposition: 'outside',
      cliponaxis: false,
      textfont: { color: p.text },
      marker: {
        color: bar(p, values), cornerradius: 3,
        pattern: { shape: months.map((m) => (m.complete ? '' : '/')), fgcolor: bar(p, values), bgcolor: p.surface, size: 6, solidity: 0.45 },
        line: { color: bar(p, values), width: 1 },
      },
      customdata: months.map((m) => [month(m.month), money(m.revenue), m.complete ? plural(m.days, 'day') : `${plural(m.days, 'day')}, not the whole month`]),
      hovertemplate: '%{customdata[0]}<br><b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>',
    }],
    layout: {
      bargap: months.length < 4 ? 0.55 : 0.3,
      margin: { t: 1.5 * p.rem },
      xaxis: { type: 'category', ...monthTicks(months, p.ticks) },
      yaxis: moneyTicks(values, 4),
    },
  }));
}

/** Weekday x hour. */
export function showHours({ by_hour: all }) {
  byId('card-hour').hidden = all === null;
  if (all === null) return undefined;
  const cells = all.filter((c) => c.sales || Number(c.revenue)); // hours that the shop is closed are left out
  if (emptyCard('hour', cells.length ? null : 'No records with a time of day in this period.')) return setText(byId('sum-hour'), '');
  const best = extreme(cells, (a, b) => a > b);
  const least = extreme(cells, (a, b) => a < b);
  setText(byId('sum-hour'), `Most on ${weekday(best.weekday)}s ${hour(best.hour)}: ${money(best.revenue)} in the whole period`);
  setText(byId('heat-low'), money(least.revenue));
  setText(byId('heat-high'), money(best.revenue));
  const sorted = [...cells].sort((a, b) => a.weekday - b.weekday || a.hour - b.hour);
  tableBehind(byId('alt-hour'), {
    caption: 'Revenue by weekday and hour',
    rows: sorted,
    key: (c) => `${c.weekday}-${c.hour}`,
    columns: [
      { label: 'Weekday', cell: (c) => ({ text: weekday(c.weekday) }) },
      { label: 'Hour', cell: (c) => ({ text: hour(c.hour) }) },
      { label: 'Revenue', numeric: true, cell: (c) => ({ text: money(c.revenue), value: c.revenue, figure: 'hour_revenue' }) },
      { label: 'Sales', numeric: true, cell: (c) => ({ text: String(c.sales), value: c.sales, figure: 'hour_sales' }) },
    ],
  });
  const hours = cells.map((c) => c.hour);
  const [from, to] = [Math.min(...hours), Math.max(...hours)];
  const columns = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const at = new Map(cells.map((c) => [`${c.weekday}-${c.hour}`, c]));
  const ticks = columns.filter((h) => columns.length < 10 || h % (columns.length > 16 ? 4 : 2) === 0);
  const days = [1, 2, 3, 4, 5, 6, 7];
  const grid = (pick) => days.map((d) => columns.map((h) => pick(at.get(`${d}-${h}`), d, h)));
  return draw(byId('plot-hour'), (p) => ({
    traces: [{
      type: 'heatmap',
      x: columns,
      y: days,
      z: grid((c) => (c ? Number(c.revenue) : null)),
      customdata: grid((c, d, h) => `${weekday(d)}, ${hour(h)}<br><b>${c ? money(c.revenue) : 'no sales'}</b>${c ? `<br>${plural(c.sales, 'sale')}` : ''}`),
      hovertemplate: '%{customdata}<extra></extra>',
      hoverongaps: false,
      colorscale: [[0, p.cold], [1, p.hot]],
      showscale: false,
      xgap: 2,
      ygap: 2,
    }],
    layout: {
      xaxis: { tickvals: ticks, ticktext: ticks.map((h) => `${h}:00`), zeroline: false },
      yaxis: { autorange: 'reversed', tickvals: days, ticktext: days.map((d) => weekday(d).slice(0, 3)), showgrid: false, zeroline: false },
    },
  }));
}
