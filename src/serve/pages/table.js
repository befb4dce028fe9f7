// Tables that are filled and refilled in place: what did not change is not touched.

import { make, setAttr, setText } from './dom.js';

/**
 * Fills a table. `columns` are `{label, numeric, fit, cell(row) -> {text, value, figure, tone, node}}`; the first column heads its row,
 * a column that fits is never broken into lines, and `node()` makes what stands in place of a text.
 * `key(row)` goes to `data-key` of each row.
 */
export function fillTable(table, { caption, columns, rows, key }) {
  if (!table.tHead) build(table, caption, columns);
  if (caption) setText(table.caption.firstChild, caption);
  const body = table.tBodies[0];
  while (body.rows.length > rows.length) body.deleteRow(-1);
  rows.forEach((row, i) => {
    const line = body.rows[i] ?? body.appendChild(blank(columns));
    if (key) setAttr(line, 'data-key', key(row));
    columns.forEach((column, c) => put(line.children[c], column.cell(row)));
  });
}

function build(table, caption, columns) {
  if (caption) table.append(make('caption', {}, make('span', { class: 'sr-only' }, caption)));
  const head = make('tr');
  for (const { label, numeric } of columns) head.append(make('th', { scope: 'col', class: numeric ? 'num' : null }, label));
  table.append(make('thead', {}, head), make('tbody'));
}

function blank(columns) {
  const line = make('tr');
  columns.forEach(({ numeric, fit }, c) => {
    const kind = [numeric && c && 'num', fit && 'fit'].filter(Boolean).join(' ') || null;
    line.append(c === 0 ? make('th', { scope: 'row', class: kind }) : make('td', { class: kind }));
  });
  return line;
}

function put(node, { text, value, figure, tone, node: build }) {
  if (!build) {
    setText(node, text);
  } else if (node.dataset.built !== text) {
    node.dataset.built = text;
    node.replaceChildren(build());
  }
  setAttr(node, 'data-figure', figure ?? null);
  setAttr(node, 'data-value', value ?? null);
  node.classList.toggle('up', tone === 'up');
  node.classList.toggle('down', tone === 'down');
}

/** The table that stands for a chart, behind a "Show as table"; filled when it is opened. */
export function tableBehind(details, table) {
  details.shown ??= listen(details);
  details.latest = table;
  if (details.open) open(details);
}

function listen(details) {
  details.addEventListener('toggle', () => details.open && open(details));
  return true;
}

function open(details) {
  let table = details.querySelector('table');
  if (!table) {
    table = make('table');
    const label = `${details.latest.caption}, to scroll`;
    details.append(make('div', { class: 'scroll', role: 'region', tabIndex: 0, 'aria-label': label }, table));
  }
  fillTable(table, details.latest);
}
