// One picture of the grid: a button to search with it, small tools beside it.
import { h, icon } from './dom.js';
import { distanceText, nameOf } from './format.js';

/**
 * @typedef {{id: number, path: string, width?: number, height?: number, hamming?: number, distance?: ?number, tags?: Object<string, string[]>}} Item
 * @typedef {{onOpen: (item: Item) => void, onDetails: (item: Item) => void, onLike: (item: Item, sign: number) => void,
 *   onSelect: (item: Item, range: boolean) => void}} TileActions
 */

/** @param {Item} item @param {TileActions} actions */
export function makeTile(item, actions) {
  const name = nameOf(item.path);
  const img = h('img', { alt: name, draggable: 'false' });
  const open = h('button', { type: 'button', class: 'tile-open', tabindex: '-1', title: name, onclick: () => actions.onOpen(item) }, img);
  const tool = (kind, glyph, label, onclick) => h('button', {
    type: 'button', class: kind, tabindex: '-1', 'aria-label': `${label}: ${name}`, title: label, onclick,
    'aria-pressed': kind === 'plus' || kind === 'minus' ? 'false' : null,
  }, icon(glyph));
  const tile = h('li', { class: 'tile fresh' }, open,
    h('button', { type: 'button', class: 'tile-check', tabindex: '-1', 'aria-pressed': 'false', 'aria-label': `Select: ${name}`, title: 'Select',
      onclick: (event) => actions.onSelect(item, event.shiftKey) }, icon('check')),
    item.hamming === undefined ? null : h('span', { class: 'tile-badge', 'aria-hidden': 'true' }, badge(item)),
    h('div', { class: 'tile-tools' },
      tool('plus', 'plus', 'More of this', () => actions.onLike(item, 1)),
      tool('minus', 'minus', 'Less of this', () => actions.onLike(item, -1)),
      tool('push more', 'search', 'Search with this', () => actions.onOpen(item)),
      tool('details-of', 'info', 'Details', () => actions.onDetails(item))));
  return { tile, open, img };
}

/** @param {Item} item */
function badge(item) {
  const bits = `${item.hamming} bits`;
  return item.distance === null || item.distance === undefined ? bits : `${bits} · ${distanceText(item.distance)}`;
}

/** Shows whether a picture steers the search. @param {HTMLElement} tile @param {number} sign */
export function markTile(tile, sign) {
  tile.querySelector('.plus')?.setAttribute('aria-pressed', String(sign > 0));
  tile.querySelector('.minus')?.setAttribute('aria-pressed', String(sign < 0));
  tile.querySelector('.mark')?.remove();
  if (sign !== 0) tile.append(h('span', { class: sign > 0 ? 'mark' : 'mark unlike', 'aria-hidden': 'true' }, icon(sign > 0 ? 'plus' : 'minus')));
}
