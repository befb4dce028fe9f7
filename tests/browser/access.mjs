// Checks for everybody: axe, contrast of what axe does not see, keyboard, themes, motion.

import assert from 'node:assert/strict';
import { drawn, unfold } from './pages.mjs';
import { check } from './report.mjs';

async function violations(page) {
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  assert.ok(found.passes.length > 15, `axe looked at ${found.passes.length} rules only`);
  return found.violations.flatMap((v) => v.nodes.map((n) => `${v.impact} ${v.id}: ${n.target.join(' ')} ${n.failureSummary?.split('\n')[1] ?? ''}`));
}

/** Contrast of two colours of the page, by WCAG 2. */
function contrasts() {
  const probe = document.body.appendChild(document.createElement('span'));
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const light = (name) => {
    probe.style.color = `var(--${name})`;
    canvas.fillStyle = getComputedStyle(probe).color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((m, n) => n - m);
    return (x + 0.05) / (y + 0.05);
  };
  const pairs = [];
  const marks = ['accent', 'mark', 'bad', 'edge', ...[1, 2, 3, 4, 5, 6, 7, 8].map((i) => `series-${i}`)];
  for (const back of ['surface', 'raised', 'page']) {
    for (const front of ['text', 'muted', 'accent', 'bad', 'good']) pairs.push([front, back, 4.5, ratio(front, back)]);
    for (const front of marks) pairs.push([front, back, 3, ratio(front, back)]);
  }
  pairs.push(['heat-1', 'heat-0', 3, ratio('heat-1', 'heat-0')]);
  probe.remove();
  return pairs;
}

/** Tabs through the page; gives what had the focus, and how it was to be seen. */
async function walk(page) {
  await page.evaluate(() => {
    const start = document.createElement('span'); // the walk begins before everything
    start.tabIndex = -1;
    document.body.prepend(start);
    start.focus();
    let n = 0;
    const parts = 'a[href], button, input:not([type=hidden]), summary, [tabindex="0"]';
    for (const node of document.querySelectorAll(parts)) if (node.checkVisibility({ checkVisibilityCSS: true }) && !node.disabled) node.dataset.stop = n++;
  });
  const seen = new Map();
  for (let i = 0; i < 400; i += 1) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const node = document.activeElement;
      if (!node || node === document.body || node === document.documentElement) return null;
      const style = getComputedStyle(node);
      return { stop: node.dataset.stop, tag: node.outerHTML.slice(0, 80), outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 };
    });
    if (!at) break;
    if (at.stop !== undefined) seen.set(at.stop, at);
  }
  const all = await page.evaluate(() => [...document.querySelectorAll('[data-stop]')].map((n) => [n.dataset.stop, n.outerHTML.slice(0, 80)]));
  return { missed: all.filter(([stop]) => !seen.has(stop)), unseen: [...seen.values()].filter((at) => !at.outline), count: all.length };
}

/** Runs the checks on one page; `charts` are the places that must be drawn before. */
export async function accessChecks(pages, axe, name, url, charts, live = charts.length > 0) {
  for (const colorScheme of ['light', 'dark']) {
    const page = await pages.open(url, { colorScheme, script: axe, wait: live ? ['ok', 'ended'] : [] });
    for (const id of charts) await drawn(page, id);
    await check(`${name}: axe finds nothing, ${colorScheme}`, async () => {
      assert.deepEqual(await violations(page), []);
      await unfold(page);
      assert.deepEqual(await violations(page), [], 'with the tables open');
    });
    await check(`${name}: contrast of text and charts, ${colorScheme}`, async () => {
      const pairs = await page.evaluate(contrasts);
      assert.deepEqual(pairs.filter(([, , least, found]) => found < least).map(([a, b, l, f]) => `${a} on ${b}: ${f.toFixed(2)}, not ${l}`), []);
      return `least ${Math.min(...pairs.map(([, , , f]) => f)).toFixed(2)}`;
    });
    await page.context().close();
  }
  await check(`${name}: the keyboard reaches everything, and shows where it is`, async () => {
    const page = await pages.open(url, { wait: live ? ['ok', 'ended'] : [] });
    for (const id of charts) await drawn(page, id);
    const { missed, unseen, count } = await walk(page);
    assert.deepEqual(missed, []);
    assert.deepEqual(unseen, [], 'focus that cannot be seen');
    await page.context().close();
    return `${count} stops`;
  });
  if (!charts.length) return;
  await check(`${name}: the skip link leads to the figures`, async () => {
    const page = await pages.open(url);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
    await page.context().close();
  });
  await check(`${name}: each chart has a summary and a table`, async () => {
    const page = await pages.open(url);
    for (const id of charts) {
      const told = await page.evaluate((i) => {
        const node = document.getElementById(i);
        const words = (node.getAttribute('aria-describedby') ?? '').split(' ').map((d) => document.getElementById(d)?.textContent).join(' ');
        return { role: node.getAttribute('role'), words: words.trim(), table: Boolean(node.closest('.card').querySelector('details')) };
      }, id);
      assert.equal(told.role, 'img', id);
      assert.ok(told.words.length > 10, `${id} says ${JSON.stringify(told.words)}`);
      assert.ok(told.table, id);
    }
    await page.context().close();
  });
  await check(`${name}: the theme button turns page and charts, and is remembered`, async () => {
    const page = await pages.open(url);
    await drawn(page, charts[0]);
    const look = () => page.evaluate((id) => [document.documentElement.dataset.shown, getComputedStyle(document.body).backgroundColor, document.getElementById(id).layout.font.color], charts[0]);
    const before = await look();
    await page.click('#theme');
    await page.waitForFunction(([id, color]) => document.getElementById(id).layout.font.color !== color, [charts[0], before[2]]);
    const after = await look();
    assert.deepEqual([before[0], after[0]], ['light', 'dark']);
    assert.notEqual(before[1], after[1]);
    await page.reload();
    await drawn(page, charts[0]);
    assert.deepEqual(await look(), after);
    await page.context().close();
  });
  await check(`${name}: nothing moves for those who asked for it`, async () => {
    const silence = Object.fromEntries(['/api/report', '/api/live', `/api/shop/${name}`, `/api/analyses/${name}`].flatMap((path) => [path, `${path}/events`]).map((path) => [path, () => {}]));
    const moving = async (reducedMotion) => {
      const page = await pages.open(url, { reducedMotion, routes: silence, wait: ['loading'] });
      const count = await page.evaluate(() => document.getAnimations().length);
      await page.context().close();
      return count;
    };
    assert.equal(await moving('reduce'), 0);
    assert.ok((await moving('no-preference')) > 0, 'shapes breathe for the others');
  });
  await check(`${name}: on paper there is nothing to press`, async () => {
    const page = await pages.open(url, { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.isVisible('nav'), false);
    assert.equal(await page.isVisible('#theme'), false);
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
    await page.context().close();
  });
}
