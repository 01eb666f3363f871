// A box on the query picture, drawn with pointer or keys: the search is of what is in it.
import { h } from './dom.js';
import './types.js';

const kLeast = 0.04;
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

export class RegionBox {
  /** @param {HTMLElement} frame just around the picture @param {?import('./types.js').Region} region @param {(region: ?import('./types.js').Region) => void} onChange */
  constructor(frame, region, onChange) {
    this.frame = frame;
    this.onChange = onChange;
    this.box = h('button', { type: 'button', class: 'region', 'aria-label': 'The part that is searched: arrow keys move it, with Shift they resize it, Delete removes it' });
    this.box.addEventListener('keydown', (event) => this.#key(event));
    this.box.addEventListener('keyup', (event) => { if (event.key.startsWith('Arrow')) this.#tellSoon(); });
    frame.addEventListener('pointerdown', (event) => this.#begin(event));
    this.show(region);
  }

  /** @param {?import('./types.js').Region} region */
  show(region) {
    this.region = region;
    if (!region) return this.box.remove();
    Object.assign(this.box.style, {
      left: `${region.x * 100}%`, top: `${region.y * 100}%`, width: `${region.width * 100}%`, height: `${region.height * 100}%`,
    });
    if (!this.box.isConnected) this.frame.append(this.box);
  }

  /** A box in the middle, to be moved by keys. */
  start() {
    this.show({ x: 0.25, y: 0.25, width: 0.5, height: 0.5 });
    this.box.focus();
    this.onChange(this.region);
  }

  #point(event) {
    const { left, top, width, height } = this.frame.getBoundingClientRect();
    return { x: clamp((event.clientX - left) / width, 0, 1), y: clamp((event.clientY - top) / height, 0, 1) };
  }

  #begin(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    const from = this.#point(event);
    const before = this.region;
    const moving = event.target === this.box && before;
    this.frame.setPointerCapture(event.pointerId);
    const move = (moved) => {
      const to = this.#point(moved);
      if (moving) {
        this.show({ ...before, x: clamp(before.x + to.x - from.x, 0, 1 - before.width), y: clamp(before.y + to.y - from.y, 0, 1 - before.height) });
        return;
      }
      const region = { x: Math.min(from.x, to.x), y: Math.min(from.y, to.y), width: Math.abs(to.x - from.x), height: Math.abs(to.y - from.y) };
      this.show(region.width < 0.005 && region.height < 0.005 ? before : region);
    };
    const end = (ended) => {
      this.frame.removeEventListener('pointermove', move);
      this.frame.removeEventListener('pointerup', end);
      this.frame.removeEventListener('pointercancel', end);
      const small = this.region && (this.region.width < kLeast || this.region.height < kLeast);
      if (small || ended.type === 'pointercancel') this.show(before);
      if (JSON.stringify(this.region) !== JSON.stringify(before)) this.onChange(this.region);
    };
    this.frame.addEventListener('pointermove', move);
    this.frame.addEventListener('pointerup', end);
    this.frame.addEventListener('pointercancel', end);
  }

  #key(event) {
    if (!this.region) return;
    if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault();
      this.show(null);
      return this.onChange(null);
    }
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (dx === 0 && dy === 0) return;
    event.preventDefault();
    const { x, y, width, height } = this.region;
    const step = 0.03;
    this.show(event.shiftKey
      ? { x, y, width: clamp(width + dx * step, kLeast, 1 - x), height: clamp(height + dy * step, kLeast, 1 - y) }
      : { x: clamp(x + dx * step, 0, 1 - width), y: clamp(y + dy * step, 0, 1 - height), width, height });
  }

  #tellSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.onChange(this.region), 350);
  }
}
