// The page "Live": shows each state of the stream as it is pushed, and says when none comes.

import { byId, setText } from './dom.js';
import { configure, duration, here } from './format.js';
import { startHeader } from './header.js';
import { onLegend, showRate, showRolling } from './live-charts.js';
import { startFeed } from './live-feed.js';
import { showLeaders, showMovers, showWindows } from './live-tables.js';
import { showHealth, showTiles, tileSkeletons } from './live-tiles.js';
import { setBanner, setPanel, setStatus } from './state.js';

const WORDS = { ok: 'Live', ended: 'Ended', stale: 'Stale' };
const TITLES = { no_data: 'No stream yet', error: 'The stream cannot be shown' };

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
    show();
  });
}

function show() {
  setText(byId('updated'), `Updated ${here(updated)}`);
  byId('updated').dataset.time = new Date(updated).toISOString();
  if (setting !== `${state.currency} ${state.locale}`) {
    setting = `${state.currency} ${state.locale}`;
    configure(state);
  }
  const { status, message } = state;
  byId('content').setAttribute('aria-busy', 'false');
  if (status === 'no_data' || (status === 'error' && !state.latest)) {
    setPanel({ title: TITLES[status], text: message ?? '', retry: ask, retryText: 'Look again' });
    setBanner(null);
    setText(byId('about'), status === 'no_data' ? 'Nothing to show yet' : 'Nothing to show');
    setText(byId('run'), '');
    setStatus(status, WORDS);
    return;
  }
  setPanel(null);
  setBanner(bannerOf(state));
  const { size_seconds: size, slide_seconds: slide } = state.window;
  setText(byId('about'), `Windows of ${duration(size)}, a new one each ${duration(slide)}. All window times in UTC.`);
  setText(byId('run'), state.stream ? `Run ${state.stream.run_id}` : '');
  showTiles(state);
  showHealth(state);
  showRolling(state);
  showRate(state);
  showMovers(state);
  showLeaders(state);
  showWindows(state);
  setStatus(status, WORDS);
}

function bannerOf({ status, message, stream }) {
  if (status === 'error') return { text: message ?? 'The stream reports an error.', tone: 'bad', retry: ask };
  if (status === 'stale') return { text: message ?? 'The stream has not told anything new for a while. The old state stays here.' };
  if (status === 'ended') return { text: message ?? 'The stream has ended. These are its last figures.', tone: 'calm' };
  if (stream?.truncated) return { text: 'There are more open windows than can be told: this shows the newest of them, and totals are of these.', tone: 'calm' };
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
  const from = `What you see is from ${here(heard)}.`;
  if (byId('content').hidden) return;
  setBanner({ text: `${failure?.message ?? 'The server has been silent for more than 15 seconds.'} ${from}`, login, retry: ask });
  setStatus('stale', WORDS);
}

startHeader('live');
tileSkeletons();
setStatus('loading', WORDS);
onLegend(() => state && showRolling(state));
const ask = startFeed({ take, quiet });
