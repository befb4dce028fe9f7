// Checks of sizes: phones do not scroll sideways, wall screens are read from afar. And the pictures.

import assert from 'node:assert/strict';
import { drawn, picture, unfold } from './pages.mjs';
import { check } from './report.mjs';

const tooWide = () => {
  const wide = document.documentElement.clientWidth;
  const inScroller = (node) => node.closest('.scroll') !== null || node.closest('svg') !== null;
  return {
    page: document.documentElement.scrollWidth - wide,
    parts: [...document.querySelectorAll('body *')].filter((n) => n.checkVisibility() && !inScroller(n) && !n.matches('.sr-only, .skip') && !n.closest('.sr-only') && n.getBoundingClientRect().right > wide + 1).map((n) => n.outerHTML.slice(0, 90)),
  };
};

/** Runs the checks on one page, and keeps its pictures. */
export async function sizeChecks(pages, name, url, charts, shots, live = charts.length > 0) {
  const open = async (options) => {
    const page = await pages.open(url, { ...options, wait: live ? ['ok', 'ended'] : [] });
    for (const id of charts) await drawn(page, id);
    await page.waitForTimeout(150); // a frame for the charts
    return page;
  };
  for (const width of [390, 320]) {
    await check(`${name}: no sideways scrolling at ${width} pixels`, async () => {
      const page = await open({ viewport: { width, height: 844 }, isMobile: true, hasTouch: true });
      assert.deepEqual(await page.evaluate(tooWide), { page: 0, parts: [] });
      await unfold(page);
      assert.deepEqual(await page.evaluate(tooWide), { page: 0, parts: [] }, 'with the tables open');
      const small = await page.evaluate(() => [...document.querySelectorAll('a, button, input:not([type=hidden]), summary')].filter((n) => n.checkVisibility() && !n.matches('.skip')).filter((n) => Math.min(n.offsetHeight, n.offsetWidth) < 24 && !n.closest('p')).map((n) => n.outerHTML.slice(0, 90)));
      if (width === 390) assert.deepEqual(small, [], 'too small for a finger');
      await page.context().close();
    });
  }
  await check(`${name}: charts fill their cards at every width, and follow it`, async () => {
    if (!charts.length) return 'no charts here';
    const page = await open({});
    for (const width of [2560, 1440, 800, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await page.waitForFunction((ids) => ids.every((id) => {
        const place = document.getElementById(id);
        const drawing = place.querySelector('.main-svg');
        return Math.abs(drawing.getBoundingClientRect().width - place.clientWidth) <= 1 && Math.abs(drawing.getBoundingClientRect().height - place.clientHeight) <= 1;
      }), charts, { timeout: 5000 });
    }
    await page.context().close();
    return undefined;
  });
  await check(`${name}: larger type on a wall screen`, async () => {
    const page = await open({ viewport: { width: 2560, height: 1440 } });
    assert.ok(await page.evaluate(() => parseFloat(getComputedStyle(document.documentElement).fontSize)) >= 20);
    assert.equal((await page.evaluate(tooWide)).page, 0);
    await picture(page, shots, `${name}-2560-light`);
    await page.context().close();
  });
  if (!shots) return;
  for (const width of [1440, 390]) {
    for (const colorScheme of ['light', 'dark']) {
      const phone = width === 390;
      const page = await open({ colorScheme, viewport: { width, height: phone ? 844 : 900 }, isMobile: phone, hasTouch: phone });
      await picture(page, shots, `${name}-${width}-${colorScheme}`);
      await page.context().close();
    }
  }
}
