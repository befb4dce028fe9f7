// Checks of the live shop's pages: they show what the server knows, and an alert comes by itself.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { digits, parse, text } from './money.mjs';
import { drawn, figure, figures, json, state, unfold } from './pages.mjs';
import { check, skipped } from './report.mjs';

/** The pages and their charts. */
export const SHOP = { alerts: [], stock: [], sessions: [], countries: ['plot-minutes'], orders: ['plot-sources', 'plot-states'] };

/** An alert must be seen within so many milliseconds. */
const SEEN = 1500;
const EVIL = '<img src=x onerror="window.pwned=1"><b>bold</b>';

const run = (command) => new Promise((resolve, reject) => {
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'ignore', 'inherit'] });
  child.on('error', reject);
  child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command.join(' ')} ended with ${code}`))));
});

const values = async (page, name) => (await figures(page, name)).map((f) => f.value);
const one = async (page, name) => (await figure(page, name)).value;
const sum = (rows, of) => text(rows.reduce((all, row) => all + parse(of(row)), 0n));

/** Runs the checks of the pages. */
export async function shopChecks(pages, { live, append }) {
  const told = async (name) => (await fetch(`${live}/api/shop/${name}`)).json();
  const open = (name, options) => pages.open(`${live}/shop/${name}`, options);

  await check('shop: every page leads to every other, and says where one is', async () => {
    for (const name of Object.keys(SHOP)) {
      const page = await open(name);
      const links = await page.evaluate(() => [...document.querySelectorAll('.tabs a')].map((a) => a.getAttribute('href')));
      assert.deepEqual(links, ['/', ...Object.keys(SHOP).map((n) => `/shop/${n}`)]);
      assert.equal(await page.getAttribute('.tabs a[aria-current="page"]', 'href'), `/shop/${name}`);
      assert.equal(await page.evaluate(() => document.documentElement.dataset.feed), 'pushed');
      await page.context().close();
    }
    const page = await pages.open(live);
    assert.equal(await page.getAttribute('.tabs a[aria-current="page"]', 'href'), '/');
    await page.context().close();
  });
  await check('alerts: tiles, types and feed are what the server tells', async () => {
    const page = await open('alerts');
    const s = await told('alerts');
    assert.ok(s.total > 0);
    assert.equal(await one(page, 'alerts'), String(s.total));
    const by = (name) => s.counts.filter((c) => c.severity === name).reduce((n, c) => n + c.count, 0);
    for (const name of ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW']) assert.equal(await one(page, `alerts_${name.toLowerCase()}`), String(by(name)), name);
    await unfold(page);
    assert.deepEqual(await values(page, 'alert_count'), s.counts.map((c) => String(c.count)));
    const keys = await page.evaluate(() => [...document.querySelectorAll('#feed li')].map((n) => n.dataset.key));
    assert.deepEqual(keys, s.alerts.map((a) => `${a.alert_id} ${a.final}`));
    const signs = await page.evaluate(() => [...document.querySelectorAll('#feed .badge')].every((n) => n.textContent.length > 2 && n.querySelector('path')));
    assert.ok(signs, 'a severity has a word and a sign');
    await page.context().close();
    return `${s.total} alerts`;
  });
  await check('alerts: a type can be chosen', async () => {
    const page = await open('alerts');
    const s = await told('alerts');
    const type = s.counts.at(-1).alert_type;
    await page.click(`#types [data-key="${type}"]`);
    await page.waitForFunction((t) => [...document.querySelectorAll('#feed li')].every((n) => n.dataset.type === t), type);
    assert.ok(await page.locator('#feed li').count() > 0);
    assert.equal(await page.getAttribute('#types [aria-pressed="true"]', 'data-key'), type);
    await page.click('#types button');
    await page.waitForFunction((t) => [...document.querySelectorAll('#feed li')].some((n) => n.dataset.type !== t), type);
    await page.context().close();
  });
  await check('stock: counts and rows are what the server tells', async () => {
    const page = await open('stock');
    const s = await told('stock');
    for (const [name, count] of Object.entries(s.stock.status)) assert.equal(await one(page, `stock_${name.toLowerCase()}`), String(count));
    assert.ok(s.stock.lowest.length > 0);
    assert.deepEqual(await values(page, 'stock'), s.stock.lowest.map((r) => String(r.stock)));
    assert.deepEqual(await values(page, 'stock_status'), s.stock.lowest.map((r) => r.stock_status));
    await page.context().close();
    return `${s.stock.lowest.length} products`;
  });
  await check('sessions: funnel, carts and visits are what the server tells', async () => {
    const page = await open('sessions');
    const s = await told('sessions');
    assert.ok(s.funnel[0].count > 0);
    assert.deepEqual(await values(page, 'funnel_count'), s.funnel.map((f) => String(f.count)));
    assert.deepEqual(await values(page, 'funnel_share'), s.funnel.map((f) => f.share));
    assert.equal(await one(page, 'active_sessions'), String(s.active.active));
    assert.equal(await one(page, 'abandoned_carts'), String(s.abandoned.count));
    assert.deepEqual(await values(page, 'cart_value'), s.abandoned.newest.map((c) => c.value ?? ''));
    assert.deepEqual(await values(page, 'session_amount'), s.latest.map((v) => v.total_amount));
    await page.context().close();
    return `${s.funnel[0].count} visits`;
  });
  await check('countries: lines add up to the total, in every period', async () => {
    const page = await open('countries');
    const { sales } = await told('countries');
    for (const period of ['last_24h', 'day', 'all']) {
      await page.click(`#periods [data-key="${period}"]`);
      await page.waitForFunction((amount) => document.querySelector('[data-figure="amount"]').dataset.value === amount, sales.total[period].amount);
      await unfold(page);
      for (const [figure_, lines] of [['country_amount', sales.countries], ['category_amount', sales.categories]]) {
        const shown = await values(page, figure_);
        assert.equal(shown.length, lines.filter((l) => l[period].count).length);
        assert.equal(sum(shown, (v) => v), sales.total[period].amount, `${figure_} ${period}`);
      }
    }
    const countries = sales.countries.filter((c) => c.name !== '');
    assert.equal(await one(page, 'countries'), String(countries.length), 'what no sale states is no country');
    const amount = await figure(page, 'amount');
    assert.equal(amount.text.replace(/\D/g, ''), digits(amount.value));
    await page.context().close();
  });
  await check('countries: the line and its table are the windows', async () => {
    const page = await open('countries');
    await drawn(page, 'plot-minutes');
    const { sales } = await told('countries');
    await unfold(page);
    assert.deepEqual(await values(page, 'minute_amount'), sales.windows.map((w) => w.amount).reverse());
    const points = await page.evaluate(() => document.getElementById('plot-minutes').data[0].y.reduce((a, b) => a + b, 0));
    assert.ok(Math.abs(points - Number(sum(sales.windows, (w) => w.amount))) < 0.01);
    await page.context().close();
    return `${sales.windows.length} windows`;
  });
  await check('orders: totals, charts and rows are what the server tells', async () => {
    const page = await open('orders');
    await drawn(page, 'plot-states');
    const s = await told('orders');
    assert.equal(await one(page, 'orders_amount'), s.total.amount);
    assert.deepEqual(await values(page, 'row_amount'), s.rows.map((r) => r.amount));
    assert.equal(sum(s.rows, (r) => r.amount), s.total.amount);
    const donut = await page.evaluate(() => document.getElementById('plot-sources').data[0].values);
    assert.deepEqual(donut, s.sources.map((x) => Number(x.amount)));
    const stacked = await page.evaluate(() => document.getElementById('plot-states').data.map((t) => t.y.reduce((a, b) => a + b, 0)));
    assert.deepEqual(stacked.map((n) => n.toFixed(2)), s.sources.map((x) => Number(x.amount).toFixed(2)));
    await page.context().close();
  });
  await check('orders: the words around the ring are whole on a phone', async () => {
    const page = await open('orders', { viewport: { width: 390, height: 844 } });
    await drawn(page, 'plot-sources');
    const outside = await page.evaluate(() => {
      const place = document.getElementById('plot-sources').getBoundingClientRect();
      const words = [...document.querySelectorAll('#plot-sources .slicetext')].map((n) => [n.textContent, n.getBoundingClientRect()]);
      return { count: words.length, cut: words.filter(([, box]) => box.left < place.left || box.right > place.right).map(([text]) => text) };
    });
    assert.ok(outside.count > 0);
    assert.deepEqual(outside.cut, []);
    await page.context().close();
  });
  await states(open, told);

  if (append.length) {
    await check('alerts: a new one appears by itself, within a second or so', async () => {
      const page = await open('alerts');
      const before = Number(await one(page, 'alerts'));
      await page.evaluate(() => (window.here = true));
      await run(append);
      const start = performance.now();
      await page.waitForFunction((n) => Number(document.querySelector('[data-figure="alerts"]').dataset.value) > n, before, { timeout: 10_000, polling: 10 });
      const took = Math.round(performance.now() - start);
      assert.ok(await page.evaluate(() => window.here), 'the page was loaded again');
      assert.equal(await page.locator('#feed li.fresh').count(), 1);
      assert.ok(took <= SEEN, `seen only after ${took} ms`);
      await page.context().close();
      return `${took} ms`;
    });
  } else skipped('alerts: a new one', 'without --append');
}

/** States that a healthy server does not show: answers are put in its place. */
async function states(open, told) {
  const instead = (name, answer) => ({ routes: { [`/api/shop/${name}`]: answer, [`/api/shop/${name}/events`]: (route) => route.abort() }, broken: true });
  await check('shop: no data says what to start', async () => {
    const body = { status: 'no_data', message: 'Start them with retail stream --job inventory.', stream: null, jobs: {}, currency: null, locale: null };
    const page = await open('stock', { ...instead('stock', json(body)), wait: ['no_data'] });
    assert.match(await page.textContent('#panel'), /--job inventory/);
    assert.equal(await page.isVisible('#content'), false);
    await page.context().close();
  });
  await check('shop: a job that does not run is named where it is missing', async () => {
    const s = await told('sessions');
    s.jobs.cart_abandonment = null;
    s.abandoned = null;
    const page = await open('sessions', { ...instead('sessions', json(s)), wait: ['ok'] });
    assert.match(await page.textContent('[data-job="cart_abandonment"]'), /does not run.*retail stream --job cart_abandonment/);
    assert.equal(await page.isVisible('#table-carts'), false);
    assert.deepEqual(await figure(page, 'abandoned_carts'), { value: '', text: '–' });
    assert.ok(await page.isVisible('#ranks-funnel'));
    await page.context().close();
  });
  await check('shop: what no job counts is not said to be nothing', async () => {
    const none = { stock: null, counts: [], alerts: [], total: 0, provisional: 0, sales: null, funnel: [], latest: [], active: null, abandoned: null };
    for (const name of Object.keys(SHOP)) {
      const s = await told(name);
      const body = { ...s, ...none, ...(name === 'orders' && { total: { orders: 0, amount: '0.00', quantity: '0.00' }, sources: [], states: [], rows: [] }), jobs: Object.fromEntries(Object.keys(s.jobs).map((job) => [job, null])) };
      const page = await open(name, { ...instead(name, json(body)), wait: ['ok'] });
      const shown = await page.evaluate(() => [...document.querySelectorAll('#tiles .value')].map((n) => n.textContent));
      assert.deepEqual(shown, shown.map(() => '–'), name);
      assert.equal(await page.locator('#tiles .skeleton').count(), 0, name);
      await page.context().close();
    }
  });
  await check('shop: stale and ended are said, and the figures stay', async () => {
    for (const [status, words] of [['stale', /said nothing/], ['ended', /has ended/]]) {
      const s = { ...(await told('alerts')), status, message: status === 'stale' ? 'The stream has said nothing since 1970.' : null };
      const page = await open('alerts', { ...instead('alerts', json(s)), wait: [status] });
      assert.match(await page.textContent('#banner'), words);
      assert.equal(await one(page, 'alerts'), String(s.total));
      await page.context().close();
    }
  });
  await check('shop: an error is told, and asking again helps', async () => {
    let broken = true;
    const page = await open('alerts', { ...instead('alerts', (route) => (broken ? json({ detail: 'the folder is locked' }, 503)(route) : route.continue())), wait: ['error'] });
    assert.match(await page.textContent('#panel'), /the folder is locked/);
    broken = false;
    await page.click('#panel button');
    await state(page, 'ok');
    await page.context().close();
  });
  await check('alerts: provisional ones say so, and markup in data stays text', async () => {
    const s = await told('alerts');
    Object.assign(s.alerts[0], { final: false, reason: EVIL, store_id: EVIL, alert_type: EVIL });
    const page = await open('alerts', { ...instead('alerts', json(s)), wait: ['ok'] });
    assert.equal(await page.textContent('#feed li .early'), 'provisional');
    assert.equal(await page.textContent('#feed li .reason'), EVIL);
    assert.equal(await page.locator('main img, main b b').count(), 0);
    assert.equal(await page.evaluate(() => window.pwned), undefined);
    await page.context().close();
  });
}
