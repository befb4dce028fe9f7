// Checks of the pages of analyses: they show what the files of the analyses hold, and say what is missing.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { csv, digits, parse, text } from './money.mjs';
import { drawn, figure, figures, json, state, unfold } from './pages.mjs';
import { check } from './report.mjs';

/** The pages and their charts. */
export const ANALYSES = {
  customers: ['plot-scatter'],
  products: ['plot-share'],
  trends: ['plot-daily', 'plot-weekly', 'plot-monthly', 'plot-weekday', 'plot-season'],
  stores: ['plot-size'],
  returns: ['plot-rates'],
};

const EVIL = '<img src=x onerror="window.pwned=1"><b>bold</b>';

const one = async (page, name) => (await figure(page, name)).value;
const pairs = async (page, name) => (await figures(page, name)).map((f) => [f.key, f.value]);
const sum = (rows, of) => text(rows.reduce((all, row) => all + parse(of(row)), 0n));
const money = (value) => text(parse(value));

/** Rows by a key. */
function groups(rows, key) {
  const found = new Map();
  for (const row of rows) found.set(key(row), [...(found.get(key(row)) ?? []), row]);
  return found;
}

/** Values that files and page may write differently, as exact text. */
const exact = (list) => list.map(([key, value]) => [key, value === '' ? '' : money(value)]);

/** Runs the checks of the pages. */
export async function analysisChecks(pages, { batch, data }) {
  const table = (analysis, name) => csv(readFileSync(join(data, 'output', 'analyses', analysis, `${name}.csv`), 'utf8'));
  const open = (name, options) => pages.open(`${batch}/analyses/${name}`, options);
  const told = async (name) => (await fetch(`${batch}/api/analyses/${name}`)).json();

  await check('analyses: every page leads to every other, and says where one is', async () => {
    const all = ['/', ...Object.keys(ANALYSES).map((n) => `/analyses/${n}`)];
    for (const path of all) {
      const page = await pages.open(`${batch}${path}`);
      const links = await page.evaluate(() => [...document.querySelectorAll('.tabs a')].map((a) => a.getAttribute('href')));
      assert.deepEqual(links, all);
      assert.equal(await page.getAttribute('.tabs a[aria-current="page"]', 'href'), path);
      await page.context().close();
    }
  });
  await check('customers: segments are those of the file, customer by customer', async () => {
    const page = await open('customers');
    const rows = table('rfm', 'rfm');
    const by = groups(rows, (r) => r.rfm_segment);
    assert.equal(await one(page, 'customers'), String(rows.length));
    assert.equal(await one(page, 'champions'), String(by.get('Champions').length));
    const counts = [...by].map(([name, own]) => [name, String(own.length)]);
    const sorted = (list) => [...list].sort((a, b) => (a[0] < b[0] ? -1 : 1));
    assert.deepEqual(sorted(await pairs(page, 'segment_customers')), sorted(counts));
    const revenue = [...by].map(([name, own]) => [name, sum(own, (r) => r.monetary)]);
    assert.deepEqual(sorted(exact(await pairs(page, 'segment_revenue'))), sorted(revenue));
    const [coverage] = table('rfm', 'coverage');
    assert.equal(money(await one(page, 'anonymous_share')), money(coverage.anonymous_revenue_share));
    await drawn(page, 'plot-scatter');
    const points = await page.evaluate(() => document.getElementById('plot-scatter').data.map((t) => [t.name, t.x.length, t.y.reduce((a, b) => a + b, 0)]));
    const positive = (own) => own.filter((r) => parse(r.monetary) > 0n);
    const every = rows.length <= 2000; // of more, some are drawn
    assert.ok(points.length > 1);
    for (const [name, count, total] of points) {
      const own = positive(by.get(name));
      assert.ok(every ? count === own.length : count <= own.length, name);
      if (every) assert.ok(Math.abs(total - Number(sum(own, (r) => r.monetary))) < 0.01, name);
    }
    await page.context().close();
    return `${rows.length} customers`;
  });
  await check('products: both ends, scores, places and ratings are those of the file', async () => {
    const page = await open('products');
    const rows = table('products', 'products');
    assert.equal(money(await one(page, 'revenue')), sum(rows, (r) => r.total_revenue));
    const order = (a, b) => (parse(a.total_revenue) < parse(b.total_revenue) ? 1 : -1);
    const ranked = [...rows].sort(order);
    for (const [id, list] of [['top', ranked.slice(0, 10)], ['bottom', ranked.slice(-10).reverse()]]) {
      for (const [name, column] of [['revenue', 'total_revenue'], ['score', 'performance_score']]) {
        assert.deepEqual(exact(await pairs(page, `${id}_${name}`)), list.map((r) => [r.product_id, money(r[column])]), `${id} ${name}`);
      }
      assert.deepEqual(await pairs(page, `${id}_rank`), list.map((r) => [r.product_id, r.rank_in_category]));
      assert.deepEqual(await pairs(page, `${id}_rating`), list.map((r) => [r.product_id, r.performance_rating]));
    }
    assert.equal(await one(page, 'stars'), String(rows.filter((r) => r.rising_star === 'true').length));
    for (const [rating, count] of await pairs(page, 'rating_products')) assert.equal(count, String(rows.filter((r) => r.performance_rating === rating).length), rating);
    assert.equal(sum(await figures(page, 'category_revenue'), (f) => f.value), sum(rows, (r) => r.total_revenue));
    await page.context().close();
    return `${rows.length} products`;
  });
  await check('trends: days with their mean, weeks, months and seasons are those of the files', async () => {
    const page = await open('trends');
    await page.click('#periods [data-key="all"]');
    await unfold(page);
    const daily = table('trends', 'daily');
    const back = (rows, key, column) => [...rows].reverse().map((r) => [r[key], r[column] === '' ? '' : money(r[column])]);
    for (const [id, rows, key] of [['daily', daily, 'date'], ['weekly', table('trends', 'weekly'), 'period'], ['monthly', table('trends', 'monthly'), 'period']]) {
      assert.deepEqual(exact(await pairs(page, `${id}_revenue`)), back(rows, key, 'total_revenue'), `${id} revenue`);
      assert.deepEqual(exact(await pairs(page, `${id}_growth`)), back(rows, key, 'revenue_growth_pct'), `${id} growth`);
    }
    assert.deepEqual(exact(await pairs(page, 'daily_mean')), back(daily, 'date', 'revenue_7day_ma'));
    await drawn(page, 'plot-daily');
    const lines = await page.evaluate(() => document.getElementById('plot-daily').data.map((t) => t.y));
    assert.deepEqual(lines, ['total_revenue', 'revenue_7day_ma'].map((c) => daily.map((r) => Number(r[c]))));
    const seasons = table('trends', 'seasonal_index');
    for (const kind of ['weekday', 'month']) {
      assert.deepEqual(exact(await pairs(page, `${kind}_index`)), seasons.filter((s) => s.season_type === kind).map((s) => [`${kind}-${s.season}`, money(s.seasonal_index)]));
    }
    await page.click('#periods [data-key="30"]');
    await page.waitForFunction(() => document.getElementById('plot-daily').data[0].x.length === 30);
    assert.equal((await figures(page, 'daily_revenue')).length, 30);
    await page.context().close();
    return `${daily.length} days`;
  });
  await check('stores: every store is that of the file', async () => {
    const page = await open('stores');
    const rows = table('store_performance', 'store_performance');
    await unfold(page);
    assert.deepEqual(exact(await pairs(page, 'store_revenue')), rows.map((r) => [r.store_id, money(r.total_revenue)]));
    for (const [name, column] of [['rank', 'revenue_rank'], ['efficiency', 'efficiency_rank'], ['customers', 'unique_customers']]) {
      assert.deepEqual(await pairs(page, `store_${name}`), rows.map((r) => [r.store_id, r[column]]), name);
    }
    const feet = [...rows].sort((a, b) => a.efficiency_rank - b.efficiency_rank);
    assert.deepEqual(exact(await pairs(page, 'sqft_revenue')), feet.map((r) => [r.store_id, money(r.revenue_per_sqft)]));
    assert.equal(money(await one(page, 'store_revenue_total')), sum(rows, (r) => r.total_revenue));
    await page.context().close();
    return `${rows.length} stores`;
  });
  await check('returns: sums, rates and values are those of the files', async () => {
    const page = await open('returns');
    await unfold(page);
    const rows = table('returns', 'returns');
    const steps = new Map(await pairs(page, 'funnel_amount'));
    for (const [step, column] of [['sold', 'total_sales_revenue'], ['kept', 'net_revenue'], ['returned', 'total_return_value']]) {
      assert.equal(money(steps.get(step)), sum(rows, (r) => r[column]), step);
    }
    const shown = await figure(page, 'returned');
    assert.equal(shown.text.replace(/\D/g, ''), digits(shown.value));
    const back = rows.filter((r) => r.return_count !== '0');
    assert.equal(await one(page, 'returned_products'), String(back.length));
    const returned = [...groups(back, (r) => r.category)].map(([name, own]) => [name, sum(own, (r) => r.total_return_value)]);
    assert.deepEqual(new Map(exact(await pairs(page, 'category_returned'))), new Map(returned));
    const most = [...back].sort((a, b) => (parse(a.total_return_value) < parse(b.total_return_value) ? 1 : -1));
    assert.deepEqual(exact(await pairs(page, 'value_value')).map(([, v]) => v), most.slice(0, 20).map((r) => money(r.total_return_value)));
    await page.context().close();
    return `${rows.length} products`;
  });
  await states(open, told);
}

/** States that these files do not show: answers are put in the server's place. */
async function states(open, told) {
  const instead = (name, answer) => ({ routes: { [`/api/analyses/${name}`]: answer }, broken: true });
  await check('analyses: what was not run or was skipped says so, and which command makes it', async () => {
    for (const [status, title] of [['no_data', /Not computed yet/], ['skipped', /was skipped/]]) {
      const body = { status, message: 'because of the moon; run retail batch --analysis rfm', currency: null, locale: null, analysis: 'rfm', run: null, newer: null, as_of: null, left_out: null };
      const page = await open('customers', { ...instead('customers', json(body)), wait: [status] });
      assert.match(await page.textContent('#panel'), title);
      assert.match(await page.textContent('#panel'), /Because of the moon; run retail batch --analysis rfm\./);
      assert.equal(await page.isVisible('#content'), false);
      await page.context().close();
    }
  });
  await check('analyses: figures of an earlier run say so, and stay', async () => {
    for (const name of Object.keys(ANALYSES)) {
      const s = { ...(await told(name)), newer: { run_id: 'next', finished: '2030-01-01T12:00:00Z' }, left_out: { 'write-offs': 12 } };
      const page = await open(name, { ...instead(name, json(s)), wait: ['stale'] });
      assert.match(await page.textContent('#banner'), new RegExp(`2030.* without this analysis.*retail batch --analysis ${s.analysis}`));
      assert.equal(await page.textContent('#pill'), 'Earlier run');
      assert.match(await page.textContent('#run'), /write-offs 12/);
      assert.equal(await page.isVisible('#content'), true);
      await page.context().close();
    }
  });
  await check('analyses: an error is told, asking again helps, and old figures stay after a later one', async () => {
    let broken = true;
    const page = await open('returns', { ...instead('returns', (route) => (broken ? json({ detail: 'the folder is locked' }, 503)(route) : route.continue())), wait: ['error'] });
    assert.match(await page.textContent('#panel'), /the folder is locked/);
    broken = false;
    await page.click('#panel button');
    await state(page, 'ok');
    const before = await one(page, 'returned');
    broken = true;
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await state(page, 'stale');
    assert.equal(await one(page, 'returned'), before);
    await page.context().close();
  });
  await check('analyses: nothing sold, nothing returned, nobody known are sentences', async () => {
    const empty = {
      customers: { segments: [], points: { segment: [], frequency: [], monetary: [] } },
      products: { top: [], bottom: [], stars: [], star_count: 0, ratings: {}, categories: [], category_count: 0, products: 0, units: null },
      trends: { daily: [], weekly: [], monthly: [], seasons: [] },
      stores: { stores: [], store_count: 0, avg_transaction_value: null, revenue_per_sqft: null, total: { revenue: '0.00', transactions: 0, sized: 0, sized_revenue: '0.00', square_feet: 0 } },
      returns: { funnel: [], categories: [], category_count: 0, by_rate: [], by_value: [], total: { sales_count: 0, return_count: 0, gross: '0.00', returned: '0.00', net: '0.00' }, return_rate: null, value_rate: null },
    };
    for (const [name, nothing] of Object.entries(empty)) {
      const page = await open(name, instead(name, json({ ...(await told(name)), ...nothing })));
      assert.ok(await page.locator('.empty:visible').count() >= 3, name);
      assert.equal(await page.locator('.plot:visible, #content table:visible').count(), 0, name);
      const words = await page.textContent('#content');
      assert.doesNotMatch(words, /NaN|undefined|null|Infinity/, name);
      await page.context().close();
    }
  });
  await check('analyses: markup in data stays text', async () => {
    const s = await told('products');
    Object.assign(s.top[0], { product_name: EVIL, category: EVIL, performance_rating: EVIL });
    Object.assign(s.categories[0], { category: EVIL, leader: EVIL });
    const page = await open('products', instead('products', json(s)));
    await drawn(page, 'plot-share');
    assert.equal(await page.locator('#table-top tbody th').first().textContent(), EVIL);
    assert.equal(await page.locator('main img, main b b').count(), 0);
    assert.equal(await page.evaluate(() => window.pwned), undefined);
    await page.context().close();
  });
}
