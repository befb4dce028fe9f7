// What the pages of the live shop share: tiles, and sections of jobs that do not run.

import { byId, fill, make, setFigure, setText } from './dom.js';
import { startPage } from './live-page.js';

/**
 * Brings a page with so many `tiles` to life. `topic` is its name in `/api/shop/`; `about(state)` is its one
 * line, `show(state)` shows the rest. Returns a function that shows again what is known.
 */
export function startShop({ topic, tiles, about, show }) {
  fill(byId('tiles'), ...Array.from({ length: tiles }, (_, i) => tile(i, make('div', { class: 'skeleton value' }), make('div', { class: 'skeleton note' }))));
  return startPage({
    url: `/api/shop/${topic}`,
    name: 'shop',
    titles: { no_data: 'No jobs yet', error: 'The shop cannot be shown' },
    empty: ({ stream }) => !stream,
    cut: ({ truncated }) => truncated && 'More rows wait for their file than can be told: counts and sums lack them until they are in it.',
    about,
    show(state) {
      sections(state.jobs);
      show(state);
    },
  });
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

/**
 * Fills the tiles: `{name, title, text, value, note, node, job}`; a `node` stands in place of the title. A figure of a
 * `job` that does not run is not known.
 */
export function showTiles(state, tiles) {
  const list = byId('tiles');
  while (list.children.length > tiles.length) list.lastChild.remove();
  while (list.children.length < tiles.length) list.append(tile(list.children.length));
  tiles.forEach(({ name, title, node, job, ...figure }, i) => {
    const { text, value, note } = job && !runs(state, job) ? { text: '–', value: null, note: `The job ${job} does not run` } : figure;
    const [head, big, small] = list.children[i].children;
    small.querySelector('.skeleton')?.remove(); // which a blank note would leave
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
