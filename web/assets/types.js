// Shapes of what the server answers (docs/http_api.md), for editors and `tsc --checkJs`.

/** @typedef {{name: string, images: number, bits: number, dim: number, model: string, text: boolean, writable: boolean}} LibraryBrief */
/** @typedef {LibraryBrief & {path: string, removed: number, failures: number, segments: number, head_method: string, features: ?string, distinct_codes: number, roots: string[], uploads: boolean, jobs: boolean}} LibraryInfo */
/** @typedef {{id: number, path: string, bytes: number, width: number, height: number, format: string, added_at: string, tags: Object<string, string[]>}} ImageInfo */
/** @typedef {{rank: number, id: number, path: string, width: number, height: number, hamming: number, distance: ?number}} Hit */
/** @typedef {{hamming: number, id: number, codes: string}} Cursor */
/** @typedef {{query: string, strategy: string, exact: boolean, promise: string, ties_cut: number, rows: number, candidates: number, hits: Hit[], next: ?Cursor, ms: Object<string, number>}} SearchAnswer */
/** @typedef {{id: number, library: string, state: 'queued'|'running'|'done'|'failed'|'cancelled', stage: string, done: number, total: number, failed: number, skipped: number, seconds_left: number, report: ?Object, error: ?string}} Job */
/** @typedef {{id: number, bits: number, code: string, values: number[], hamming?: number, differ?: number[]}} ImageCode */
/** @typedef {{bit: number, share: number, most: {id: number, path: string, activation: number}[], least: {id: number, path: string, activation: number}[]}} BitInfo */

/** A box on the query picture: fractions 0..1 of the upright picture. @typedef {{x: number, y: number, width: number, height: number}} Region */
/** @typedef {{tags: Object<string, string[]>, under: string[], added_since: string}} Filter */
/** What the address bar holds. `image` is a key of query_files.js, and is not in the address.
 * @typedef {{library: string, id: ?number, image: ?string, text: string, like: number[], unlike: number[], region: ?Region, filter: Filter}} Query */
/** @typedef {{perPage: number, radius: ?number, rerank: boolean, candidates: number}} Settings */

export {};
