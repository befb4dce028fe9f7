// How the state of the stream reaches a page: pushed by server-sent events, else asked for.

import { getJson } from './net.js';

/** Without any word for so long, what is shown counts as stale. The server speaks at least every 5 s. */
const SILENT = 15_000;
const POLL = 5_000;
const RETRY = 30_000;

/**
 * Starts the feed of `url`, whose events are called `name`. `take(state, how)` gets each state, `quiet(error, last)` is called while nothing comes:
 * `error` is a Failure or null (silence), `last` the time of the last word or null.
 * Returns a function that asks at once.
 */
export function startFeed({ url, name, take, quiet }) {
  let source = null;
  let heard = null;
  let opened = Date.now();
  let poll = null;
  let failure = null;

  function got(state, how) {
    heard = Date.now();
    failure = null;
    take(state, how);
  }

  function listen() {
    source?.close();
    opened = Date.now();
    source = new EventSource(`${url}/events`);
    source.addEventListener(name, (event) => {
      clearTimeout(poll);
      poll = null;
      got(JSON.parse(event.data), 'pushed');
    });
    source.addEventListener('error', () => {
      // the browser tries again by itself unless the connection is closed for good
      if (source.readyState === EventSource.CLOSED && !document.hidden) setTimeout(listen, RETRY);
      if (poll === null) ask();
    });
  }

  async function ask() {
    clearTimeout(poll);
    poll = setTimeout(ask, POLL);
    try {
      got((await getJson(url, { seconds: 4 })).body, 'asked');
    } catch (error) {
      failure = error;
      if (heard === null || Date.now() - heard > SILENT || error.login) quiet(failure, heard);
    }
  }

  setInterval(() => {
    if (document.hidden) return;
    const since = Date.now() - Math.max(heard ?? 0, opened);
    if (since <= SILENT) return;
    if (heard === null || Date.now() - heard > SILENT) quiet(failure, heard);
    if (source.readyState !== EventSource.CLOSED) listen(); // half dead connections do not say so
    if (poll === null) ask();
  }, 1000);

  // A browser opens six connections to a server, for all its tabs: those that nobody sees give theirs back.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      source.close();
      clearTimeout(poll);
      poll = null;
      return;
    }
    listen();
    if (heard !== null && Date.now() - heard > POLL) ask();
  });
  listen();
  return ask;
}
