// Rankings: a table whose rows carry a bar. Picture and table are one, so nobody needs another.

import { make, setAttr, setFigure, setText } from './dom.js';

/** So many rows are shown at first, and so many at most. */
const FIRST = 8;
const MOST = 500;

/**
 * Fills a ranking. `rows` are `{key, name, sub, subFigure, size, cells: [{text, value, figure, tone}]}`; `size` (a number) is drawn.
 * `heads` are the labels of name and cells.
 */
export function fillRanks(table, { caption, heads, rows, noun, first = FIRST }) {
  if (!table.tHead) build(table, caption, heads);
  const body = table.tBodies[0];
  const all = table.dataset.all === 'yes';
  const shown = rows.slice(0, all ? MOST : first);
  const low = Math.min(0, ...rows.map((row) => row.size));
  const high = Math.max(0, ...rows.map((row) => row.size));
  const span = high - low || 1;
  while (body.rows.length > shown.length) body.deleteRow(-1);
  shown.forEach((row, i) => put(body.rows[i] ?? body.appendChild(blank(heads.length)), row, low, span));
  more(table, { heads, rows, noun, first, all });
}

function build(table, caption, heads) {
  table.append(make('caption', { class: 'sr-only' }, caption));
  const head = make('tr');
  heads.forEach((label, i) => head.append(make('th', { scope: 'col', class: i ? 'num' : null }, label)));
  table.append(make('thead', {}, head), make('tbody'));
}

function blank(width) {
  const bar = make('span', { class: 'bar', 'aria-hidden': 'true' }, make('i'));
  const name = make('th', { scope: 'row' }, make('span', { class: 'name' }), make('span', { class: 'sub' }), bar);
  const line = make('tr', {}, name);
  for (let i = 1; i < width; i += 1) line.append(make('td', { class: 'num' }));
  return line;
}

function put(line, row, low, span) {
  setAttr(line, 'data-key', row.key);
  const [name, sub, bar] = line.children[0].children;
  setText(name, row.name);
  setAttr(name, 'title', row.name.length > 40 ? row.name : null);
  setText(sub, row.sub ?? '');
  sub.hidden = !row.sub;
  setAttr(sub, 'data-figure', row.subFigure?.name ?? null);
  setAttr(sub, 'data-value', row.subFigure?.value ?? null);
  const left = (Math.min(row.size, 0) - low) / span;
  bar.firstChild.style.setProperty('--at', `${(left * 100).toFixed(2)}%`);
  bar.firstChild.style.setProperty('--wide', `${((Math.abs(row.size) / span) * 100).toFixed(2)}%`);
  bar.firstChild.classList.toggle('minus', row.size < 0);
  row.cells.forEach(({ text, value, figure, tone }, i) => {
    const cell = line.children[i + 1];
    setFigure(cell, figure, text, value);
    cell.classList.toggle('up', tone === 'up');
    cell.classList.toggle('down', tone === 'down');
  });
}

function more(table, { heads, rows, noun, first, all }) {
  let button = table.parentElement.querySelector('.more');
  if (rows.length <= first) {
    button?.remove();
    return;
  }
  if (!button) {
    button = make('button', { type: 'button', class: 'more' });
    table.after(button);
  }
  const shown = Math.min(rows.length, MOST);
  setText(button, all ? `Show the first ${first}` : `Show ${shown < rows.length ? 'the first' : 'all'} ${shown} ${noun}`);
  setAttr(button, 'aria-expanded', String(all));
  button.onclick = () => {
    table.dataset.all = all ? 'no' : 'yes';
    fillRanks(table, { heads, rows, noun, first });
  };
}
