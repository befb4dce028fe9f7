// Opens a page of `retail report` in a headless Chromium, on screens, a phone and paper:
//   node tests/browser/paper.mjs FILE [DIR]
// DIR gets pictures and the PDF. One line a check; the exit status is 1 if one failed.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { check, finish } from './report.mjs';
import { browserPath, tools } from './setup.mjs';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Sizes of screens: as on a desk, and as a phone. */
const SCREENS = [
  { width: 1280, height: 900 },
  { width: 390, height: 844, isMobile: true, hasTouch: true },
];

const tooWide = () => {
  const wide = document.documentElement.clientWidth;
  const parts = [...document.querySelectorAll('body *')].filter((n) => n.checkVisibility() && !n.closest('.scroll') && n.getBoundingClientRect().right > wide + 1);
  return [...(document.documentElement.scrollWidth > wide ? ['the page'] : []), ...parts.map((n) => n.outerHTML.slice(0, 90))];
};

async function main() {
  const [file, folder] = process.argv.slice(2);
  if (!file) throw new Error('give a FILE');
  const { chromium, axe } = tools();
  const root = process.getuid?.() === 0;
  const browser = await chromium.launch({ executablePath: browserPath(), args: root ? ['--no-sandbox'] : [] });
  const wrong = [];
  const open = async ({ width, height, ...more }) => {
    const context = await browser.newContext({ viewport: { width, height }, bypassCSP: false, ...more });
    const page = await context.newPage();
    page.on('console', (message) => wrong.push(message.text()));
    page.on('request', (request) => { if (request.url() !== pathToFileURL(file).href) wrong.push(request.url()); });
    await page.goto(pathToFileURL(file).href);
    return page;
  };
  try {
    for (const screen of SCREENS) {
      for (const colorScheme of ['light', 'dark']) {
        const name = `${screen.width}-${colorScheme}`;
        const page = await open({ ...screen, colorScheme });
        await check(`${name}: nothing is wider than the screen`, async () => {
          assert.deepEqual(await page.evaluate(tooWide), []);
          await page.evaluate(() => { for (const n of document.querySelectorAll('details')) n.open = true; });
          assert.deepEqual(await page.evaluate(tooWide), [], 'with the figures of the charts open');
          await page.evaluate(() => { for (const n of document.querySelectorAll('details')) n.open = false; });
        });
        await check(`${name}: axe finds nothing`, async () => {
          // The policy of the page lets no script in; the tool comes by another way.
          const world = await page.context().newCDPSession(page);
          const { frameTree } = await world.send('Page.getFrameTree');
          const { executionContextId } = await world.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id });
          const run = async (expression) => {
            const { result, exceptionDetails } = await world.send('Runtime.evaluate', { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true });
            if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
            return result.value;
          };
          await run(`${axe}; 0`);
          const found = await run(`axe.run(document, { runOnly: ${JSON.stringify(RULES)} }).then((f) => ({ passes: f.passes.length, violations: f.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.target.join(' ') + ' ' + n.failureSummary).join('; ')) }))`);
          assert.ok(found.passes > 15, `axe looked at ${found.passes} rules only`);
          assert.deepEqual(found.violations, []);
        });
        await check(`${name}: words in charts can be read`, async () => {
          const heights = await page.evaluate(() => [...document.querySelectorAll('svg.chart text')].map((n) => n.getBoundingClientRect().height));
          assert.ok(heights.length > 10 && Math.min(...heights) >= 10, `${Math.min(...heights)} pixels`);
        });
        if (folder) writeFileSync(`${folder}/${name}.png`, await page.screenshot({ fullPage: true }));
        await page.context().close();
      }
    }
    await check('paper: all of it, black on white, in a few pages', async () => {
      const page = await open({ ...SCREENS[0], colorScheme: 'dark' });
      await page.emulateMedia({ media: 'print' });
      const colours = await page.evaluate(() => [getComputedStyle(document.body).color, getComputedStyle(document.body).colorScheme]);
      assert.deepEqual(colours, ['rgb(22, 32, 43)', 'light']);
      const pdf = await page.pdf({ preferCSSPageSize: true });
      if (folder) writeFileSync(`${folder}/report.pdf`, pdf);
      const pages = [...pdf.toString('latin1').matchAll(/\/Type\s*\/Page\b(?!s)/g)].length;
      assert.ok(pages >= 1 && pages <= 4, `${pages} pages`);
      await page.context().close();
      return `${pages} pages`;
    });
    await check('nothing was asked for, and no console complained', () => assert.deepEqual(wrong, []));
  } finally {
    await browser.close();
  }
  process.exitCode = finish();
}

await main();
