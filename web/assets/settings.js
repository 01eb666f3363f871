// How searches are made; kept in this browser.
import { openDialog } from './dialog.js';
import { h } from './dom.js';
import './types.js';

const kKey = 'hashlens-settings';
/** @type {import('./types.js').Settings} */
const kDefaults = { perPage: 60, radius: null, rerank: true, candidates: 1000 };

/** @returns {import('./types.js').Settings} */
export function settings() {
  try {
    const kept = JSON.parse(localStorage.getItem(kKey) ?? '{}');
    return { ...kDefaults, ...kept };
  } catch {
    return { ...kDefaults };
  }
}

/** @param {number} bits Of the library's codes. @param {() => void} onChange */
export function openSettings(bits, onChange) {
  const now = settings();
  const radiusText = (value) => (value >= bits ? 'no limit' : `${value} bits`);
  const perPage = h('input', { type: 'range', id: 'set-k', min: 10, max: 200, step: 10, value: now.perPage });
  const perPageOut = h('output', { for: 'set-k' }, String(now.perPage));
  const radius = h('input', { type: 'range', id: 'set-radius', min: 0, max: bits, value: now.radius ?? bits });
  const radiusOut = h('output', { for: 'set-radius' }, radiusText(now.radius ?? bits));
  const rerank = h('input', { type: 'checkbox', id: 'set-rerank', checked: now.rerank });
  perPage.addEventListener('input', () => { perPageOut.textContent = perPage.value; });
  radius.addEventListener('input', () => { radiusOut.textContent = radiusText(Number(radius.value)); });
  const dialog = openDialog({
    title: 'How to search',
    body: [h('form', { class: 'dialog-form', onsubmit: (event) => {
      event.preventDefault();
      const next = {
        perPage: Number(perPage.value),
        radius: Number(radius.value) >= bits ? null : Number(radius.value),
        rerank: rerank.checked,
        candidates: now.candidates,
      };
      localStorage.setItem(kKey, JSON.stringify(next));
      dialog.close();
      onChange();
    } },
    h('div', { class: 'form-row' }, h('label', { for: 'set-k' }, 'Hits at a time'), h('div', { class: 'range' }, perPage, perPageOut)),
    h('div', { class: 'form-row' }, h('label', { for: 'set-radius' }, 'Code distance at most'), h('div', { class: 'range' }, radius, radiusOut),
      h('p', { class: 'soft small' }, 'Only pictures whose codes differ in no more bits than this.')),
    h('div', { class: 'form-row' }, h('label', { class: 'check', for: 'set-rerank' }, rerank, 'Put the nearest codes in order by their features'),
      h('p', { class: 'soft small' }, 'Finer order, a little slower. Without it, hits come in the order of their codes.')),
    h('div', { class: 'dialog-actions' }, h('button', { class: 'button primary' }, 'Apply')))],
  });
}
