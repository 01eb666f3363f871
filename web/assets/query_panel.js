// The panel beside the hits: what is looked for, what steers it, and how it went.
import { api } from './api.js';
import { h, icon } from './dom.js';
import { millis, nameOf, plural } from './format.js';
import { histogram } from './histogram.js';
import { keptFile } from './query_files.js';
import { RegionBox } from './region.js';
import { loadPicture, thumbnail } from './thumbnails.js';
import './types.js';

/**
 * @typedef {{onRegion: (region: ?import('./types.js').Region) => void, onForget: (id: number) => void, onClose: () => void,
 *   onDetails: (id: number) => void, pathOf: (id: number) => ?string}} PanelActions
 */

export class QueryPanel {
  /** @param {HTMLElement} host @param {PanelActions} actions */
  constructor(host, actions) {
    this.host = host;
    this.actions = actions;
  }

  /** @param {import('./types.js').Query} query */
  show(query) {
    const atRegion = document.activeElement?.classList.contains('region') && this.host.contains(document.activeElement);
    this.query = query;
    this.numbers = h('div', { class: 'stack' });
    this.facts = h('p', { class: 'soft small num' });
    this.name = h('p', { class: 'query-name' });
    this.actionRow = h('div', { class: 'query-actions' });
    this.host.hidden = false;
    this.host.replaceChildren(this.#picture(), h('div', { class: 'query-about' }, this.name, this.facts), this.actionRow, this.#examples(), this.numbers);
    this.actionRow.append(h('button', { type: 'button', class: 'button', onclick: () => this.actions.onClose() }, icon('close'), 'End search'));
    if (atRegion) this.host.querySelector('.region')?.focus();
  }

  hide() {
    this.host.hidden = true;
    this.host.replaceChildren();
  }

  #picture() {
    const { query } = this;
    if (query.text) {
      this.name.textContent = 'Words';
      return h('div', { class: 'query-picture' }, h('p', { class: 'query-words' }, `“${query.text}”`));
    }
    if (query.id === null && query.image === null) {
      this.name.textContent = 'By examples';
      return h('div', { class: 'query-picture' }, h('p', { class: 'query-words' }, plural(query.like.length, 'example')));
    }
    const img = new Image();
    const file = keptFile(query.image);
    const name = file ? file.file.name || 'Pasted picture' : nameOf(this.actions.pathOf(query.id) ?? `Picture ${query.id}`);
    img.alt = `Query: ${name}`;
    img.draggable = false;
    this.name.textContent = name;
    if (file) {
      img.src = file.url;
      img.onerror = () => noPicture('No preview in this browser');
    } else {
      loadPicture(img, api.thumbnailPath(query.library, query.id, 768), (error) => { if (error) noPicture('This picture cannot be shown'); });
      this.#nameLater(query);
      this.actionRow.append(h('button', { type: 'button', class: 'button', onclick: () => this.actions.onDetails(query.id) }, icon('info'), 'Details'));
    }
    const frame = h('div', { class: 'query-frame', title: 'Draw a box to search for a part' }, img);
    this.region = new RegionBox(frame, query.region, (region) => this.actions.onRegion(region));
    const draw = query.region
      ? h('button', { type: 'button', class: 'button', onclick: () => this.actions.onRegion(null) }, icon('box'), 'Whole picture')
      : h('button', { type: 'button', class: 'button', title: 'Or draw it on the picture', onclick: () => this.region.start() }, icon('box'), 'Part of it');
    this.actionRow.prepend(draw);
    const noPicture = (why) => {
      frame.replaceWith(h('p', { class: 'query-words' }, why));
      draw.remove();
    };
    return h('div', { class: 'query-picture' }, frame);
  }

  async #nameLater(query) {
    if (this.actions.pathOf(query.id)) return;
    const { name } = this;
    const image = await api.image(query.library, query.id).catch(() => null);
    if (image) name.textContent = nameOf(image.path);
  }

  #examples() {
    const { library, like, unlike } = this.query;
    const row = (title, ids, kind) => ids.length === 0 ? null : h('div', { class: 'examples' }, h('h3', null, title),
      h('ul', { role: 'list' }, ids.map((id) => {
        const name = nameOf(this.actions.pathOf(id) ?? `picture ${id}`);
        return h('li', null, h('button', { type: 'button', class: `example ${kind}`, 'aria-label': `Take back ${name}`, title: `Take back ${name}`, onclick: () => this.actions.onForget(id) },
          thumbnail(library, id, '', 64), icon('close')));
      })));
    return h('div', { class: 'stack' }, row('More of', like, 'like'), row('Less of', unlike, 'unlike'));
  }

  /** @param {import('./types.js').SearchAnswer} answer @param {import('./types.js').Hit[]} hits @param {number} bits */
  showNumbers(answer, hits, bits) {
    const ms = Object.values(answer.ms ?? {}).reduce((sum, part) => sum + part, 0);
    this.facts.textContent = `${plural(answer.rows, 'picture')} compared in ${millis(ms)}`
      + (answer.ties_cut > 0 ? `; ${plural(answer.ties_cut, 'picture')} as near by code as the last one that was ranked left out` : '');
    this.facts.title = `${answer.promise}; ` + Object.entries(answer.ms ?? {}).map(([stage, part]) => `${stage} ${millis(part)}`).join(', ') + `; by ${answer.strategy}`;
    this.numbers.replaceChildren(...[histogram(hits, bits)].filter(Boolean));
  }
}
