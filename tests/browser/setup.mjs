// Brings playwright-core and axe-core, at the versions of package-lock.json, into a cache folder.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

const HERE = import.meta.dirname;

/** The driver of the browser, and the text of axe. */
export function tools() {
  const lock = readFileSync(join(HERE, 'package-lock.json'));
  const version = createHash('sha256').update(lock).digest('hex').slice(0, 12);
  const folder = join(process.env.RETAIL_BROWSER_CACHE ?? join(homedir(), '.cache', 'retail-browser'), version);
  if (!existsSync(join(folder, 'node_modules', 'axe-core', 'axe.min.js'))) install(folder);
  const require = createRequire(join(folder, 'package.json'));
  return {
    chromium: require('playwright-core').chromium,
    axe: readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'),
  };
}

function install(folder) {
  mkdirSync(folder, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(HERE, file), join(folder, file));
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const done = spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  if (done.status !== 0) throw new Error(`npm ci in ${folder} failed`);
}

/** Where Chromium is. */
export function browserPath() {
  const wanted = process.env.RETAIL_CHROMIUM;
  const found = [wanted, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((p) => p && existsSync(p));
  if (!found) throw new Error('no Chromium; install it (apt-get install chromium) or name it in RETAIL_CHROMIUM');
  return found;
}
