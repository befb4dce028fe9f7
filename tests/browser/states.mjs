// Checks of states that a healthy server does not show: answers are put in its place.

import assert from 'node:assert/strict';
import { digits } from './money.mjs';
import { drawn, figure, json, state } from './pages.mjs';
import { check } from './report.mjs';

const EVIL = '<img src=x onerror="window.pwned=1"><b>bold</b> & "quoted"';

/** States of the page "Sales". */
export async function batchStates(pages, { batch }) {
  const report = await (await fetch(`${batch}/api/report`)).json();
  const open = (answer, wait, more = {}) => pages.open(batch, { routes: { '/api/report': answer }, wait: [wait], broken: true, ...more });

  await check('sales: loading shows shapes and no figures', async () => {
    const page = await open(() => {}, 'loading');
    assert.ok(await page.locator('.skeleton').count() >= 5);
    assert.equal(await page.locator('[data-figure]').count(), 0);
    await page.context().close();
  });
  await check('sales: no data says what to run', async () => {
    const page = await open(json({ status: 'no_data', message: 'Run retail batch first.', currency: null, locale: null }), 'no_data');
    assert.match(await page.textContent('#panel'), /Run retail batch first/);
    assert.equal(await page.isVisible('#content'), false);
    await page.context().close();
  });
  await check('sales: an error says what happened, and trying again helps', async () => {
    let broken = true;
    const page = await open((route) => (broken ? json({ detail: 'the folder is locked' }, 500)(route) : route.continue()), 'error');
    assert.match(await page.textContent('#panel'), /the folder is locked/);
    broken = false;
    await page.click('#panel button');
    await state(page, 'ok');
    assert.equal(await page.isVisible('#panel'), false);
    broken = true;
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await state(page, 'stale');
    assert.match(await page.textContent('#banner'), /the folder is locked/);
    assert.equal((await figure(page, 'revenue')).value, report.kpis.revenue, 'old figures stay');
    await page.context().close();
  });
  await check('sales: without a login it leads to one', async () => {
    const page = await open(json({ detail: 'no' }, 403), 'error');
    assert.equal(await page.getAttribute('#panel a', 'href'), '/login?next=%2F');
    await page.context().close();
  });
  await check('sales: markup in data stays text', async () => {
    const odd = structuredClone(report);
    odd.top_products[0].product = EVIL;
    odd.sample[0].product = EVIL;
    odd.notes = [EVIL];
    odd.run.run_id = EVIL;
    const page = await open(json(odd), 'ok');
    assert.equal(await page.locator('#ranks-product .name').first().textContent(), EVIL);
    assert.equal(await page.textContent('#notes li'), EVIL);
    assert.equal(await page.locator('main img, main b b').count(), 0);
    assert.equal(await page.evaluate(() => window.pwned), undefined);
    await page.context().close();
  });
  await check('sales: money beyond floating numbers is shown to the last digit', async () => {
    const odd = structuredClone(report);
    for (const [currency, locale] of [['EUR', 'de-DE'], ['INR', 'en-IN'], ['USD', 'en-US'], [null, null]]) {
      Object.assign(odd, { currency, locale });
      odd.kpis.revenue = '98765432109876543.2101';
      const page = await open(json(odd), 'ok');
      const shown = (await figure(page, 'revenue')).text;
      assert.equal(shown.replace(/\D/g, ''), digits(odd.kpis.revenue));
      if (locale === 'de-DE') assert.equal(shown, '98.765.432.109.876.543,2101\u00a0€');
      if (locale === 'en-IN') assert.equal(shown, '₹9,87,65,43,21,09,87,65,43.2101'.replace('₹9,87,65,43,21,09,87,65,43', new Intl.NumberFormat('en-IN', { style: 'currency', currency: 'INR', maximumFractionDigits: 0 }).format(98765432109876543n)));
      if (!currency) assert.match(shown, /^[\d,.\u00a0\u202f]+$/);
      await page.context().close();
    }
  });
  await check('sales: what the input lacks is hidden, with its sentence', async () => {
    const odd = { ...report, by_store: null, by_country: null, by_category: null, by_hour: null, notes: ['The input has no stores.'] };
    const page = await open(json(odd), 'ok');
    for (const id of ['store', 'country', 'category', 'returns', 'hour']) assert.equal(await page.isVisible(`#card-${id}`), false, id);
    assert.match(await page.textContent('#notes'), /no stores/);
    await page.context().close();
  });
  await check('sales: no rows at all', async () => {
    const none = { ...report, kpis: { ...report.kpis, revenue: '0.00', gross: '0.00', returned: '0.00', sales: 0, returns: 0, units: null, products: 0, days: 0, average_sale: null, return_rate: null }, previous: null, by_day: [], by_month: [], top_products: [], by_store: [], by_category: [], by_country: [], by_hour: [], sample: [] };
    const page = await open(json(none), 'ok');
    assert.match(await page.textContent('#banner'), /no records in this period/);
    assert.ok(await page.locator('.empty:visible').count() >= 7);
    assert.equal((await figure(page, 'average_sale')).text, '–');
    await page.context().close();
  });
  await check('sales: one row, long names, and only returns', async () => {
    const long = 'x'.repeat(60) + ' ' + 'A very long name of a product '.repeat(8);
    const odd = { ...report, by_day: [{ date: '2026-11-08', revenue: '-12.34', sales: 0, returns: 1, returned: '12.34' }], by_month: [{ month: '2026-11', revenue: '-12.34', days: 1, complete: false, change: null }], top_products: [{ product: long, category: null, revenue: '-12.34', units: null }], by_hour: [{ weekday: 7, hour: 23, revenue: '-12.34', sales: 0 }] };
    odd.kpis = { ...report.kpis, revenue: '-12.34' };
    const page = await open(json(odd), 'ok', { viewport: { width: 390, height: 844 } });
    await drawn(page, 'plot-day');
    assert.match((await figure(page, 'revenue')).text, /-.*12/);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page scrolls sideways');
    await page.context().close();
  });
}

/** States of the page "Live". */
export async function liveStates(pages, { live }) {
  const now = await (await fetch(`${live}/api/live`)).json();
  const none = { status: 'no_data', message: 'Start retail stream.', now: now.now, updated: null, currency: null, locale: null, stream: null, window: now.window, latest: null, covered: null, products: 0, tracked_windows: 0, windows: [], series: [], leaderboard: [], movers: null };
  const dead = (route) => route.fulfill({ status: 503, body: '' });
  const open = (answer, wait) => pages.open(live, { routes: { '/api/live/events': dead, '/api/live': answer }, wait: [wait], broken: true });

  await check('live: without pushes it asks', async () => {
    const page = await open((route) => route.continue(), now.status);
    assert.equal(await page.evaluate(() => document.documentElement.dataset.feed), 'asked');
    await page.waitForResponse((r) => new URL(r.url()).pathname === '/api/live', { timeout: 8000 });
    await page.context().close();
  });
  await check('live: no stream says what to run', async () => {
    const page = await open(json(none), 'no_data');
    assert.match(await page.textContent('#panel'), /Start retail stream/);
    await page.context().close();
  });
  await check('live: a stream without a sale yet', async () => {
    const page = await open(json({ ...none, status: 'ok', message: null, stream: now.stream }), 'ok');
    assert.equal((await figure(page, 'latest_revenue')).text, '–');
    assert.equal(await page.locator('.empty:visible').count(), 4);
    await page.context().close();
  });
  await check('live: ended, stale and error keep their figures', async () => {
    for (const [status, words] of [['ended', /over and done/], ['stale', /nothing new/], ['error', /broken pipe/]]) {
      const page = await open(json({ ...now, status, message: 'over and done, nothing new, broken pipe' }), status);
      assert.match(await page.textContent('#banner'), words);
      assert.equal((await figure(page, 'latest_revenue')).value, now.latest.revenue);
      await page.context().close();
    }
  });
  await check('live: an unreachable server is told at once', async () => {
    const page = await open((route) => route.abort(), 'error');
    assert.match(await page.textContent('#panel'), /cannot be reached/);
    await page.context().close();
  });
  await check('live: silence of 15 s is stale, and the figures stay', async () => {
    let asked = 0;
    const page = await open((route) => ((asked += 1) === 1 ? json({ ...now, status: 'ok' })(route) : undefined), 'ok');
    const start = Date.now();
    await state(page, 'stale');
    const took = Date.now() - start;
    assert.ok(took > 12_000 && took < 20_000, `after ${took} ms`);
    assert.equal((await figure(page, 'latest_revenue')).value, now.latest.revenue);
    await page.context().close();
    return `${took} ms`;
  });
}
