// What the pages of the live shop share: tiles, and sections of jobs that do not run.

import { byId, make, setText } from './dom.js';
import { startPage } from './live-page.js';
import { fillTiles, tileSkeletons } from './tiles.js';

/**
 * Brings a page with so many `tiles` to life. `topic` is its name in `/api/shop/`; `about(state)` is its one
 * line, `show(state)` shows the rest. Returns a function that shows again what is known.
 */
export function startShop({ topic, tiles, about, show }) {
  tileSkeletons(tiles);
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

/** Fills the tiles as `fillTiles` does; a figure of a `job` that does not run is not known. */
export function showTiles(state, tiles) {
  fillTiles(tiles.map(({ job, ...tile }) => (job && !runs(state, job) ? { ...tile, text: '–', value: null, note: `The job ${job} does not run` } : tile)));
}
