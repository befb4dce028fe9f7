// The page "Trends": revenue by day, week and month, how it grows, and its seasons.

import { startAnalysis } from './analysis.js';
import { showSeasons } from './analysis-seasons.js';
import { emptyCard } from './batch-charts.js';
import { draw, moneyTicks } from './chart.js';
import { byId, setText } from './dom.js';
import { axisDay, count, date, dateRange, growth, mean, money, month, plural, ratio } from './format.js';
import { tableBehind } from './table.js';
import { chips } from './tiles.js';

const NOTHING = 'Nothing was sold yet.';
/** More days than this are a line, fewer are bars. */
const BARS = 62;
/** So many weeks and months are drawn, the newest. */
const WEEKS = 53;
const MONTHS = 25;
const PERIODS = { 30: '30 days', 90: '90 days', 365: 'A year', all: 'All' };
let period = '90';

const monthDays = (m) => new Date(Date.UTC(m.year, m.month, 0)).getUTCDate();
const isWhole = (p) => p.days === ('week_start' in p ? 7 : monthDays(p));

function tile(name, title, row, what) {
  if (!row) return { name, title, text: '–', value: null, note: what };
  const change = row.revenue_growth_pct === null ? 'nothing before to compare with' : `${growth(row.revenue_growth_pct)} against the one before`;
  return { name, title, text: money(row.total_revenue), value: row.total_revenue, note: `${what}, ${change}` };
}

function figures({ daily, weekly, monthly }) {
  const [day, lastDay] = [daily.at(-1), daily.at(-1)];
  const week = weekly.findLast(isWhole);
  const whole = monthly.findLast(isWhole);
  return [
    tile('last_day', 'Last day', day, day ? date(day.date) : 'No day yet'),
    { name: 'week_mean', title: 'Mean of 7 days', text: mean(lastDay?.revenue_7day_ma), value: lastDay?.revenue_7day_ma, note: lastDay ? `${ratio(lastDay.transactions_7day_ma)} orders a day` : '' },
    tile('last_week', 'Last whole week', week, week ? week.period : 'No whole week yet'),
    tile('last_month', 'Last whole month', whole, whole ? month(whole.period) : 'No whole month yet'),
  ];
}

/** The columns of every period. */
const columns = (label, name, of) => [
  { label, fit: true, cell: (r) => ({ text: of(r) }) },
  { label: 'Revenue', numeric: true, cell: (r) => ({ text: money(r.total_revenue), value: r.total_revenue, figure: `${name}_revenue` }) },
  { label: 'Orders', numeric: true, cell: (r) => ({ text: count(r.transaction_count), value: r.transaction_count, figure: `${name}_orders` }) },
  { label: 'Growth', numeric: true, cell: (r) => ({ text: growth(r.revenue_growth_pct), value: r.revenue_growth_pct ?? '', figure: `${name}_growth` }) },
];

function days({ daily }) {
  const rows = period === 'all' ? daily : daily.slice(-Number(period));
  if (emptyCard('daily', rows.length ? null : NOTHING)) return setText(byId('sum-daily'), '');
  const few = rows.length <= BARS;
  setText(byId('sum-daily'), `${dateRange(rows[0].date, rows.at(-1).date)}; ${few ? 'bars' : 'the thin line'} by day, the strong line is the mean of seven days`);
  tableBehind(byId('alt-daily'), {
    caption: 'Revenue by day, the newest first',
    rows: [...rows].reverse(),
    key: (r) => r.date,
    columns: [
      ...columns('Day', 'daily', (r) => date(r.date)),
      { label: '7-day mean', numeric: true, cell: (r) => ({ text: mean(r.revenue_7day_ma), value: r.revenue_7day_ma, figure: 'daily_mean' }) },
    ],
  });
  const values = rows.map((r) => Number(r.total_revenue));
  const means = rows.map((r) => Number(r.revenue_7day_ma));
  return draw(byId('plot-daily'), (p) => {
    const x = rows.map((r) => r.date);
    const own = { x, y: values, name: 'By day', customdata: rows.map((r) => [date(r.date), money(r.total_revenue), plural(r.transaction_count, 'order')]), hovertemplate: '%{customdata[0]}<br><b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>' };
    const ticks = few && rows.length <= Math.min(7, p.ticks) ? { tickvals: x, tickformat: axisDay() } : { nticks: p.ticks, tickformatstops: [{ dtickrange: [null, 'M1'], value: axisDay() }, { dtickrange: ['M1', null], value: '%b %Y' }] };
    return {
      traces: [
        few
          ? { ...own, type: 'bar', marker: { color: p.mark, opacity: 0.55, cornerradius: 3 } }
          : { ...own, type: 'scatter', mode: 'lines', line: { color: p.mark, width: 1.5 } },
        { type: 'scatter', mode: 'lines', x, y: means, name: 'Mean of 7 days', line: { color: p.series[1], width: 3 }, customdata: rows.map((r) => mean(r.revenue_7day_ma)), hovertemplate: 'Mean of 7 days <b>%{customdata}</b><extra></extra>' },
      ],
      layout: {
        hovermode: 'x',
        bargap: 0.2,
        showlegend: true,
        legend: { orientation: 'h', x: 0, y: 1.02, yanchor: 'bottom', font: { color: p.muted }, itemclick: false, itemdoubleclick: false },
        margin: { t: 1.8 * p.rem },
        xaxis: { type: 'date', ...ticks },
        yaxis: moneyTicks([...values, ...means]),
      },
    };
  });
}

/** As many labels as there is room for. */
function labels(rows, room, text) {
  const every = Math.ceil(rows.length / room);
  const shown = rows.filter((_, i) => (rows.length - 1 - i) % every === 0);
  return { tickvals: shown.map((r) => r.period), ticktext: shown.map(text) };
}

const shortMonth = (m) => `${month(m.period).slice(0, 3)} ${m.period.slice(2, 4)}`;

/** Weeks or months as bars; those that are cut are hatched. */
function bars(id, all, most, { noun, of, label }) {
  const rows = all.slice(-most);
  if (emptyCard(id, rows.length ? null : NOTHING)) return setText(byId(`sum-${id}`), '');
  const cut = rows.filter((r) => !isWhole(r)).length;
  setText(byId(`sum-${id}`), `${rows.length < all.length ? `The newest ${rows.length}` : plural(rows.length, noun)}${cut ? `. Hatched: not the whole ${noun}` : ''}`);
  tableBehind(byId(`alt-${id}`), {
    caption: `Revenue by ${noun}, the newest first`,
    rows: [...rows].reverse(),
    key: (r) => r.period,
    columns: [
      ...columns(of.title, id, of.text),
      { label: 'Days', numeric: true, cell: (r) => ({ text: isWhole(r) ? String(r.days) : `${r.days} (not whole)` }) },
    ],
  });
  const values = rows.map((r) => Number(r.total_revenue));
  return draw(byId(`plot-${id}`), (p) => {
    const color = values.map((v) => (v < 0 ? p.bad : p.mark));
    return {
      traces: [{
        type: 'bar',
        x: rows.map((r) => r.period),
        y: values,
        marker: { color, cornerradius: 3, line: { color, width: 1 }, pattern: { shape: rows.map((r) => (isWhole(r) ? '' : '/')), fgcolor: color, bgcolor: p.surface, size: 6, solidity: 0.45 } },
        customdata: rows.map((r) => [of.text(r), money(r.total_revenue), growth(r.revenue_growth_pct)]),
        hovertemplate: '%{customdata[0]}<br><b>%{customdata[1]}</b><br>Growth %{customdata[2]}<extra></extra>',
      }],
      layout: { bargap: rows.length < 4 ? 0.55 : 0.25, xaxis: { type: 'category', ...labels(rows, p.ticks, label) }, yaxis: moneyTicks(values, 4) },
    };
  });
}

function overMonths({ monthly }) {
  const all = monthly.slice(-MONTHS);
  const rows = all.filter((m) => m.revenue_growth_pct !== null);
  if (emptyCard('growth', rows.length ? null : 'Growth needs two months in a row, and revenue in the first.')) return setText(byId('sum-growth'), '');
  const before = new Map(monthly.map((m, i) => [m.period, monthly[i - 1]]));
  const fair = (m) => isWhole(m) && isWhole(before.get(m.period) ?? m);
  const last = rows.findLast(fair);
  setText(byId('sum-growth'), `${last ? `${month(last.period)}: ${growth(last.revenue_growth_pct)}` : 'No two whole months in a row'}${rows.every(fair) ? '' : '. Hollow: one of both months is not whole'}`);
  tableBehind(byId('alt-growth'), {
    caption: 'Growth from month to month, the newest first',
    rows: [...rows].reverse(),
    key: (m) => m.period,
    columns: [
      { label: 'Month', fit: true, cell: (m) => ({ text: month(m.period) }) },
      { label: 'Growth', numeric: true, cell: (m) => ({ text: growth(m.revenue_growth_pct), value: m.revenue_growth_pct }) },
      { label: 'Before', numeric: true, cell: (m) => ({ text: money(m.prev_month_revenue), value: m.prev_month_revenue }) },
    ],
  });
  const values = rows.map((m) => Number(m.revenue_growth_pct));
  return draw(byId('plot-growth'), (p) => ({
    traces: [{
      type: 'scatter',
      mode: 'lines+markers',
      x: all.map((m) => m.period),
      y: all.map((m) => (m.revenue_growth_pct === null ? null : Number(m.revenue_growth_pct))),
      connectgaps: false,
      line: { color: p.mark, width: 2 },
      marker: { color: p.mark, size: 9, symbol: all.map((m) => (fair(m) ? 'circle' : 'circle-open')) },
      customdata: all.map((m) => [month(m.period), growth(m.revenue_growth_pct), money(m.total_revenue)]),
      hovertemplate: '%{customdata[0]}<br><b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>',
    }],
    layout: { hovermode: 'closest', xaxis: { type: 'category', range: [-0.5, all.length - 0.5], ...labels(all, p.ticks, shortMonth) }, yaxis: { ticksuffix: ' %', zeroline: true, rangemode: 'tozero', nticks: 5, range: padded(values) } },
  }));
}

/** A range that holds zero and all values, with some room. */
function padded(values) {
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const room = 0.12 * (high - low || 1);
  return [low - (low < 0 ? room : 0), high + room];
}

const again = startAnalysis({
  topic: 'trends',
  tiles: 4,
  about: ({ daily }) => (daily.length ? `To ${date(daily.at(-1).date)}; days without a sale count as zero` : 'No days yet'),
  figures,
  show(state) {
    chips(byId('periods'), Object.entries(PERIODS).map(([key, label]) => ({ key, label })), period, (key) => {
      period = key;
      again();
    });
    days(state);
    bars('weekly', state.weekly, WEEKS, { noun: 'week', of: { title: 'ISO week', text: (w) => w.period }, label: (w) => w.period.slice(-3) });
    bars('monthly', state.monthly, MONTHS, { noun: 'month', of: { title: 'Month', text: (m) => month(m.period) }, label: shortMonth });
    overMonths(state);
    showSeasons(state);
  },
});
