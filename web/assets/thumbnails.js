// Loads pictures with the token, few at a time, those in sight first; what is far away is let go.
import { api, request } from './api.js';

const kAtOnce = 4;
const kTries = 3;
/** @typedef {{img: HTMLImageElement, path: string, tries: number, then: Function, end?: () => void}} Load `end`: no longer waits for its picture */
/** @type {Load[]} */
const waiting = [];
/** What each picture shows or is to show; a load that is not here has been let go. @type {WeakMap<HTMLImageElement, Load>} */
const wanted = new WeakMap();
let running = 0;

/** @param {number} shown longest side in CSS pixels */
export const pixelsFor = (shown) => {
  const least = shown * Math.min(devicePixelRatio || 1, 2);
  return [256, 384, 512, 768, 1024].find((pixels) => pixels >= least * 0.9) ?? 1024;
};

/**
 * Shows what `path` answers in `img`. `then(error)` is called when it is there or cannot be.
 * @param {HTMLImageElement} img @param {string} path @param {(error: ?any) => void} [then]
 */
export function loadPicture(img, path, then = () => {}) {
  letGo(img);
  /** @type {Load} */
  const load = { img, path, tries: 0, then };
  wanted.set(img, load);
  waiting.push(load);
  pump();
}

/** @param {HTMLImageElement} img @returns {boolean} whether it was wanted */
function letGo(img) {
  wanted.get(img)?.end?.();
  return wanted.delete(img);
}

const isWanted = (load) => wanted.get(load.img) === load;

function pump() {
  while (running < kAtOnce && waiting.length > 0) {
    const next = waiting.shift();
    if (!isWanted(next)) continue;
    ++running;
    show(next).finally(() => {
      --running;
      pump();
    });
  }
}

/** @param {Load} load */
async function show(load) {
  const { img, path, then } = load;
  try {
    const blob = await (await request(path)).blob();
    if (!isWanted(load)) return;
    await put(load, blob);
    if (!isWanted(load)) return;
    img.classList.add('shown');
    then(null);
  } catch (error) {
    if (!isWanted(load)) return;
    if ((error.status === 429 || error.status === 503) && ++load.tries < kTries) {
      setTimeout(() => { waiting.push(load); pump(); }, 700 * load.tries);
      return;
    }
    wanted.delete(img);
    then(error);
  }
}

/**
 * Ends in any case, as a picture that never did would keep its place among the few that load: `load` does not come for
 * one whose source was taken away, and `decode()` may wait for ever for one that is in the page no more.
 * @param {Load} load @param {Blob} blob
 */
async function put(load, blob) {
  const { img } = load;
  const url = URL.createObjectURL(blob);
  try {
    await new Promise((resolve, reject) => {
      load.end = resolve;
      img.addEventListener('load', resolve, { once: true });
      img.src = url;
      img.decode().then(resolve, () => reject(new Error('This browser cannot show the picture.')));
    });
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** @type {WeakMap<Element, {img: HTMLImageElement, path: () => string, then: Function}>} */
const watched = new WeakMap();
const observer = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const watch = watched.get(entry.target);
    if (!watch) continue;
    const { img } = watch;
    if (entry.isIntersecting) {
      if (!wanted.has(img)) loadPicture(img, watch.path(), watch.then);
    } else if (letGo(img)) {
      img.removeAttribute('src');
      img.classList.remove('shown');
    }
  }
}, { rootMargin: '900px 0px' });

/** Loads the picture whenever `box` is near what is seen; `now`: it is, and nobody need look first. */
export function watch(box, img, path, then, now = false) {
  watched.set(box, { img, path, then });
  if (now) loadPicture(img, path(), then);
  observer.observe(box);
}

/** Tries again what failed. @param {Iterable<Element>} boxes */
export function lookAgain(boxes) {
  for (const box of boxes) {
    observer.unobserve(box);
    observer.observe(box);
  }
}

/** A small picture of the library, for panels. */
export function thumbnail(library, id, name, shown) {
  const img = new Image();
  img.alt = name;
  loadPicture(img, api.thumbnailPath(library, id, pixelsFor(shown)));
  return img;
}
