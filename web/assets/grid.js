// The grid: tiles in justified rows, arrow keys, selection, more at the end.
import { api } from './api.js';
import { h } from './dom.js';
import { explain } from './notice.js';
import { justify } from './justify.js';
import { lookAgain, pixelsFor, watch } from './thumbnails.js';
import { makeTile, markTile } from './tile.js';

const kGap = 6;
const kUnknown = 4 / 3;
/** Pictures that are loaded without a look at whether they are seen: the first rows are. */
const kSurelySeen = 8;
/** Proportions that were seen: "library/id" to width / height. @type {Map<string, number>} */
const shapes = new Map();

/** @typedef {import('./tile.js').Item} Item */

export class Grid {
  /**
   * @param {HTMLElement} host
   * @param {import('./tile.js').TileActions & {signOf: (id: number) => number, onSelection: () => void, onKey: (key: string, item: Item) => boolean}} actions
   */
  constructor(host, actions) {
    this.actions = actions;
    this.library = '';
    /** @type {Item[]} */
    this.items = [];
    /** @type {{tile: HTMLElement, open: HTMLElement, img: HTMLImageElement, size: string}[]} */
    this.cells = [];
    /** @type {Map<number, Item>} */
    this.selected = new Map();
    this.active = 0;
    this.list = h('ul', { class: 'rows', role: 'list', 'aria-labelledby': 'pictures-title' });
    this.list.addEventListener('keydown', (event) => this.#key(event));
    this.list.addEventListener('focusin', (event) => {
      const at = this.cells.findIndex((cell) => cell.tile.contains(/** @type {Node} */ (event.target)));
      if (at >= 0) this.#activate(at);
    });
    host.append(this.list);
    new ResizeObserver(() => this.#layoutSoon()).observe(host);
  }

  /** @param {string} library */
  clear(library) {
    this.library = library;
    this.items = [];
    this.cells = [];
    this.active = 0;
    this.list.replaceChildren();
    this.list.removeAttribute('aria-busy');
    this.clearSelection();
  }

  /** Grey boxes while the first pictures come. */
  showSkeleton() {
    this.list.setAttribute('aria-busy', 'true');
    const shape = [1.5, 0.75, 1.33, 1, 1.5, 1.33, 0.8, 1.5, 1.2, 1.33, 1.5, 0.7, 1.33, 1.5, 1];
    this.list.replaceChildren(...justify(shape, this.#width(), this.#height(), kGap).map((box) => {
      const cell = h('li', { class: 'tile skeleton', 'aria-hidden': 'true' });
      cell.style.width = `${box.width}px`;
      cell.style.height = `${box.height}px`;
      return cell;
    }));
  }

  /** @param {Item[]} items @returns {Promise<void>} resolved when the first of their pictures is there, or cannot be */
  append(items) {
    if (this.cells.length === 0) this.list.replaceChildren();
    this.list.removeAttribute('aria-busy');
    for (const item of items) {
      const at = this.cells.length;
      const cell = { ...makeTile(item, { ...this.actions, onSelect: (picked, range) => this.toggle(picked, range ? at : null) }), size: '' };
      if (item.width && item.height && !shapes.has(this.#name(item))) shapes.set(this.#name(item), item.width / item.height);
      this.items.push(item);
      this.cells.push(cell);
      markTile(cell.tile, this.actions.signOf(item.id));
      this.list.append(cell.tile);
      if (at === 0) this.#activate(0);
    }
    this.layout();
    return new Promise((resolve) => {
      for (const [index, cell] of this.cells.entries()) {
        if (index >= this.cells.length - items.length) this.#watch(cell, this.items[index], index < kSurelySeen, resolve);
      }
      if (items.length === 0) resolve();
    });
  }

  #watch(cell, item, now, then) {
    watch(cell.tile, cell.img, () => {
      const { width, height } = cell.tile.getBoundingClientRect();
      return api.thumbnailPath(this.library, item.id, pixelsFor(Math.max(width, height)));
    }, (error) => {
      then();
      cell.tile.querySelector('.broken')?.remove();
      if (error) {
        if (error.name !== 'AbortError') cell.tile.append(h('span', { class: 'broken' }, cell.img.alt, h('span', null, explain(error).title)));
        return;
      }
      const shape = cell.img.naturalWidth / cell.img.naturalHeight;
      const known = shapes.get(this.#name(item));
      if (known === undefined || Math.abs(known - shape) > known * 0.03) {
        shapes.set(this.#name(item), shape);
        this.#layoutSoon();
      }
    }, now);
  }

  #name(item) { return `${this.library}/${item.id}`; }
  #width() { return Math.max(100, Math.floor(this.list.parentElement.getBoundingClientRect().width)); }
  #height() { return this.#width() < 520 ? 124 : this.#width() < 900 ? 168 : 196; }

  #layoutSoon() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.layout();
    });
  }

  layout() {
    const width = this.#width();
    this.list.classList.toggle('narrow', width < 520);
    const boxes = justify(this.items.map((item) => shapes.get(this.#name(item)) ?? kUnknown), width, this.#height(), kGap);
    boxes.forEach((box, index) => {
      const { tile } = this.cells[index];
      const size = `${box.width}x${box.height}`;
      if (this.cells[index].size === size) return;
      this.cells[index].size = size;
      tile.style.width = `${box.width}px`;
      tile.style.height = `${box.height}px`;
      tile.classList.toggle('slim', box.width < 126);
    });
  }

  /** Loads again what failed. */
  retryPictures() {
    lookAgain(this.cells.filter((cell) => cell.tile.querySelector('.broken')).map((cell) => cell.tile));
  }

  showMarks() {
    this.cells.forEach((cell, index) => markTile(cell.tile, this.actions.signOf(this.items[index].id)));
  }

  /** @param {Item} item @param {?number} until select all from the last one to this place */
  toggle(item, until = null) {
    const on = !this.selected.has(item.id);
    const from = until === null || this.lastPicked === undefined ? null : this.lastPicked;
    const range = from === null ? [item] : this.items.slice(Math.min(from, until), Math.max(from, until) + 1);
    for (const one of range) on ? this.selected.set(one.id, one) : this.selected.delete(one.id);
    this.lastPicked = this.items.findIndex((one) => one.id === item.id);
    this.#showSelection();
  }

  clearSelection() {
    this.selected.clear();
    this.lastPicked = undefined;
    this.#showSelection();
  }

  #showSelection() {
    this.list.classList.toggle('selecting', this.selected.size > 0);
    this.cells.forEach((cell, index) => {
      const on = this.selected.has(this.items[index].id);
      cell.tile.classList.toggle('selected', on);
      cell.tile.querySelector('.tile-check').setAttribute('aria-pressed', String(on));
    });
    this.actions.onSelection();
  }

  /** @param {Iterable<number>} ids that are in the library no more */
  drop(ids) {
    const gone = new Set(ids);
    const keep = this.items.map((item) => !gone.has(item.id));
    this.cells.forEach((cell, index) => { if (!keep[index]) cell.tile.remove(); });
    this.items = this.items.filter((_, index) => keep[index]);
    this.cells = this.cells.filter((_, index) => keep[index]);
    for (const id of gone) this.selected.delete(id);
    this.active = Math.min(this.active, Math.max(0, this.cells.length - 1));
    if (this.cells.length > 0) this.#activate(this.active);
    this.layout();
    this.#showSelection();
  }

  focus() { this.cells[this.active]?.open.focus(); }

  #activate(at) {
    for (const [index, on] of [[this.active, false], [at, true]]) {
      this.cells[index]?.tile.querySelectorAll('button').forEach((button) => { button.tabIndex = on ? 0 : -1; });
    }
    this.active = at;
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.cells.length === 0) return;
    const to = this.#target(event.key);
    if (to !== null) {
      event.preventDefault();
      this.#activate(to);
      this.cells[to].open.focus({ preventScroll: true });
      this.cells[to].tile.scrollIntoView({ block: 'nearest' });
    } else if (this.actions.onKey(event.key, this.items[this.active])) {
      event.preventDefault();
    }
  }

  /** @param {string} key @returns {?number} */
  #target(key) {
    const last = this.cells.length - 1;
    if (key === 'ArrowRight') return Math.min(this.active + 1, last);
    if (key === 'ArrowLeft') return Math.max(this.active - 1, 0);
    if (key === 'Home') return 0;
    if (key === 'End') return last;
    if (key !== 'ArrowDown' && key !== 'ArrowUp') return null;
    const step = key === 'ArrowDown' ? 1 : -1;
    const { offsetTop, offsetLeft, offsetWidth } = this.cells[this.active].tile;
    const middle = offsetLeft + offsetWidth / 2;
    let best = this.active;
    let row = null;
    let nearest = Infinity;
    for (let at = this.active + step; at >= 0 && at <= last; at += step) {
      const tile = this.cells[at].tile;
      if (tile.offsetTop === offsetTop) continue;
      row ??= tile.offsetTop;
      if (tile.offsetTop !== row) break;
      const away = Math.abs(tile.offsetLeft + tile.offsetWidth / 2 - middle);
      if (away < nearest) [best, nearest] = [at, away];
    }
    return best;
  }
}
