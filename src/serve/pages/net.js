// Fetching JSON, and what to tell people when it fails.

/** A failure with a sentence for the page; `login` when a key is needed. */
export class Failure extends Error {
  constructor(message, { login = false } = {}) {
    super(message);
    this.login = login;
  }
}

function sentence(status, body) {
  const detail = body?.detail;
  if (typeof detail === 'string') return detail;
  if (Array.isArray(detail)) {
    return detail.map((d) => `${(d.loc ?? []).slice(1).join('.')}: ${d.msg}`).join('; ');
  }
  return `The server answered with status ${status}.`;
}

/**
 * Asks for JSON. With `etag`, an unchanged answer costs nothing and gives `{unchanged: true}`.
 * Gives up after `seconds`.
 */
export async function getJson(url, { etag = null, signal = null, seconds = 20 } = {}) {
  const timeout = AbortSignal.timeout(seconds * 1000);
  let response;
  let text;
  try {
    response = await fetch(url, {
      cache: 'no-store', // the conditions are ours, so that a 304 is seen
      headers: { accept: 'application/json', ...(etag ? { 'if-none-match': etag } : {}) },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    if (response.status === 304) return { unchanged: true };
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Failure(
      timeout.aborted ? `The server did not answer within ${seconds} seconds.` : 'The server cannot be reached.',
    );
  }
  let body = null;
  try {
    body = JSON.parse(text);
  } catch {
    if (response.ok) throw new Failure('The server answered with something that is no JSON.');
  }
  if (response.status === 401 || response.status === 403) {
    throw new Failure('You are not logged in, or your login has ended.', { login: true });
  }
  if (!response.ok) throw new Failure(sentence(response.status, body));
  return { body, text, etag: response.headers.get('etag') };
}
