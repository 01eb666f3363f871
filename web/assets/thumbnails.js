// Loads pictures with the token, few at a time, those in sight first; what is far away is let go.
import { api, request } from './api.js';

const kAtOnce = 4;
const kTries = 3;
/** @type {{img: HTMLImageElement, path: string, tries: number, then: Function}[]} */
const waiting = [];
let running = 0;

/** @param {number} shown longest side in CSS pixels */
export const pixelsFor = (shown) => {
  const wanted = shown * Math.min(devicePixelRatio || 1, 2);
  return [256, 384, 512, 768, 1024].find((pixels) => pixels >= wanted * 0.9) ?? 1024;
};

/**
 * Shows what `path` answers in `img`. `then(error)` is called when it is there or cannot be.
 * @param {HTMLImageElement} img @param {string} path @param {(error: ?any) => void} [then]
 */
export function loadPicture(img, path, then = () => {}) {
  img.dataset.path = path;
  waiting.push({ img, path, tries: 0, then });
  pump();
}

function pump() {
  while (running < kAtOnce && waiting.length > 0) {
    const next = waiting.shift();
    if (next.img.dataset.path !== next.path) continue;
    ++running;
    load(next).finally(() => {
      --running;
      pump();
    });
  }
}

async function load(entry) {
  const { img, path, then } = entry;
  try {
    const blob = await (await request(path)).blob();
    if (img.dataset.path !== path) return;
    await put(img, blob);
    img.classList.add('shown');
    then(null);
  } catch (error) {
    if (img.dataset.path !== path) return;
    if ((error.status === 429 || error.status === 503) && ++entry.tries < kTries) {
      setTimeout(() => { waiting.push(entry); pump(); }, 700 * entry.tries);
      return;
    }
    delete img.dataset.path;
    then(error);
  }
}

/** @param {HTMLImageElement} img @param {Blob} blob */
function put(img, blob) {
  const url = URL.createObjectURL(blob);
  return new Promise((resolve, reject) => {
    img.onload = () => { URL.revokeObjectURL(url); resolve(undefined); };
    img.onerror = () => { URL.revokeObjectURL(url); reject(new Error('This browser cannot show the picture.')); };
    img.src = url;
  });
}

/** @type {WeakMap<Element, {img: HTMLImageElement, path: () => string, then: Function}>} */
const watched = new WeakMap();
const observer = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const watch = watched.get(entry.target);
    if (!watch) continue;
    const { img } = watch;
    if (entry.isIntersecting) {
      if (!img.dataset.path) loadPicture(img, watch.path(), watch.then);
    } else if (img.dataset.path) {
      delete img.dataset.path;
      img.removeAttribute('src');
      img.classList.remove('shown');
    }
  }
}, { rootMargin: '900px 0px' });

/** Loads the picture whenever `box` is near what is seen. */
export function watch(box, img, path, then) {
  watched.set(box, { img, path, then });
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
