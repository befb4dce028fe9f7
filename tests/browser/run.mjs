// Drives the dashboards in a headless Chromium:
//   node tests/browser/run.mjs --batch URL --live URL --data DIR [--analyses] [--shop] [--shots DIR] [--stream-input] [--append CMD…]
// DIR holds output/analysis_csv and, to compare more, the input/ it was made from. CMD, with all that
// follows it, brings one new event into the stream, of a product that has a line, and, with --shop, one that gives an
// alert into the jobs. --analyses says that all analyses stand in DIR/output, too. --stream-input says that the stream reads DIR/input.
// One line a check; the exit status is 1 if one failed.

import { mkdirSync } from 'node:fs';
import { accessChecks } from './access.mjs';
import { ANALYSES, analysisChecks } from './analyses.mjs';
import { batchChecks } from './batch.mjs';
import { liveChecks } from './live.mjs';
import { loginChecks } from './login.mjs';
import { Pages } from './pages.mjs';
import { check, finish } from './report.mjs';
import { browserPath, tools } from './setup.mjs';
import { SHOP, shopChecks } from './shop.mjs';
import { sizeChecks } from './sizes.mjs';
import { batchStates, liveStates } from './states.mjs';

const BATCH_CHARTS = ['plot-day', 'plot-month'];
const LIVE_CHARTS = ['plot-rolling', 'plot-rate'];

function options(args) {
  const found = { append: [] };
  for (let i = 0; i < args.length; i += 1) {
    if (args[i] === '--append') return { ...found, append: args.slice(i + 1) };
    if (args[i] === '--stream-input') found.streamInput = true;
    else if (args[i] === '--shop') found.shop = true;
    else if (args[i] === '--analyses') found.analyses = true;
    else if (['--batch', '--live', '--data', '--shots'].includes(args[i])) found[args[i].slice(2)] = args[(i += 1)]?.replace(/\/$/, '');
    else throw new Error(`unknown option ${args[i]}`);
  }
  return found;
}

async function main() {
  const wanted = options(process.argv.slice(2));
  if (!wanted.batch && !wanted.live) throw new Error('give --batch URL, --live URL or both');
  if (wanted.batch && !wanted.data) throw new Error('--batch needs --data DIR');
  if (wanted.shots) mkdirSync(wanted.shots, { recursive: true });
  const { chromium, axe } = tools();
  const root = process.getuid?.() === 0;
  const browser = await chromium.launch({ executablePath: browserPath(), args: root ? ['--no-sandbox'] : [] });
  const pages = new Pages(browser);
  try {
    if (wanted.batch) {
      await batchChecks(pages, wanted);
      await batchStates(pages, wanted);
      await loginChecks(pages, wanted);
      await accessChecks(pages, axe, 'sales', wanted.batch, BATCH_CHARTS);
      await accessChecks(pages, axe, 'login', `${wanted.batch}/login?failed=1`, []);
      await sizeChecks(pages, 'sales', wanted.batch, BATCH_CHARTS, wanted.shots);
      await sizeChecks(pages, 'login', `${wanted.batch}/login`, [], wanted.shots);
    }
    if (wanted.batch && wanted.analyses) {
      await analysisChecks(pages, wanted);
      for (const [name, charts] of Object.entries(ANALYSES)) {
        await accessChecks(pages, axe, name, `${wanted.batch}/analyses/${name}`, charts, true);
        await sizeChecks(pages, name, `${wanted.batch}/analyses/${name}`, charts, wanted.shots, true);
      }
    }
    if (wanted.live) {
      await liveChecks(pages, wanted);
      await liveStates(pages, wanted);
      await accessChecks(pages, axe, 'live', wanted.live, LIVE_CHARTS);
      await sizeChecks(pages, 'live', wanted.live, LIVE_CHARTS, wanted.shots);
    }
    if (wanted.live && wanted.shop) {
      await shopChecks(pages, wanted);
      for (const [name, charts] of Object.entries(SHOP)) {
        await accessChecks(pages, axe, name, `${wanted.live}/shop/${name}`, charts, true);
        await sizeChecks(pages, name, `${wanted.live}/shop/${name}`, charts, wanted.shots, true);
      }
    }
    await check('all pages: no request left the machine, no policy was violated, no console complained', () => {
      pages.innocent();
      return `${pages.requests} requests`;
    });
  } finally {
    await browser.close();
  }
  process.exitCode = finish();
}

await main();
