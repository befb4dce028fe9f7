// A list of alerts, the newest first; entries that stay are not touched.

import { make, setText } from './dom.js';
import { moment } from './format.js';
import { severity, words } from './shop-badge.js';

const ABOUT = [['store_id', 'store'], ['product_id', 'product'], ['user_id', 'customer'], ['session_id', 'visit'], ['transaction_id', 'sale']];

const key = (alert) => `${alert.alert_id} ${alert.final}`;

function entry(alert, fresh) {
  const about = ABOUT.filter(([field]) => alert[field]).map(([field, word]) => `${word} ${alert[field]}`).join(', ');
  const what = make('span', { class: 'what' }, make('span', { class: 'kind' }, words(alert.alert_type)));
  if (!alert.final) what.append(make('span', { class: 'early', title: 'A later event may still take it back' }, 'provisional'));
  const item = make('li', { class: fresh ? 'fresh' : null, 'data-key': key(alert), 'data-type': alert.alert_type },
    severity(alert.severity), what,
    make('time', { dateTime: alert.detected_at }, moment(alert.detected_at)),
    alert.reason ? make('span', { class: 'reason' }, alert.reason) : null,
    about ? make('span', { class: 'about' }, about) : null);
  return item;
}

/** Fills the list `place` with `alerts`. */
export function showAlerts(place, alerts) {
  const known = new Map([...place.children].map((node) => [node.dataset.key, node]));
  const first = known.size === 0;
  let next = place.firstElementChild;
  for (const alert of alerts) {
    let node = known.get(key(alert));
    known.delete(key(alert));
    // one that has become final is not new
    const fresh = !first && !known.has(`${alert.alert_id} false`);
    node ??= entry(alert, fresh);
    if (node === next) next = next.nextElementSibling;
    else place.insertBefore(node, next);
    setText(node.querySelector('time'), moment(alert.detected_at)); // the language may have changed
  }
  for (const node of known.values()) node.remove();
}
