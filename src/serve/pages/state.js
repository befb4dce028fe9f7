// What the page as a whole is in: loading, ok, stale, ended, no data or error.

import { byId, fill, make, setText } from './dom.js';

const WORDS = { loading: 'Loading', ok: 'Up to date', stale: 'Stale', ended: 'Ended', no_data: 'No data', skipped: 'Skipped', error: 'Error' };
let announced = null;

/** Sets the pill; says the change, and only the change, to screen readers. */
export function setStatus(status, words = WORDS) {
  const text = words[status] ?? WORDS[status] ?? status;
  const pill = byId('pill');
  pill.dataset.status = status;
  setText(pill, text);
  document.documentElement.dataset.state = status;
  if (announced !== status) setText(byId('announce'), announced === null && status === 'loading' ? '' : `Status: ${text}`);
  announced = status;
}

/** Shows a banner above what is there, or takes it away (null). */
export function setBanner(banner) {
  const place = byId('banner');
  place.hidden = !banner;
  if (!banner) {
    fill(place);
    return;
  }
  place.dataset.tone = banner.tone ?? 'warn';
  if (place.dataset.text === banner.text && place.childElementCount) return;
  place.dataset.text = banner.text;
  fill(place, make('p', {}, banner.text), action(banner));
}

/** Shows a panel instead of the content (null: the content). */
export function setPanel(panel) {
  byId('panel').hidden = !panel;
  byId('content').hidden = Boolean(panel);
  if (panel) fill(byId('panel'), make('h2', {}, panel.title), make('p', {}, panel.text), action(panel));
}

function action({ retry, retryText = 'Try again', login }) {
  if (login) {
    const next = encodeURIComponent(location.pathname + location.search);
    return make('a', { class: 'button', href: `/login?next=${next}` }, 'Log in');
  }
  if (!retry) return null;
  const button = make('button', { type: 'button' }, retryText);
  button.addEventListener('click', retry);
  return button;
}
