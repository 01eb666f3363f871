// Two pictures side by side, how far they are from each other, and which bits of their codes differ.
import { api } from './api.js';
import { bitsView } from './bits.js';
import { openDialog } from './dialog.js';
import { h } from './dom.js';
import { distanceText, nameOf } from './format.js';
import { errorMessage } from './notice.js';
import { loadPicture } from './thumbnails.js';

/**
 * @typedef {{id: ?number, name: string, url?: string, title: string}} Side `url` of a picture that is not in the library
 * @param {string} library @param {Side} left @param {Side} right
 * @param {{hamming?: number, distance?: ?number}} known from the search, when it is of these two
 * @param {(id: number) => void} onSearch
 */
export function openCompare(library, left, right, known, onSearch) {
  const figure = (side) => {
    const img = new Image();
    img.alt = side.name;
    if (side.id !== null) loadPicture(img, api.thumbnailPath(library, side.id, 1024));
    else if (side.url) img.src = side.url;
    return h('figure', null, h('div', { class: 'frame' }, img),
      h('figcaption', null, h('span', { class: 'soft' }, `${side.title}  `), side.name));
  };
  const verdict = h('p', { class: 'verdict' });
  const bits = h('div', { class: 'stack' });
  const dialog = openDialog({ title: 'Side by side', wide: true, body: [h('div', { class: 'pair' }, figure(left), figure(right)), verdict, bits] });
  const search = (id) => { dialog.close(); onSearch(id); };
  const tell = (hamming, total) => verdict.replaceChildren(
    h('span', null, h('b', null, String(hamming)), total ? ` of ${total} bits differ` : ' bits differ'),
    ...(known.distance === null || known.distance === undefined ? [] : [h('span', null, 'feature distance ', h('b', null, distanceText(known.distance)))]));
  if (known.hamming !== undefined) tell(known.hamming, 0);
  showBits();

  async function showBits() {
    const id = right.id ?? left.id;
    const both = left.id !== null && right.id !== null;
    if (id === null) return;
    bits.replaceChildren(h('div', { class: 'bits' }, Array.from({ length: 64 }, () => h('span', { class: 'bit skeleton' }))));
    try {
      const code = both ? await api.code(library, left.id, right.id) : await api.code(library, id);
      if (both) tell(code.hamming, code.bits);
      bits.replaceChildren(h('h3', null, both ? 'Their bits' : `Bits of ${nameOf(right.name)}`),
        both ? '' : h('p', { class: 'soft small' }, 'The query is not in the library, so that only the bits of the hit are known.'),
        bitsView(library, code, search));
    } catch (error) {
      bits.replaceChildren(errorMessage(error, showBits));
    }
  }
}
