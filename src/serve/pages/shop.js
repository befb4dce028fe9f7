// What the pages of the live shop share: their state, and sections of jobs that do not run.

import { byId, fill, make, setFigure, setText } from './dom.js';
import { configure, here } from './format.js';
import { startHeader } from './header.js';
import { startFeed } from './live-feed.js';
import { setBanner, setPanel, setStatus } from './state.js';

const WORDS = { ok: 'Live', ended: 'Ended', stale: 'Stale' };
const TITLES = { no_data: 'No jobs yet', error: 'The shop cannot be shown' };

/**
 * Brings a page with so many `tiles` to life. `topic` is its name in `/api/shop/`; `about(state)` is its one
 * line, `show(state)` shows the rest. Returns a function that shows again what is known.
 */
export function startShop({ topic, tiles, about, show }) {
  let state = null; // the newest there is
  let waiting = false; // whether a frame is asked for
  let setting = ''; // currency and locale that are in force
  let updated = null;

  function take(next, how) {
    state = next;
    updated = Date.now();
    document.documentElement.dataset.feed = how;
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      paint();
    });
  }

  function paint() {
    setText(byId('updated'), `Updated ${here(updated)}`);
    byId('updated').dataset.time = new Date(updated).toISOString();
    if (setting !== `${state.currency} ${state.locale}`) {
      setting = `${state.currency} ${state.locale}`;
      configure(state);
    }
    const { status, message, stream } = state;
    byId('content').setAttribute('aria-busy', 'false');
    if (!stream) {
      setPanel({ title: TITLES[status] ?? TITLES.error, text: message ?? '', retry: ask, retryText: 'Look again' });
      setBanner(null);
      setText(byId('about'), 'Nothing to show yet');
      setText(byId('run'), '');
      setStatus(status, WORDS);
      return;
    }
    setPanel(null);
    setBanner(bannerOf(state));
    setText(byId('about'), about(state));
    setText(byId('run'), `Run ${stream.run_id}`);
    sections(state.jobs);
    show(state);
    setStatus(status, WORDS);
  }

  function bannerOf({ status, message, truncated }) {
    if (status === 'error') return { text: message ?? 'The stream reports an error.', tone: 'bad', retry: ask };
    if (status === 'stale') return { text: message ?? 'The stream has not told anything new for a while. The old state stays here.' };
    if (status === 'ended') return { text: message ?? 'The stream has ended. These are its last figures.', tone: 'calm' };
    if (truncated) return { text: 'More rows wait for their file than can be told: the counts are complete within a minute.', tone: 'calm' };
    return null;
  }

  function quiet(failure, heard) {
    const login = failure?.login;
    if (heard === null) {
      setPanel({ title: 'The stream cannot be reached', text: failure?.message ?? 'The server is silent.', login, retry: ask });
      setText(byId('about'), 'Nothing to show');
      setStatus('error', WORDS);
      return;
    }
    if (byId('content').hidden) return;
    setBanner({ text: `${failure?.message ?? 'The server has been silent for more than 15 seconds.'} What you see is from ${here(heard)}.`, login, retry: ask });
    setStatus('stale', WORDS);
  }

  startHeader('live');
  fill(byId('tiles'), ...Array.from({ length: tiles }, (_, i) => tile(i, make('div', { class: 'skeleton value' }), make('div', { class: 'skeleton note' }))));
  setStatus('loading', WORDS);
  const ask = startFeed({ url: `/api/shop/${topic}`, name: 'shop', take, quiet });
  return () => state?.stream && paint();
}

/** Sections whose job does not run say so, and how it is started. */
function sections(jobs) {
  for (const card of document.querySelectorAll('[data-job]')) {
    const name = card.dataset.job;
    const runs = Boolean(jobs[name]);
    if (card.dataset.runs === String(runs)) continue;
    card.dataset.runs = String(runs);
    card.querySelector('.absent')?.remove();
    for (const part of [...card.children].slice(1)) part.hidden = !runs;
    if (!runs) {
      card.querySelector('.head p').textContent = '';
      card.append(make('p', { class: 'absent' }, `The job ${name} does not run. Start it with `, make('code', {}, `retail stream --job ${name}`)));
    }
  }
}

/** Whether a job runs. */
export const runs = (state, job) => Boolean(state.jobs[job]);

/** Shows or hides what stands for an empty table. */
export function emptyTable(id, table, none) {
  byId(`empty-${id}`).hidden = !none;
  table.parentElement.hidden = none;
  return none;
}

function tile(i, big, small) {
  return make('div', { class: i ? 'card kpi' : 'card kpi first' }, make('dt'), make('dd', { class: 'value' }, big), make('dd', { class: 'note' }, small));
}

/** Fills the tiles: `{name, title, text, value, note, node}`; a `node` comes before the note. */
export function showTiles(tiles) {
  const list = byId('tiles');
  while (list.children.length > tiles.length) list.lastChild.remove();
  while (list.children.length < tiles.length) list.append(tile(list.children.length));
  tiles.forEach(({ name, title, text, value, note, node }, i) => {
    const [head, big, small] = list.children[i].children;
    if (!node) setText(head, title);
    else if (head.dataset.title !== title) fill(head, node());
    head.dataset.title = title;
    setFigure(big, name, text, value);
    big.style.setProperty('--long', text.length);
    setText(small, note ?? '');
  });
}

/** Fills a group of buttons of which one is pressed: `choices` are `{key, label}`. */
export function chips(place, choices, chosen, choose) {
  while (place.children.length > choices.length) place.lastChild.remove();
  choices.forEach(({ key, label }, i) => {
    const button = place.children[i] ?? place.appendChild(make('button', { type: 'button' }));
    setText(button, label);
    button.dataset.key = key;
    button.setAttribute('aria-pressed', String(key === chosen));
    button.onclick = () => choose(button.dataset.key);
  });
}
