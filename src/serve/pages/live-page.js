// What all pages of the live dashboard share: they show each state as it is pushed, and say when none comes.

import { byId, setText } from './dom.js';
import { configure, here } from './format.js';
import { startHeader } from './header.js';
import { startFeed } from './live-feed.js';
import { setBanner, setPanel, setStatus } from './state.js';

const WORDS = { ok: 'Live', ended: 'Ended', stale: 'Stale' };

/**
 * Follows the state at `url`, whose events are called `name`. `titles` are those of a panel in place of the content, by status;
 * `empty(state)` says whether there is nothing to show, `cut(state)` in a sentence what is left out, if something is;
 * `about(state)` is the page's one line, and `show(state)` shows the rest. Returns a function that shows again what is known.
 */
export function startPage({ url, name, titles, empty, cut, about, show }) {
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
    // pushes that come faster than the screen are shown together; hidden pages wait
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
    if (empty(state)) {
      setPanel({ title: titles[status] ?? titles.error, text: message ?? '', retry: ask, retryText: 'Look again' });
      setBanner(null);
      setText(byId('about'), status === 'no_data' ? 'Nothing to show yet' : 'Nothing to show');
      setText(byId('run'), '');
    } else {
      setPanel(null);
      setBanner(bannerOf(state));
      setText(byId('about'), about(state));
      setText(byId('run'), stream ? `Run ${stream.run_id}` : '');
      show(state);
    }
    setStatus(status, WORDS);
  }

  function bannerOf({ status, message }) {
    if (status === 'error') return { text: message ?? 'The stream reports an error.', tone: 'bad', retry: ask };
    if (status === 'stale') return { text: message ?? 'The stream has not told anything new for a while. The old state stays here.' };
    if (status === 'ended') return { text: message ?? 'The stream has ended. These are its last figures.', tone: 'calm' };
    const text = cut(state);
    return text ? { text, tone: 'calm' } : null;
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
  setStatus('loading', WORDS);
  const ask = startFeed({ url, name, take, quiet });
  return () => state && !empty(state) && paint();
}
