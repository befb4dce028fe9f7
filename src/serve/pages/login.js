// The login page: where to go afterwards, and what to say when the key was wrong.

import { byId, setText } from './dom.js';

const query = new URLSearchParams(location.search);
const next = query.get('next');
// only a path of this server: neither another host nor a scheme
if (next?.startsWith('/') && !next.startsWith('//') && !next.includes('\\')) byId('next').value = next;
else byId('next').disabled = true;

if (query.get('failed') === '1') {
  byId('failed').hidden = false;
  setText(byId('failed'), 'This key is not known here. Please check it and try again.');
  byId('key').setAttribute('aria-invalid', 'true');
  byId('key').setAttribute('aria-describedby', 'failed hint');
}
byId('theme').addEventListener('click', () => window.toggleTheme());
byId('key').focus();
