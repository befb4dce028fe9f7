// Opens a dashboard of Superset in Chromium as a user would, waits until it has asked for its figures
// anew by itself, keeps a picture, and prints as JSON what is to be read on it.
//
// Usage: node tests/bi/superset.mjs ADDRESS PASSWORD SLUG PICTURE

import { browserPath, tools } from '../browser/setup.mjs';

const [address, password, slug, picture] = process.argv.slice(2);
const browser = await tools().chromium.launch({ executablePath: browserPath(), args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
page.setDefaultTimeout(60_000);
const asked = [];
page.on('response', (answer) => {
  if (answer.url().includes('/api/v1/chart/data')) asked.push({ at: Date.now(), status: answer.status() });
});

await page.goto(`${address}/login/`);
await page.locator('#username').fill('admin');
await page.locator('#password').fill(password);
await page.keyboard.press('Enter');
await page.waitForURL((url) => !url.pathname.startsWith('/login'));
await page.goto(`${address}/superset/dashboard/${slug}/`);

const until = async (enough) => {
  for (const end = Date.now() + 90_000; !enough(); await page.waitForTimeout(200)) {
    if (Date.now() > end) throw new Error(`asked for figures ${asked.length} times only`);
  }
};
// Five charts, and all of them once more.
await until(() => asked.length >= 5);
const first = asked.length;
await until(() => asked.length >= first + 5);
await page.waitForTimeout(2000);
await page.screenshot({ path: picture });
console.log(JSON.stringify({
  title: await page.title(),
  number: await page.locator('.header-line').first().innerText(),
  rows: await page.locator('table tbody tr').count(),
  canvases: await page.locator('canvas').count(),
  errors: await page.getByText(/error/i).count(),
  statuses: [...new Set(asked.map(({ status }) => status))],
  seconds: (asked[first].at - asked[0].at) / 1000,
}));
await browser.close();
