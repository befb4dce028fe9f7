// The page "Sales": asks for the report every 15 seconds, draws only what is new.

import { showDays, showHours, showMonths } from './batch-charts.js';
import { queryOf, readFilter, showFilter, startFilter } from './batch-filter.js';
import { kpiSkeletons, showKpis, showNotes, showQuality, showRun } from './batch-kpis.js';
import { showGroupings, showProducts, showReturns, showSample } from './batch-tables.js';
import { byId, setText } from './dom.js';
import { configure, here, hereFull } from './format.js';
import { startHeader } from './header.js';
import { getJson } from './net.js';
import { setBanner, setPanel, setStatus } from './state.js';

const EVERY = 15_000;

let filter = readFilter();
let last = null; // the last day there is
let etag = null;
let query = null; // what is shown is the answer to this
let shown = null; // text of the answer that is shown
let asked = null; // the request under way
let updated = null;
let timer = null;

async function refresh() {
  clearTimeout(timer);
  asked?.abort();
  const request = (asked = new AbortController());
  const wanted = queryOf(filter, last);
  if (wanted !== query) byId('content').setAttribute('aria-busy', 'true');
  let again = false;
  try {
    const answer = await getJson(`/api/report${wanted}`, { etag: wanted === query ? etag : null, signal: request.signal });
    if (request === asked) again = take(wanted, answer);
  } catch (error) {
    if (request === asked) fail(error);
  }
  if (request !== asked) return;
  if (again) {
    refresh();
    return;
  }
  byId('content').setAttribute('aria-busy', 'false');
  timer = setTimeout(refresh, EVERY);
}

/** Takes an answer; true if another question must follow, because only now the last day is known. */
function take(wanted, answer) {
  if (answer.unchanged || (answer.text === shown && wanted === query)) {
    fresh();
    if (document.documentElement.dataset.state === 'stale') {
      setBanner(null);
      setStatus('ok');
    }
    return false;
  }
  const report = answer.body;
  if (report.range && report.range.last !== last) {
    last = report.range.last;
    if (queryOf(filter, last) !== wanted) return true;
  }
  fresh();
  setBanner(null);
  ({ etag, text: shown } = answer);
  query = wanted;
  configure(report);
  if (report.status === 'no_data') showNothing(report);
  else show(report, wanted);
  return false;
}

function fresh() {
  updated = new Date();
  setText(byId('updated'), `Updated ${here(updated)}, and again every ${EVERY / 1000} seconds`);
  byId('updated').dataset.time = updated.toISOString();
}

function showNothing(report) {
  setPanel({ title: 'No data yet', text: report.message, retry: refresh, retryText: 'Look again' });
  setText(byId('period'), 'Nothing to show yet');
  setText(byId('run'), '');
  byId('filter').hidden = true;
  setStatus('no_data');
}

function show(report, wanted) {
  setPanel(null);
  if (!report.kpis.days) setBanner({ text: 'There are no records in this period.', tone: 'calm', retry: showAll, retryText: 'Show all days' });
  byId('filter').hidden = false;
  showRun(report, report.run && hereFull(report.run.finished));
  showFilter(filter, report.range);
  showKpis(report);
  showQuality(report);
  showNotes(report);
  showProducts(report);
  showGroupings(report);
  showReturns(report);
  showSample(report);
  downloads(wanted);
  showDays(report);
  showMonths(report);
  showHours(report);
  Object.assign(document.documentElement.dataset, { run: report.run?.run_id ?? '', query: wanted });
  setStatus('ok');
}

function downloads(wanted) {
  for (const id of ['download', 'download-rows']) byId(id).href = `/api/daily.csv${wanted}`;
  for (const link of document.querySelectorAll('a[data-by]')) {
    link.href = `/api/report.csv?by=${link.dataset.by}${wanted.replace('?', '&')}`;
  }
}

function fail(error) {
  const retry = error.login ? {} : { retry: refresh };
  if (updated && query !== null && !byId('content').hidden) {
    setBanner({ text: `${error.message} What you see is from ${here(updated)}.`, login: error.login, ...retry });
    setStatus('stale');
    return;
  }
  etag = shown = query = null;
  setPanel({ title: 'The figures could not be read', text: error.message, login: error.login, ...retry });
  setText(byId('period'), 'Nothing to show');
  setStatus('error');
}

const showAll = () => byId('presets').querySelector('[data-days=all]').click();

startHeader('batch');
kpiSkeletons();
setStatus('loading');
startFilter((next) => {
  filter = next;
  refresh();
});
document.addEventListener('visibilitychange', () => {
  clearTimeout(timer);
  if (!document.hidden) refresh();
});
refresh();
