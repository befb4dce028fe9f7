// Checks of the page "Sales": its figures are those of the files, its filter and downloads are right.

import assert from 'node:assert/strict';
import { bytes, input, output, sums, total } from './files.mjs';
import { csv, digits, divide, parse, percent, text } from './money.mjs';
import { download, drawn, figure, figures, state, unfold } from './pages.mjs';
import { check, skipped } from './report.mjs';

const amounts = (rows) => Object.fromEntries(rows.map((row) => [row.key, text(parse(row.value))]));
const expected = (map) => Object.fromEntries([...map].map(([key, units]) => [key, text(units)]));

async function sameMoney(page, name, units) {
  const shown = await figure(page, name);
  assert.equal(text(parse(shown.value)), text(units), name);
  assert.equal(shown.text.replace(/\D/g, ''), digits(shown.value), `${name}: what is read is not the exact value: ${shown.text}`);
}

/** Compares everything on the page that one list of output rows decides. */
async function likeFiles(page, rows) {
  await unfold(page);
  await sameMoney(page, 'revenue', total(rows));
  const days = sums(rows, (r) => r.order_date);
  assert.deepEqual(amounts(await figures(page, 'day_revenue')), expected(days), 'revenue by day');
  assert.deepEqual(amounts(await figures(page, 'month_revenue')), expected(sums(rows, (r) => r.order_date.slice(0, 7))), 'revenue by month');
  const products = [...sums(rows, (r) => r.product)].sort((a, b) => (a[1] === b[1] ? bytes(a[0], b[0]) : a[1] < b[1] ? 1 : -1));
  assert.deepEqual((await figures(page, 'product_revenue')).map((f) => [f.key, text(parse(f.value))]), products.slice(0, 10).map(([p, u]) => [p, text(u)]), 'top products');
  assert.equal((await figure(page, 'products')).value, String(products.length), 'products');
  assert.equal((await figure(page, 'days')).value, String(days.size), 'days');
  const sample = [...rows].sort((a, b) => bytes(b.order_date, a.order_date) || bytes(a.product, b.product)).slice(0, 50);
  assert.deepEqual((await figures(page, 'sample_amount')).map((f) => [f.key, text(parse(f.value))]), sample.map((r) => [`${r.order_date} ${r.product}`, text(r.units)]), 'sample rows');
  await drawn(page, 'plot-day');
  const chart = await page.evaluate(() => {
    const [trace] = document.getElementById('plot-day').data;
    return trace.x.map((x, i) => [x, trace.y[i]]);
  });
  assert.deepEqual(chart, [...days].sort().map(([day, units]) => [day, Number(text(units))]), 'the chart of days');
  return `${days.size} days, ${products.length} products, ${text(total(rows))}`;
}

/** Compares what the output rows do not tell, from the input. */
async function likeInput(page, rows) {
  await unfold(page);
  const [sales, returns] = [rows.filter((r) => !r.isReturn), rows.filter((r) => r.isReturn)];
  const [gross, returned] = [total(sales), -total(returns)];
  assert.equal((await figure(page, 'sales')).value, String(sales.length), 'sales');
  assert.equal((await figure(page, 'returns')).value, String(returns.length), 'returns');
  await sameMoney(page, 'gross', gross);
  await sameMoney(page, 'returned', returned);
  await sameMoney(page, 'average_sale', divide(gross, BigInt(sales.length)));
  assert.equal((await figure(page, 'return_rate')).value, percent(returned, gross), 'return rate');
  for (const [name, key] of [['store', (r) => r.store_id], ['category', (r) => r.category], ['country', (r) => r.country]]) {
    const sum = sums(rows, key);
    const shown = await figures(page, `${name}_revenue`);
    assert.deepEqual(amounts(shown), expected(sum), `revenue by ${name}`);
    const order = shown.map((f) => parse(f.value));
    assert.deepEqual(order, [...order].sort((a, b) => (a < b ? 1 : a > b ? -1 : 0)), `order of ${name}`);
    assert.deepEqual(Object.fromEntries((await figures(page, `${name}_share`)).map((f) => [f.key, f.value])), Object.fromEntries([...sum].map(([k, u]) => [k, percent(u, total(rows))])), `share by ${name}`);
  }
  const hour = (r) => `${new Date(r.time).getUTCDay() || 7}-${new Date(r.time).getUTCHours()}`;
  assert.deepEqual(amounts(await figures(page, 'hour_revenue')), expected(sums(rows, hour)), 'weekday and hour');
  const back = new Map([...sums(returns, (r) => r.category)].map(([k, u]) => [k, -u]));
  assert.deepEqual(amounts(await figures(page, 'category_returned')), expected(back), 'returned by category');
  return `${sales.length} sales, ${returns.length} returns`;
}

/** Runs the checks of the page. */
export async function batchChecks(pages, { batch, data }) {
  const rows = output(data);
  const days = [...new Set(rows.map((r) => r.order_date))].sort();
  const between = (list, from, to) => list.filter((r) => r.order_date >= from && r.order_date <= to);
  const page = await pages.open(batch);

  await check('sales: every figure is that of analysis_csv', () => likeFiles(page, rows));

  const raw = input(data);
  const quality = Object.fromEntries(await Promise.all(['read', 'accepted', 'rejected', 'duplicates'].map(async (n) => [n, Number((await figure(page, n)).value)])));
  await check('sales: read is accepted, rejected and duplicates', async () => {
    assert.equal(quality.read, quality.accepted + quality.rejected + quality.duplicates);
    if (raw) assert.equal(quality.read, raw.length);
    return `${quality.read} read`;
  });
  const clean = raw && quality.rejected === 0 && quality.duplicates === 0;
  if (clean) await check('sales: sales, returns, stores, categories, countries and hours are those of the input', () => likeInput(page, raw));
  else skipped('sales: figures of the input', 'the input is not of the standard profile, or not clean');

  const [from, to] = [days[Math.floor(days.length / 3)], days[Math.floor((days.length * 2) / 3)]];
  const choose = async (first, last) => {
    await page.fill('#from', first);
    await page.fill('#to', last);
    await page.click('#filter button[type=submit]');
  };
  const isQuery = (query) => page.waitForFunction((q) => document.documentElement.dataset.query === q, query);
  await check('sales: a period of two dates', async () => {
    await choose(from, to);
    await isQuery(`?from=${from}&to=${to}`);
    assert.equal(new URL(page.url()).search, `?from=${from}&to=${to}`, 'the address keeps the period');
    const told = await likeFiles(page, between(rows, from, to));
    if (clean) await likeInput(page, between(raw, from, to));
    return told;
  });
  await check('sales: downloads are of the period', async () => {
    const got = csv(await download(page, '#download'));
    const wanted = between(rows, from, to).map(({ units, ...row }) => row);
    assert.deepEqual(got, wanted);
    for (const by of await page.locator('a[data-by]').evaluateAll((links) => links.filter((l) => l.offsetWidth).map((l) => l.dataset.by))) {
      const list = csv(await download(page, `a[data-by=${by}]`));
      assert.ok(list.length, `${by} has rows`);
      assert.equal(list.reduce((sum, row) => sum + parse(row.total_amount), 0n), total(between(rows, from, to)), `sum by ${by}`);
    }
    return `${got.length} rows`;
  });
  await check('sales: the address alone brings the period back', async () => {
    await page.reload();
    await state(page, 'ok');
    return likeFiles(page, between(rows, from, to));
  });
  await check('sales: the last 7 days, and back', async () => {
    await page.click('[data-days="7"]');
    const week = new Date(Date.parse(days.at(-1)) - 6 * 86_400_000).toISOString().slice(0, 10);
    await isQuery(`?from=${week}&to=${days.at(-1)}`);
    assert.equal(new URL(page.url()).search, '?days=7');
    assert.equal(await page.getAttribute('[data-days="7"]', 'aria-pressed'), 'true');
    const told = await likeFiles(page, between(rows, week, days.at(-1)));
    await page.goBack();
    await isQuery(`?from=${from}&to=${to}`);
    await page.click('[data-days="all"]');
    await isQuery('');
    await likeFiles(page, rows);
    return told;
  });
  await check('sales: the whole download is the file', async () => {
    assert.deepEqual(csv(await download(page, '#download')), rows.map(({ units, ...row }) => row));
  });
  await check('sales: dates that cross are refused in words', async () => {
    await choose(to, from);
    assert.match(await page.textContent('#filter-error'), /after the last day/);
    assert.equal(await page.evaluate(() => document.documentElement.dataset.query), '', 'the figures stay');
  });
  await check('sales: polls every 15 s, and draws nothing when nothing is new', async () => {
    await page.evaluate(() => (window.before = document.querySelector('[data-figure=day_revenue]').firstChild));
    const answer = await page.waitForResponse((r) => new URL(r.url()).pathname === '/api/report', { timeout: 20_000 });
    assert.equal(answer.status(), 304);
    await page.waitForTimeout(200);
    assert.ok(await page.evaluate(() => window.before.isConnected), 'the table was built anew');
    assert.match(await page.textContent('#updated'), /Updated \d/);
  });
  await page.context().close();
}
