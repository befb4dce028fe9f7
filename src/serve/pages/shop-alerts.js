// The page "Alerts": the feed of all jobs, by type and severity.

import { byId, fill, make, setFigure, setText } from './dom.js';
import { count, instant, plural } from './format.js';
import { fillRanks } from './ranks.js';
import { showAlerts } from './shop-alert-list.js';
import { severity, words } from './shop-badge.js';
import { runs, showTiles, startShop } from './shop.js';
import { chips } from './tiles.js';

const SEVERITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];
const JOBS = { anomalies: 'Sales that stand out', inventory: 'Stock', cart_abandonment: 'Carts' };

/** So many are shown at first. */
const FIRST = 40;

let whole = false; // whether the reader wants all
let chosen = ''; // the type that is shown; blank: all

const sum = (counts) => counts.reduce((n, c) => n + c.count, 0);

function tiles(state) {
  const { total, provisional, counts } = state;
  const none = !Object.keys(JOBS).some((job) => runs(state, job));
  const known = (n) => (none ? '–' : count(n));
  const by = (name) => sum(counts.filter((c) => c.severity === name));
  showTiles(state, [
    { name: 'alerts', title: 'Alerts', text: known(total), value: total, note: none ? 'No job looks for any' : provisional ? `and ${count(provisional)} provisional` : 'All of them final' },
    ...SEVERITIES.map((name) => ({
      name: `alerts_${name.toLowerCase()}`, title: name, node: () => severity(name),
      text: known(by(name)), value: by(name),
      note: plural(counts.filter((c) => c.severity === name).length, 'type'),
    })),
  ]);
}

function types({ counts, alerts }) {
  const totals = new Map();
  for (const c of counts) totals.set(c.alert_type, (totals.get(c.alert_type) ?? 0) + c.count);
  for (const a of alerts) if (!totals.has(a.alert_type)) totals.set(a.alert_type, 0);
  return [...totals].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

function feed(state, all) {
  if (!all.some(([type]) => type === chosen)) chosen = '';
  const choices = [{ key: '', label: 'All' }, ...all.map(([type, n]) => ({ key: type, label: `${words(type)} ${count(n)}` }))];
  chips(byId('types'), all.length > 1 ? choices : [], chosen, (key) => {
    chosen = key;
    again();
  });
  const shown = chosen ? state.alerts.filter((a) => a.alert_type === chosen) : state.alerts;
  byId('empty-feed').hidden = shown.length > 0;
  const rest = state.total + state.provisional - state.alerts.length;
  setText(byId('sum-feed'), `Newest first, times of the events in UTC${!chosen && rest > 0 ? `; the newest ${count(state.alerts.length)} of ${count(state.total + state.provisional)}` : ''}`);
  showAlerts(byId('feed'), whole ? shown : shown.slice(0, FIRST));
  const more = byId('more');
  more.hidden = shown.length <= FIRST;
  setText(more, whole ? `Show the first ${FIRST}` : `Show ${plural(shown.length, 'alert')}`);
  more.setAttribute('aria-expanded', String(whole));
  more.onclick = () => {
    whole = !whole;
    again();
  };
}

function ranking(state) {
  const table = byId('ranks-types');
  byId('empty-types').hidden = state.counts.length > 0;
  table.parentElement.hidden = !state.counts.length;
  fillRanks(table, {
    caption: 'Final alerts by type and severity',
    heads: ['Type', 'Alerts'],
    noun: 'types',
    rows: state.counts.map((c) => ({
      key: `${c.alert_type} ${c.severity}`,
      name: words(c.alert_type),
      sub: words(c.severity),
      size: c.count,
      cells: [{ text: count(c.count), value: c.count, figure: 'alert_count' }],
    })),
  });
}

function watchers({ jobs }) {
  const list = byId('jobs');
  if (!list.childElementCount) fill(list, ...Object.entries(JOBS).flatMap(([, title]) => [make('dt', {}, title), make('dd')]));
  const values = list.querySelectorAll('dd');
  Object.keys(JOBS).forEach((name, i) => {
    const job = jobs[name];
    setFigure(values[i], `job_${name}`, job ? `${count(job.taken)} events` : 'does not run', job?.taken ?? '');
  });
  const missing = Object.keys(JOBS).filter((name) => !jobs[name]);
  setText(byId('sum-jobs'), missing.length ? `Start what is missing with retail stream --job ${missing.join(',')}` : 'Events that each job made use of');
}

const again = startShop({
  topic: 'alerts',
  tiles: 5,
  about: ({ stream }) => `${plural(stream.read, 'event')} read, the latest of ${instant(stream.latest)} UTC`,
  show(state) {
    const all = types(state);
    tiles(state);
    feed(state, all);
    ranking(state);
    watchers(state);
  },
});
