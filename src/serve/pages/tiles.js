// Key figures at the head of a page, and buttons of which one is chosen.

import { byId, fill, make, setFigure, setText } from './dom.js';

/** Shapes of so many tiles while the first answer is on its way. */
export function tileSkeletons(count) {
  fill(byId('tiles'), ...Array.from({ length: count }, (_, i) => tile(i, make('div', { class: 'skeleton value' }), make('div', { class: 'skeleton note' }))));
}

function tile(i, big, small) {
  return make('div', { class: i ? 'card kpi' : 'card kpi first' }, make('dt'), make('dd', { class: 'value' }, big), make('dd', { class: 'note' }, small));
}

/** Fills the tiles: `{name, title, text, value, note, node}`; a `node` stands in place of the title. */
export function fillTiles(tiles) {
  const list = byId('tiles');
  while (list.children.length > tiles.length) list.lastChild.remove();
  while (list.children.length < tiles.length) list.append(tile(list.children.length));
  tiles.forEach(({ name, title, node, text, value, note }, i) => {
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
