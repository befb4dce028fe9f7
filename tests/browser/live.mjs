// Checks of the page "Live": it shows what the server knows, adds nothing twice, and moves when an event comes.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { input, sums, total } from './files.mjs';
import { digits, parse, text } from './money.mjs';
import { drawn, figure, figures, unfold } from './pages.mjs';
import { check, skipped } from './report.mjs';

/** An event must be seen within so many milliseconds. */
const SEEN = 1500;

/** A state of the server, and the page once it shows just that. */
async function together(page, live) {
  for (let i = 0; i < 40; i += 1) {
    const state = await (await fetch(`${live}/api/live`)).json();
    if ((await figure(page, 'read')).value === String(state.stream.read)) {
      const shown = await page.evaluate(() => document.getElementById('main').cloneNode(true).outerHTML);
      const after = await (await fetch(`${live}/api/live`)).json();
      if (after.stream.read === state.stream.read) return { state, shown };
    }
    await page.waitForTimeout(50);
  }
  throw new Error('the page never caught up with the server');
}

function sameState(state) {
  const rows = (name) => [...document.querySelectorAll(`[data-figure="${name}"]`)].map((n) => n.dataset.value);
  const one = (name) => document.querySelector(`[data-figure="${name}"]`)?.dataset.value;
  return {
    tiles: ['latest_revenue', 'latest_window', 'products', 'tracked_windows', 'covered_revenue', 'late', 'late_revenue', 'rejected', 'watermark'].map(one),
    windows: rows('window_revenue'),
    states: rows('window_state'),
    unique: rows('window_products'),
    leaders: rows('leader_revenue'),
    movers: rows('mover_change'),
    chart: document.getElementById('plot-rolling').data.map((t) => [t.x.length, t.y.reduce((a, b) => a + b, 0)]),
    state,
  };
}

const run = (command) => new Promise((resolve, reject) => {
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'ignore', 'inherit'] });
  child.on('error', reject);
  child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command.join(' ')} ended with ${code}`))));
});

/** Runs the checks of the page. */
export async function liveChecks(pages, { live, data, append, streamInput }) {
  const page = await pages.open(live);
  await drawn(page, 'plot-rolling');

  await check('live: the page is fed by pushes', async () => {
    assert.equal(await page.evaluate(() => document.documentElement.dataset.feed), 'pushed');
  });
  await check('live: tiles, tables and lines are what the server tells', async () => {
    const { state } = await together(page, live);
    const shown = await page.evaluate(sameState, null);
    const s = state.stream;
    assert.deepEqual(shown.tiles, [state.latest.revenue, state.latest.end, String(state.products), String(state.tracked_windows), state.covered.revenue, String(s.late), s.late_revenue, String(s.rejected), s.watermark ?? '']);
    assert.deepEqual(shown.windows, state.windows.map((w) => w.revenue));
    assert.deepEqual(shown.states, state.windows.map((w) => w.state));
    assert.deepEqual(shown.unique, state.windows.map((w) => String(w.products)));
    assert.deepEqual(shown.leaders, state.leaderboard.map((l) => l.revenue));
    assert.deepEqual(shown.movers, state.movers?.items.map((m) => m.change) ?? []);
    assert.deepEqual(shown.chart.map(([n]) => n), state.series.map((x) => x.points.length));
    const revenue = await figure(page, 'latest_revenue');
    assert.equal(revenue.text.replace(/\D/g, ''), digits(revenue.value));
    return `${state.windows.length} windows, ${state.series.length} products`;
  });
  await check('live: what the tile calls "each sale once" overlaps nowhere', async () => {
    const { state } = await together(page, live);
    const size = state.window.size_seconds * 1000;
    const { from, to, revenue } = state.covered;
    assert.equal((Date.parse(to) - Date.parse(from)) % size, 0, 'whole windows');
    const ends = new Map(state.windows.map((w) => [Date.parse(w.end), w]));
    let sum = 0n;
    for (let end = Date.parse(to); end > Date.parse(from); end -= size) sum += parse(ends.get(end)?.revenue ?? '0');
    assert.equal(text(sum), text(parse(revenue)));
    const perProduct = state.series.every((s) => s.points.every((p) => ends.has(Date.parse(p.end)) || parse(p.revenue) === 0n));
    assert.ok(perProduct, 'a point of a line belongs to no window of the table, and is not on the ground');
  });
  await check('live: it says that it is rolling, and where a window is still open', async () => {
    assert.match(await page.textContent('#sum-rolling'), /Rolling.*overlap.*never added/);
    assert.match(await page.textContent('#tiles'), /Rolling/);
    const { state } = await together(page, live);
    const pill = page.locator('#tiles .pill').first();
    assert.equal(await pill.isVisible(), state.latest.state === 'open');
  });

  const raw = streamInput ? input(data) : null;
  if (raw) {
    await check('live: final windows are those of the input', async () => {
      const { state } = await together(page, live);
      const size = state.window.size_seconds * 1000;
      const [first, last] = [Math.min(...raw.map((r) => r.time)), Math.max(...raw.map((r) => r.time))];
      let compared = 0;
      for (const w of state.windows) {
        const [start, end] = [Date.parse(w.start), Date.parse(w.end)];
        if (w.state !== 'final' || start < first || end > last) continue;
        const inside = raw.filter((r) => r.time >= start && r.time < start + size);
        assert.equal(text(parse(w.revenue)), text(total(inside)), `window ${w.start}`);
        assert.equal(w.products, sums(inside, (r) => r.product).size, `products of window ${w.start}`);
        compared += 1;
      }
      assert.ok(compared > 0, 'no final window lies inside the input');
      return `${compared} windows`;
    });
  } else skipped('live: final windows are those of the input', 'without --stream-input');

  await check('live: ticks are not read aloud', async () => {
    await page.evaluate(() => {
      window.said = 0;
      for (const node of document.querySelectorAll('[role=status], [role=alert], [aria-live]')) new MutationObserver(() => (window.said += 1)).observe(node, { childList: true, subtree: true, characterData: true });
    });
    await page.waitForTimeout(3000);
    assert.equal(await page.evaluate(() => window.said), 0);
  });
  await check('live: a line can be switched off and on', async () => {
    const lines = () => page.evaluate(() => document.getElementById('plot-rolling').data.length);
    const before = await lines();
    const button = page.locator('#legend button').first();
    await button.click();
    await page.waitForFunction((n) => document.getElementById('plot-rolling').data.length === n - 1, before);
    assert.equal(await button.getAttribute('aria-pressed'), 'false');
    await button.click();
    await page.waitForFunction((n) => document.getElementById('plot-rolling').data.length === n, before);
  });
  await check('live: the table behind the chart has its points', async () => {
    await unfold(page);
    const { state } = await together(page, live);
    const cells = (await figures(page, 'rolling_revenue')).filter((f) => f.value);
    assert.equal(cells.length, state.series.reduce((n, s) => n + s.points.length, 0));
  });

  if (append.length) {
    await check('live: a new event moves figures and chart within a second or so', async () => {
      const look = () => page.evaluate(() => JSON.stringify([
        document.querySelector('[data-figure="read"]').dataset.value,
        document.getElementById('plot-rolling').data.map((t) => t.y),
      ]));
      const before = await look();
      await page.waitForTimeout(1000);
      const quiet = (await look()) === before;
      const [read, lines] = JSON.parse(await look());
      await run(append);
      const start = performance.now();
      await page.waitForFunction(([old, chart]) => {
        const drawn = JSON.stringify(document.getElementById('plot-rolling').data.map((t) => t.y));
        return document.querySelector('[data-figure="read"]').dataset.value !== old && drawn !== chart;
      }, [read, JSON.stringify(lines)], { timeout: 10_000, polling: 10 });
      const took = Math.round(performance.now() - start);
      assert.ok(took <= SEEN, `seen only after ${took} ms`);
      return `${took} ms${quiet ? '' : '; the stream moves by itself too'}`;
    });
  } else skipped('live: a new event', 'without --append');
  await page.context().close();
}
