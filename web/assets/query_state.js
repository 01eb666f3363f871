// The search as the address bar has it, and as the server wants it.
import './types.js';

/** @param {string} library @returns {import('./types.js').Query} */
export const emptyQuery = (library = '') => ({
  library, id: null, image: null, text: '', like: [], unlike: [], region: null,
  filter: { tags: {}, under: [], added_since: '' },
});

/** Whether something is looked for; otherwise the library is browsed. @param {import('./types.js').Query} query */
export const isSearch = (query) => query.id !== null || query.image !== null || query.text !== '' || query.like.length > 0;

/** @param {import('./types.js').Filter} filter */
export const isFiltered = (filter) => Object.keys(filter.tags).length > 0 || filter.under.length > 0 || filter.added_since !== '';

/** The values of a tag that a filter has. @param {Object<string, string[]>} tags @param {string} key */
export const valuesOf = (tags, key) => (Object.hasOwn(tags, key) ? tags[key] : []);

/** Puts a tag in; keys are whatever people call them, so that names of Object's own are taken care of. */
export function addTag(tags, key, value) {
  if (key !== '__proto__') tags[key] = [...new Set([...valuesOf(tags, key), value])];
}

const idsOf = (text) => (text ?? '').split(',').filter((part) => /^[1-9]\d{0,15}$/.test(part)).map(Number);

/** @param {?string} text @returns {?import('./types.js').Region} */
function regionOf(text) {
  const numbers = (text ?? '').split(',').map(Number);
  if (!text || numbers.length !== 4 || numbers.some((n) => !(n >= 0 && n <= 1))) return null;
  const [x, y, width, height] = numbers;
  return width > 0 && height > 0 ? { x, y, width: Math.min(width, 1 - x), height: Math.min(height, 1 - y) } : null;
}

/** @param {string} search The address's part from `?` on. */
export function queryOfAddress(search) {
  const parameters = new URLSearchParams(search);
  const query = emptyQuery(parameters.get('library') ?? '');
  query.id = idsOf(parameters.get('id'))[0] ?? null;
  query.text = query.id === null ? parameters.get('text') ?? '' : '';
  query.like = idsOf(parameters.get('like'));
  query.unlike = idsOf(parameters.get('unlike'));
  query.region = query.id === null ? null : regionOf(parameters.get('region'));
  for (const tag of parameters.getAll('tag')) {
    const at = tag.indexOf('=');
    if (at > 0) addTag(query.filter.tags, tag.slice(0, at), tag.slice(at + 1));
  }
  query.filter.under = parameters.getAll('under');
  query.filter.added_since = parameters.get('added_since') ?? '';
  return query;
}

/** Relative to the page. @param {import('./types.js').Query} query */
export function addressOf(query) {
  const parameters = new URLSearchParams();
  if (query.library) parameters.set('library', query.library);
  if (query.id !== null) parameters.set('id', String(query.id));
  if (query.text) parameters.set('text', query.text);
  if (query.like.length > 0) parameters.set('like', query.like.join(','));
  if (query.unlike.length > 0) parameters.set('unlike', query.unlike.join(','));
  if (query.region && query.image === null) {
    const { x, y, width, height } = query.region;
    parameters.set('region', [x, y, width, height].map((n) => n.toFixed(4)).join(','));
  }
  for (const [key, values] of Object.entries(query.filter.tags)) {
    for (const value of values) parameters.append('tag', `${key}=${value}`);
  }
  for (const folder of query.filter.under) parameters.append('under', folder);
  if (query.filter.added_since) parameters.set('added_since', query.filter.added_since);
  const text = parameters.toString().replaceAll('%2C', ',').replaceAll('%2F', '/');
  return text ? `?${text}` : './';
}

/** The body of a search. @param {import('./types.js').Query} query @param {import('./types.js').Settings} settings */
export function bodyOf(query, settings) {
  /** @type {Object<string, any>} */
  const body = { candidates: settings.candidates, rerank: settings.rerank };
  if (query.id !== null) body.id = query.id;
  if (query.text) body.text = query.text;
  if (query.like.length > 0) body.like = query.like;
  if (query.unlike.length > 0) body.unlike = query.unlike;
  if (query.region) body.region = query.region;
  if (settings.radius !== null) body.radius = settings.radius;
  if (isFiltered(query.filter)) {
    const { tags, under, added_since: since } = query.filter;
    body.filter = {};
    if (Object.keys(tags).length > 0) body.filter.tags = tags;
    if (under.length > 0) body.filter.under = under;
    if (since) body.filter.added_since = since;
  }
  return body;
}
