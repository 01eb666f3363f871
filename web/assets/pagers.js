// Where the next pictures come from: the catalog, or a search.
import { api } from './api.js';
import { bodyOf } from './query_state.js';
import './types.js';

const kMostRanked = 1000;  // the server's default of the hits that a search may have
const kCodesAtATime = 200;

/** Images of the library in the order of ids. */
export class ImagePager {
  /** @param {import('./types.js').Query} query */
  constructor(query) {
    this.query = query;
    this.after = 0;
    this.done = false;
    this.answer = null;
  }

  /** @param {AbortSignal} signal */
  async next(signal) {
    const page = await api.images(this.query.library, this.query.filter, this.after, 100, signal);
    this.after = page.next ?? this.after;
    this.done = page.next === null;
    return page.images;
  }
}

/**
 * Hits of a search. Those that were re-ranked come by asking for more of them; when there are no more candidates,
 * the rest comes page by page in the order of codes.
 */
export class HitPager {
  /** @param {import('./types.js').Query} query @param {import('./types.js').Settings} settings @param {?File} file */
  constructor(query, settings, file) {
    this.query = query;
    this.settings = settings;
    this.file = file;
    this.ranked = true;
    /** @type {?import('./types.js').Cursor} */
    this.cursor = null;
    this.done = false;
    /** The first answer. @type {?import('./types.js').SearchAnswer} */
    this.answer = null;
    /** @type {Set<number>} */
    this.shown = new Set();
  }

  /** @param {AbortSignal} signal @returns {Promise<import('./types.js').Hit[]>} */
  async next(signal) {
    const fresh = this.ranked ? await this.#nextRanked(signal) : [];
    while (!this.ranked && fresh.length === 0 && !this.done) fresh.push(...await this.#nextByCode(signal));
    return fresh;
  }

  async #nextRanked(signal) {
    const { perPage, rerank } = this.settings;
    const k = Math.min(kMostRanked, Math.max(perPage, this.shown.size * 2));
    const answer = await this.#search({ k }, signal);
    if (!rerank) {
      this.ranked = false;
      this.cursor = answer.next;
      this.done = answer.next === null;
    } else if (answer.hits.length < k) {
      this.done = true;
    } else if (k >= kMostRanked) {
      this.ranked = false;
    }
    return this.#fresh(answer);
  }

  async #nextByCode(signal) {
    const answer = await this.#search({ k: this.cursor ? kCodesAtATime : kMostRanked, rerank: false, ...(this.cursor && { after: this.cursor }) }, signal);
    this.cursor = answer.next;
    this.done = answer.next === null;
    return this.#fresh(answer);
  }

  async #search(extra, signal) {
    const answer = await api.search(this.query.library, { ...bodyOf(this.query, this.settings), ...extra }, this.file, signal);
    this.answer ??= answer;
    return answer;
  }

  #fresh(answer) {
    const fresh = answer.hits.filter((hit) => !this.shown.has(hit.id));
    for (const hit of fresh) this.shown.add(hit.id);
    return fresh;
  }
}
