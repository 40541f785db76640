/**
 * The part of the page's address behind `#`: the conversation that is open, then `?` and the filters. An id has its `?`
 * encoded, so the first one ends it.
 * @typedef {{ id: string, params: URLSearchParams }} Place
 */

/** @param {string} hash @returns {Place} */
export function readAddress(hash) {
  const [first = '', ...rest] = hash.replace(/^#/, '').split('?');
  return { id: decoded(first), params: new URLSearchParams(rest.join('?')) };
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/**
 * Address of a conversation within the page; the slashes stay readable. Half a surrogate pair has no address.
 * @param {string} id
 * @param {URLSearchParams} [params]
 */
export function addressOf(id, params) {
  const query = params?.toString() ?? '';
  const name = encodeURIComponent(id.replace(/\p{Surrogate}/gu, '\ufffd')).replaceAll('%2F', '/');
  return `#${name}${query === '' ? '' : `?${query}`}`;
}
