// The latent bits of a code: which are on, which differ, and what pictures a bit stands for.
import { api } from './api.js';
import { h } from './dom.js';
import { nameOf } from './format.js';
import { errorMessage } from './notice.js';
import { thumbnail } from './thumbnails.js';
import './types.js';

/**
 * @param {string} library @param {import('./types.js').ImageCode} code with `differ` when two are compared
 * @param {(id: number) => void} onPicture
 */
export function bitsView(library, code, onPicture) {
  const comparing = code.differ !== undefined;
  const differ = new Set(code.differ ?? []);
  const below = h('div', { class: 'bit-view', 'aria-live': 'polite' }, h('p', { class: 'soft small' }, 'Choose a bit to see which pictures turn it on most, and which least.'));
  const cells = code.values.map((value, bit) => {
    const differs = differ.has(bit);
    const state = comparing ? (differs ? `differs: ${value} and ${1 - value}` : `both ${value}`) : (value ? 'on' : 'off');
    const cell = h('button', {
      type: 'button', class: `bit${value ? ' one' : ''}${differs ? ' differs' : ''}`, title: `Bit ${bit}: ${state}`, 'aria-label': `Bit ${bit}, ${state}`,
      'aria-pressed': 'false', tabindex: bit === 0 ? '0' : '-1', onclick: () => choose(bit),
    }, String(bit));
    return cell;
  });
  const choose = (bit) => {
    cells.forEach((cell, index) => cell.setAttribute('aria-pressed', String(index === bit)));
    focusOn(bit);
    showBit(below, library, bit, onPicture);
  };
  const focusOn = (bit) => {
    cells.forEach((cell, index) => { cell.tabIndex = index === bit ? 0 : -1; });
    cells[bit].focus({ preventScroll: true });
  };
  const grid = h('div', { class: comparing ? 'bits comparing' : 'bits', role: 'group', 'aria-label': 'Bits of the code' }, cells);
  grid.addEventListener('keydown', (event) => {
    const at = cells.indexOf(/** @type {any} */ (document.activeElement));
    const columns = cells.filter((cell) => cell.offsetTop === cells[0].offsetTop).length;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
    if (at < 0 || step === undefined || !cells[at + step]) return;
    event.preventDefault();
    focusOn(at + step);
  });
  const key = (kind, text) => h('span', null, h('i', { class: kind }), text);
  const legend = comparing
    ? h('p', { class: 'legend' }, key('both', 'on in both'), key('none', 'off in both'), key('differs', 'differs'))
    : h('p', { class: 'legend' }, key('one', 'on'), key('', 'off'));
  return h('div', null, grid, legend, below);
}

let asked = 0;

/** @param {HTMLElement} host */
async function showBit(host, library, bit, onPicture) {
  const mine = ++asked;
  host.replaceChildren(h('p', { class: 'soft small' }, `Bit ${bit} …`));
  try {
    const info = await api.bit(library, bit);
    if (mine !== asked) return;
    const strip = (title, list) => h('div', null, h('h4', null, title), h('div', { class: 'strip' }, list.map((one) =>
      h('button', { type: 'button', title: `${nameOf(one.path)} (${one.activation.toFixed(2)})`, onclick: () => onPicture(one.id) }, thumbnail(library, one.id, nameOf(one.path), 96)))));
    host.replaceChildren(h('p', { class: 'num' }, h('b', null, `Bit ${bit}`), ` is on in ${(info.share * 100).toFixed(0)} % of the pictures`),
      strip('Turn it on most', info.most), strip('Turn it on least', info.least));
  } catch (error) {
    if (mine === asked) host.replaceChildren(errorMessage(error, () => showBit(host, library, bit, onPicture)));
  }
}
