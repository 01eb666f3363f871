// What each entry of the history showed, so that Back needs no search and finds its place again.

const kKept = 20;

/** @typedef {{pager: any, items: any[], scroll: number}} View */

/** @type {Map<string, View>} */
const views = new Map();
let last = 0;

/** @param {import('./types.js').Query} query @param {string} address @param {boolean} replace */
export function enter(query, address, replace) {
  const state = { key: `${performance.timeOrigin}-${++last}`, image: query.image, region: query.image === null ? null : query.region };
  history[replace ? 'replaceState' : 'pushState'](state, '', address);
}

/** @param {View} view */
export function keepView(view) {
  const key = history.state?.key;
  if (!key) return;
  keepViewOf(key, view);
}

/** @param {string} key @param {View} view */
export function keepViewOf(key, view) {
  views.delete(key);
  views.set(key, view);
  if (views.size > kKept) views.delete(views.keys().next().value);
}

/** @returns {?View} */
export const keptView = () => views.get(history.state?.key) ?? null;

/** What was shown is no more true, as after a removal. */
export const forgetViews = () => views.clear();
