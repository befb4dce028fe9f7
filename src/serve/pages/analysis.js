// What the pages of analyses share: they ask for their figures every 15 seconds and show what is new.

import { byId, setText } from './dom.js';
import { configure, count, date, here, hereFull } from './format.js';
import { startHeader } from './header.js';
import { getJson } from './net.js';
import { setBanner, setPanel, setStatus } from './state.js';
import { fillTiles, tileSkeletons } from './tiles.js';

const EVERY = 15_000;
const WORDS = { stale: 'Earlier run' };

/**
 * Brings the page `topic` to life, with so many `tiles`. `about(state)` is its one line, `figures(state)` fills its
 * tiles, `show(state)` shows the rest. Returns a function that shows again what is known.
 */
export function startAnalysis({ topic, tiles, about, figures, show }) {
  let etag = null;
  let state = null; // what is shown
  let asked = null; // the request under way
  let updated = null;
  let timer = null;

  async function refresh() {
    clearTimeout(timer);
    asked?.abort();
    const request = (asked = new AbortController());
    try {
      const answer = await getJson(`/api/analyses/${topic}`, { etag, signal: request.signal });
      if (request === asked) take(answer);
    } catch (error) {
      if (request === asked) fail(error);
    }
    if (request !== asked) return;
    byId('content').setAttribute('aria-busy', 'false');
    timer = setTimeout(refresh, EVERY);
  }

  function take(answer) {
    updated = new Date();
    setText(byId('updated'), `Updated ${here(updated)}`);
    byId('updated').dataset.time = updated.toISOString();
    if (!answer.unchanged) {
      ({ etag, body: state } = answer);
      configure(state);
    }
    if (state.status === 'ok') paint(!answer.unchanged);
    else nothing();
  }

  function paint(anew) {
    setPanel(null);
    if (anew) {
      setText(byId('about'), about(state));
      setText(byId('run'), whose());
      fillTiles(figures(state));
      show(state);
      document.documentElement.dataset.run = state.run.run_id;
    }
    setBanner(state.newer ? { text: earlier() } : null);
    setStatus(state.newer ? 'stale' : 'ok', state.newer ? WORDS : {});
  }

  const earlier = () => `Batch has run again since, ${hereFull(state.newer.finished)}, without this analysis: these figures are of the run of ${hereFull(state.run.finished)}. retail batch --analysis ${state.analysis} makes them anew.`;

  function whose() {
    const rules = Object.entries(state.left_out ?? {}).map(([rule, n]) => `${rule} ${count(n)}`);
    return [
      `Analysis ${state.analysis}, run ${state.run.run_id}, finished ${hereFull(state.run.finished)}`,
      state.as_of && `looked back from ${date(state.as_of)}`,
      rules.length && `records left out by rule: ${rules.join(', ')}`,
    ].filter(Boolean).join('; ');
  }

  function nothing() {
    const skipped = state.status === 'skipped';
    const text = state.message.charAt(0).toUpperCase() + state.message.slice(1);
    setPanel({ title: skipped ? 'This analysis was skipped' : 'Not computed yet', text: `${text}.`, retry: refresh, retryText: 'Look again' });
    setBanner(null);
    setText(byId('about'), 'Nothing to show yet');
    setText(byId('run'), '');
    setStatus(state.status);
  }

  function fail(error) {
    const retry = error.login ? {} : { retry: refresh };
    if (state?.status === 'ok') {
      setBanner({ text: `${error.message} What you see is from ${here(updated)}.`, login: error.login, ...retry });
      setStatus('stale');
      return;
    }
    etag = state = null;
    setPanel({ title: 'The figures could not be read', text: error.message, login: error.login, ...retry });
    setText(byId('about'), 'Nothing to show');
    setStatus('error');
  }

  startHeader('batch');
  tileSkeletons(tiles);
  setStatus('loading');
  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    if (!document.hidden) refresh();
  });
  refresh();
  return () => state?.status === 'ok' && show(state);
}

/** What a category, country or region is called that the input does not tell. */
export const told = (text) => (text === null || text === '' ? 'not stated' : text);
