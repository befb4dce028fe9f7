// Opening pages under guard: what a page may never do is found whatever a check looks at.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';

/** Opens pages in one browser, and collects what they did wrong. */
export class Pages {
  constructor(browser) {
    this.browser = browser;
    this.requests = 0;
    this.outside = [];
    this.violations = [];
    this.complaints = [];
  }

  /**
   * Opens `url` and waits until it shows something. Options are those of a browser context, and
   * `routes` (path -> how to answer in place of the server), `script` (runs before the page),
   * `wait` (the states to wait for), `broken` (the page is meant to see failing requests).
   */
  async open(url, { routes = {}, script, wait = ['ok', 'ended'], broken = false, ...context } = {}) {
    const held = await this.browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'light', acceptDownloads: true, ...context });
    const page = await held.newPage();
    await page.addInitScript(() => {
      addEventListener('securitypolicyviolation', (e) => console.error(`violates ${e.violatedDirective}: ${e.blockedURI} at ${e.sourceFile}:${e.lineNumber}`));
    });
    if (script) await page.addInitScript({ content: script });
    page.on('request', (request) => {
      this.requests += 1;
      const { protocol, hostname } = new URL(request.url());
      if (protocol !== 'data:' && protocol !== 'blob:' && hostname !== '127.0.0.1') this.outside.push(request.url());
    });
    page.on('console', (message) => {
      const text = message.text();
      if (text.startsWith('violates ') || text.includes('Content Security Policy')) this.violations.push(`${url}: ${text}`);
      else if (['error', 'warning'].includes(message.type()) && !(broken && text.includes('Failed to load resource'))) this.complaints.push(`${url}: ${text}`);
    });
    page.on('pageerror', (error) => this.complaints.push(`${url}: ${error.stack ?? error}`));
    for (const [path, answer] of Object.entries(routes)) await page.route((u) => u.pathname === path, answer);
    await page.goto(url);
    if (wait.length) await state(page, ...wait);
    return page;
  }

  /** Fails if any page did what none may. */
  innocent() {
    assert.ok(this.requests > 50, `only ${this.requests} requests were seen`);
    assert.deepEqual(this.outside, [], 'requests left this machine');
    assert.deepEqual(this.violations, [], 'the content security policy was violated');
    assert.deepEqual(this.complaints, [], 'errors or warnings in the console');
  }
}

/** Waits until the page is in one of these states. */
export const state = (page, ...names) => page.waitForFunction((n) => n.includes(document.documentElement.dataset.state), names, { timeout: 30_000 });

/** Waits until the chart in this place is drawn. */
export const drawn = (page, id) => page.waitForFunction((i) => document.getElementById(i)?.data?.length > 0, id, { timeout: 30_000 });

/** The exact value and the text of a figure: `{value, text}`. */
export async function figure(page, name) {
  const node = page.locator(`[data-figure="${name}"]`).first();
  return { value: await node.getAttribute('data-value'), text: await node.textContent() };
}

/** All figures of this name: `{key, value, text, title}` with the key and the head of the row. */
export const figures = (page, name) => page.evaluate((n) => [...document.querySelectorAll(`[data-figure="${n}"]`)].map((node) => ({
  key: node.closest('tr')?.dataset.key,
  title: node.closest('tr')?.querySelector('th')?.firstChild?.textContent,
  value: node.dataset.value,
  text: node.textContent,
})), name);

/** Opens all "Show as table" and "Show all". */
export async function unfold(page) {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll('details')) details.open = true;
    for (const button of document.querySelectorAll('.more[aria-expanded=false]')) button.click();
  });
  await page.waitForTimeout(100); // the toggle event is a task of its own
}

/** Answers a request with JSON in place of the server. */
export const json = (body, status = 200) => (route) => route.fulfill({ status, contentType: 'application/json', body: JSON.stringify(body) });

/** What a link downloads, as text. */
export async function download(page, selector) {
  const [file] = await Promise.all([page.waitForEvent('download'), page.locator(selector).click()]);
  const chunks = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Keeps a picture. */
export async function picture(page, folder, name, options = { fullPage: true }) {
  if (folder) writeFileSync(`${folder}/${name}.png`, await page.screenshot(options));
}
