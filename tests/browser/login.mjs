// Checks of the login page.

import assert from 'node:assert/strict';
import { check } from './report.mjs';

/** Runs the checks; nothing is sent. */
export async function loginChecks(pages, { batch }) {
  await check('login: it asks for a key, and says when it was wrong', async () => {
    const page = await pages.open(`${batch}/login`, { wait: [] });
    assert.equal(await page.getAttribute('form', 'method'), 'post');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'key');
    assert.equal(await page.isVisible('#failed'), false);
    await page.goto(`${batch}/login?failed=1`);
    await page.waitForSelector('#failed:visible');
    assert.match(await page.textContent('#failed'), /not known/);
    await page.context().close();
  });
  await check('login: it leads back to pages of this server only', async () => {
    const page = await pages.open(`${batch}/login`, { wait: [] });
    for (const [next, kept] of [['/?days=7', '/?days=7'], ['//evil.example', null], ['https://evil.example', null], ['/\\evil.example', null], ['javascript:alert(1)', null]]) {
      await page.goto(`${batch}/login?next=${encodeURIComponent(next)}`);
      await page.waitForFunction(() => document.activeElement.id === 'key');
      const sent = await page.evaluate(() => new FormData(document.querySelector('form')).get('next'));
      assert.equal(sent, kept, next);
    }
    await page.context().close();
  });
}
