// The sheet with everything about one picture.
import { api, request } from './api.js';
import { bitsView } from './bits.js';
import { byId, h, icon, iconButton } from './dom.js';
import { count, distanceText, folderOf, moment, nameOf, size } from './format.js';
import { errorMessage, explain, toast } from './notice.js';
import { loadPicture } from './thumbnails.js';
import './types.js';

/**
 * @typedef {{library: () => import('./types.js').LibraryInfo, onSearch: (id: number) => void, onLike: (id: number, sign: number) => void, onCompare: (id: number) => void,
 *   onTag: (key: string, value: string) => void, onFolder: (folder: string) => void, onRemove: (ids: number[]) => Promise<void>, onTagsChanged: () => void}} DetailActions
 */

/** "label=cat", or "cat" for `label`. @param {string} text @returns {?{key: string, value: string}} */
export function parseTag(text) {
  const at = text.indexOf('=');
  const tag = at < 0 ? { key: 'label', value: text.trim() } : { key: text.slice(0, at).trim(), value: text.slice(at + 1).trim() };
  return tag.key && tag.value ? tag : null;
}

export class Details {
  /** @param {DetailActions} actions */
  constructor(actions) {
    this.actions = actions;
    this.host = byId('details');
    this.host.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      this.close();
    });
  }

  get isOpen() { return !this.host.hidden; }

  close() {
    if (!this.isOpen) return;
    this.host.hidden = true;
    this.host.replaceChildren();
    this.shown = undefined;
    if (this.before?.isConnected) this.before.focus({ preventScroll: true });
  }

  /** @param {{id: number, hamming?: number, distance?: ?number}} item */
  async show(item) {
    if (!this.isOpen) this.before = /** @type {HTMLElement} */ (document.activeElement);
    this.item = item;
    this.shown = item.id;
    const library = this.actions.library();
    const body = h('div', { class: 'details-body' });
    const title = h('h2', null, '…');
    const close = iconButton('close', 'Close details', () => this.close());
    this.host.replaceChildren(h('div', { class: 'details-head' }, title, close), body);
    this.host.hidden = false;
    close.focus({ preventScroll: true });
    body.append(h('div', { class: 'details-picture skeleton' }));
    try {
      const image = await api.image(library.name, item.id);
      if (this.shown !== item.id) return;
      title.textContent = nameOf(image.path);
      body.replaceChildren(...this.#content(library, image));
    } catch (error) {
      if (this.shown === item.id) body.replaceChildren(errorMessage(error, () => this.show(item)));
    }
  }

  #content(library, image) {
    const img = new Image();
    img.alt = nameOf(image.path);
    const picture = h('div', { class: 'details-picture' }, img);
    loadPicture(img, api.thumbnailPath(library.name, image.id, 768), (error) => {
      if (error) img.replaceWith(h('p', { class: 'soft' }, explain(error).text));
    });
    const button = (glyph, text, onclick, kind = '') => h('button', { type: 'button', class: `button ${kind}`, onclick }, icon(glyph), text);
    const { hamming, distance } = this.item;
    const fact = (term, ...value) => [h('dt', null, term), h('dd', null, ...value)];
    const bits = h('div', null, button('chart', 'Show its bits', () => this.#showBits(bits, library.name, image.id), 'quiet'));
    return [
      picture,
      h('div', { class: 'details-actions' },
        button('search', 'More like this', () => this.actions.onSearch(image.id), 'primary'),
        button('plus', 'More of this', () => this.actions.onLike(image.id, 1)),
        button('minus', 'Less of this', () => this.actions.onLike(image.id, -1)),
        hamming === undefined ? null : button('compare', 'Compare', () => this.actions.onCompare(image.id)),
        button('open', 'Open file', () => this.#openFile(library.name, image))),
      h('dl', { class: 'facts' },
        hamming === undefined ? [] : fact('Code distance', `${hamming} of ${library.bits} bits`),
        hamming === undefined ? [] : fact('Feature distance', distanceText(distance)),
        fact('Size', image.width ? `${count(image.width)} × ${count(image.height)}, ` : '', `${image.format.toUpperCase()}, ${size(image.bytes)}`),
        fact('Added', moment(image.added_at)),
        fact('Path', image.path),
        fact('Number', String(image.id))),
      h('div', null, button('search', 'Only this folder', () => this.actions.onFolder(folderOf(image.path)), 'quiet')),
      this.#tags(library, image),
      h('div', null, h('h3', null, 'Latent bits'), bits),
      library.writable ? h('div', null, button('trash', 'Remove from the library', () => this.actions.onRemove([image.id]), 'quiet danger')) : null,
    ].filter(Boolean);
  }

  #tags(library, image) {
    const section = h('div', null, h('h3', null, 'Tags'));
    const list = h('div', { class: 'tags' });
    const change = async (body) => {
      try {
        await api.changeTags(library.name, [image.id], body);
        const fresh = await api.image(library.name, image.id);
        if (this.shown === image.id) section.replaceWith(this.#tags(library, fresh));
        this.actions.onTagsChanged();
      } catch (error) {
        toast(explain(error).text);
      }
    };
    for (const [key, values] of Object.entries(image.tags)) {
      for (const value of values) {
        list.append(h('span', { class: 'tag' },
          h('button', { type: 'button', title: 'Only pictures with this tag', onclick: () => this.actions.onTag(key, value) }, `${key}: ${value}`),
          library.writable ? h('button', { type: 'button', 'aria-label': `Take away ${key}: ${value}`, onclick: () => change({ remove: { [key]: [value] } }) }, icon('close')) : null));
      }
    }
    if (Object.keys(image.tags).length === 0) list.append(h('span', { class: 'soft small' }, 'None yet.'));
    if (library.writable) {
      const input = h('input', { class: 'field', 'aria-label': 'New tag', placeholder: 'label=cat', spellcheck: 'false' });
      list.append(h('form', { class: 'tag-form', onsubmit: (event) => {
        event.preventDefault();
        const tag = parseTag(input.value);
        if (tag) change({ add: { [tag.key]: [tag.value] } });
      } }, input, h('button', { class: 'button' }, 'Add tag')));
    }
    section.append(list);
    return section;
  }

  async #showBits(host, library, id) {
    try {
      host.replaceChildren(bitsView(library, await api.code(library, id), (other) => this.actions.onSearch(other)));
    } catch (error) {
      host.replaceChildren(errorMessage(error, () => this.#showBits(host, library, id)));
    }
  }

  async #openFile(library, image) {
    const tab = window.open('', '_blank');
    try {
      const blob = await (await request(api.filePath(library, image.id))).blob();
      const url = URL.createObjectURL(blob);
      if (tab) tab.location.replace(url);
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    } catch (error) {
      tab?.close();
      toast(explain(error).text);
    }
  }
}
