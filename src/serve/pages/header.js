// The header that both dashboards share: links to the other addresses, and the theme button.

import { byId } from './dom.js';
import { getJson } from './net.js';

function label() {
  const dark = document.documentElement.dataset.shown === 'dark';
  byId('theme').setAttribute('aria-label', dark ? 'Switch to the light theme' : 'Switch to the dark theme');
}

async function links(current) {
  const { body } = await getJson('/api/links');
  for (const name of ['batch', 'live', 'docs']) {
    const link = byId(`to-${name}`);
    if (name === current || !body[name]) continue;
    link.href = body[name];
    link.parentElement.hidden = false;
  }
}

/** Brings the header of the page `current` ("batch" or "live") to life. */
export function startHeader(current) {
  byId('theme').addEventListener('click', () => window.toggleTheme());
  window.addEventListener('themechange', label);
  label();
  links(current).catch(() => {}); // the links stay hidden; the page itself tells what is wrong
}
