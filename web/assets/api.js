// The server's API: one function a request, errors that say what can be done. Addresses are relative to the page, which a proxy
// may show below a path of its own.
import './types.js';

/** What went wrong: `kind` is 'network' where no answer came, 'token', or 'refused' by the server. */
export class ApiError extends Error {
  /** @param {'network'|'token'|'refused'} kind @param {number} status @param {string} detail */
  constructor(kind, status, detail) {
    super(detail);
    this.kind = kind;
    this.status = status;
  }
}

const kTokenKey = 'hashlens-token';

export const token = {
  get: () => sessionStorage.getItem(kTokenKey) ?? '',
  /** @param {string} value */
  set: (value) => (value ? sessionStorage.setItem(kTokenKey, value) : sessionStorage.removeItem(kTokenKey)),
};

/** Asks the person for a token; set by token_dialog.js. @type {(detail: string) => Promise<boolean>} */
let askForToken = async () => false;
/** @param {(detail: string) => Promise<boolean>} ask */
export const onTokenNeeded = (ask) => { askForToken = ask; };

/** @param {Response} response */
async function problemOf(response) {
  let detail = '';
  try {
    const problem = await response.json();
    detail = problem.detail || problem.title || '';
  } catch {
    // Not ours, as of a proxy: the status alone is told.
  }
  return detail || `The server answered ${response.status} ${response.statusText}`.trim();
}

/**
 * @param {string} path @param {RequestInit & {quiet?: boolean}} [options] quiet: no dialog on 401
 * @returns {Promise<Response>}
 */
export async function request(path, options = {}) {
  const { quiet, ...init } = options;
  for (;;) {
    const used = token.get();
    const headers = new Headers(init.headers);
    if (used) headers.set('Authorization', `Bearer ${used}`);
    let response;
    try {
      response = await fetch(path, { ...init, headers, credentials: 'same-origin' });
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      throw new ApiError('network', 0, 'The server does not answer.');
    }
    if (response.ok) return response;
    const detail = await problemOf(response);
    if (response.status !== 401) throw new ApiError('refused', response.status, detail);
    if (token.get() !== used) continue;  // another request has got one meanwhile
    if (quiet || !(await askForToken(used ? 'This token is not accepted.' : ''))) throw new ApiError('token', 401, detail);
  }
}

/** @param {string} path @param {RequestInit & {quiet?: boolean}} [options] */
async function json(path, options) {
  const response = await request(path, options);
  try {
    return await response.json();
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError('network', 0, 'The connection ended in the middle of an answer.');
  }
}

/** @param {string} path @param {any} body @param {string} [method] */
const send = (path, body, method = 'POST', signal = undefined) =>
  json(path, { method, signal, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

/** @param {string} library */
const of = (library) => `v1/libraries/${encodeURIComponent(library)}`;

/** The filter as parameters of an address. @param {import('./types.js').Filter} filter */
export function filterParameters(filter) {
  const parameters = new URLSearchParams();
  for (const [key, values] of Object.entries(filter.tags)) {
    for (const value of values) parameters.append('tag', `${key}=${value}`);
  }
  for (const folder of filter.under) parameters.append('under', folder);
  if (filter.added_since) parameters.append('added_since', filter.added_since);
  return parameters;
}

export const api = {
  /** @returns {Promise<{libraries: import('./types.js').LibraryBrief[]}>} */
  libraries: () => json('v1/libraries'),
  /** @returns {Promise<import('./types.js').LibraryInfo>} */
  library: (name) => json(of(name)),
  /** @returns {Promise<{tags: {key: string, value: string, images: number}[]}>} */
  tags: (name, limit = 100) => json(`${of(name)}/tags?limit=${limit}`),
  /** The last of them. @returns {Promise<{failures: {path: string, reason: string, at: string}[], all: number}>} */
  failures: (name, limit = 100) => json(`${of(name)}/failures?limit=${limit}`),
  /** @returns {Promise<{images: import('./types.js').ImageInfo[], next: ?number}>} */
  images(name, filter, after, limit, signal) {
    const parameters = filterParameters(filter);
    parameters.set('limit', String(limit));
    if (after) parameters.set('after', String(after));
    return json(`${of(name)}/images?${parameters}`, { signal });
  },
  /** @returns {Promise<import('./types.js').ImageInfo>} */
  image: (name, id) => json(`${of(name)}/images/${id}`),
  filePath: (name, id) => `${of(name)}/images/${id}/file`,
  thumbnailPath: (name, id, pixels) => `${of(name)}/images/${id}/thumbnail?size=${pixels}`,
  /** @returns {Promise<import('./types.js').ImageCode>} */
  code: (name, id, against) => json(`${of(name)}/images/${id}/code${against ? `?against=${against}` : ''}`),
  /** @returns {Promise<import('./types.js').BitInfo>} */
  bit: (name, bit, limit = 12) => json(`${of(name)}/bits/${bit}?limit=${limit}`),
  /** @param {?File} file @returns {Promise<import('./types.js').SearchAnswer>} */
  search(name, query, file, signal) {
    if (!file) return send(`${of(name)}/search`, query, 'POST', signal);
    const form = new FormData();
    form.append('query', JSON.stringify(query));
    form.append('image', file, file.name || 'pasted');
    return json(`${of(name)}/search`, { method: 'POST', body: form, signal });
  },
  upload(name, files, tags) {
    const form = new FormData();
    for (const file of files) form.append('image', file, file.name || 'picture');
    if (Object.keys(tags).length > 0) form.append('tags', JSON.stringify(tags));
    return json(`${of(name)}/images`, { method: 'POST', body: form });
  },
  remove: (name, ids) => send(`${of(name)}/remove`, { ids }),
  changeTags: (name, ids, change) => send(`${of(name)}/tags`, { ids, ...change }),
  startJob: (name, job) => send(`${of(name)}/jobs`, job),
  /** @returns {Promise<{jobs: import('./types.js').Job[]}>} */
  jobs: () => json('v1/jobs', { quiet: true }),
  cancelJob: (id) => json(`v1/jobs/${id}`, { method: 'DELETE' }),
  jobEvents: (id, signal) => request(`v1/jobs/${id}/events`, { signal, headers: { Accept: 'text/event-stream' } }),
};
