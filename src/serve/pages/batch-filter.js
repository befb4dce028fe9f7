// The period: presets and two dates, kept in the address of the page.

import { byId, setText } from './dom.js';

const DAY = 86_400_000;
const isDay = (text) => /^\d{4}-\d{2}-\d{2}$/.test(text ?? '') && !Number.isNaN(Date.parse(text));

/** The filter that the address asks for: `{days}` (7, 30, 90), `{from, to}`, or neither. */
export function readFilter() {
  const query = new URLSearchParams(location.search);
  const days = Number(query.get('days'));
  if ([7, 30, 90].includes(days)) return { days };
  const [from, to] = [query.get('from'), query.get('to')];
  return { ...(isDay(from) ? { from } : {}), ...(isDay(to) ? { to } : {}) };
}

/** The query of the API for a filter; `last` is the last day there is, null if not known yet. */
export function queryOf(filter, last) {
  const query = new URLSearchParams();
  if (filter.days && last) {
    query.set('from', new Date(Date.parse(last) - (filter.days - 1) * DAY).toISOString().slice(0, 10));
    query.set('to', last);
  } else {
    if (filter.from) query.set('from', filter.from);
    if (filter.to) query.set('to', filter.to);
  }
  const text = query.toString();
  return text ? `?${text}` : '';
}

function remember(filter) {
  const query = new URLSearchParams(Object.entries(filter).map(([k, v]) => [k, String(v)])).toString();
  history.pushState(null, '', query ? `?${query}` : location.pathname);
}

/** Listens to the form; calls `change(filter)` for each new period. */
export function startFilter(change) {
  const set = (filter) => {
    remember(filter);
    setText(byId('filter-error'), '');
    change(filter);
  };
  for (const button of byId('presets').children) {
    button.addEventListener('click', () => set(button.dataset.days === 'all' ? {} : { days: Number(button.dataset.days) }));
  }
  byId('filter').addEventListener('submit', (event) => {
    event.preventDefault();
    const problem = wrong();
    setText(byId('filter-error'), problem ?? '');
    if (problem) return;
    const [from, to] = [byId('from').value, byId('to').value];
    set({ ...(from ? { from } : {}), ...(to ? { to } : {}) });
  });
  window.addEventListener('popstate', () => change(readFilter()));
}

function wrong() {
  const [from, to] = [byId('from'), byId('to')];
  const bad = from.validity.badInput || to.validity.badInput;
  const crossed = from.value && to.value && from.value > to.value;
  from.setAttribute('aria-invalid', String(Boolean(bad || crossed)));
  to.setAttribute('aria-invalid', String(Boolean(bad || crossed)));
  if (bad) return 'Please give whole dates, or leave them empty.';
  return crossed ? 'The first day is after the last day.' : null;
}

/** Shows the period that the figures are of. */
export function showFilter(filter, range) {
  const all = !filter.days && !filter.from && !filter.to;
  for (const button of byId('presets').children) {
    const on = button.dataset.days === (all ? 'all' : String(filter.days));
    button.setAttribute('aria-pressed', String(on));
  }
  for (const id of ['from', 'to']) {
    const input = byId(id);
    if (document.activeElement !== input) input.value = range[id] ?? '';
  }
}
