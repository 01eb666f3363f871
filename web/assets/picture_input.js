// Pictures that come in: dropped anywhere, pasted anywhere, or chosen.
import { byId, h, icon } from './dom.js';

/** The start view's drop zone. @param {HTMLElement} host @param {() => void} onChoose */
export function showDropZone(host, onChoose) {
  const lens = h('img', { class: 'lens', src: 'assets/logo.svg', alt: '' });
  host.replaceChildren(h('div', { class: 'drop', id: 'drop' }, lens,
    h('div', null, h('h2', null, 'Find pictures by a picture'), h('p', null, 'Drop one here, paste it, or choose a file. Or begin with one of the pictures below.')),
    h('button', { type: 'button', class: 'button primary', onclick: onChoose }, icon('search'), 'Choose a picture')));
}

/** @param {(file: File) => void} onFile @returns {() => void} asks for a file */
export function listenForPictures(onFile) {
  const chooser = h('input', { type: 'file', accept: 'image/*', class: 'sr', id: 'chooser', tabindex: '-1', 'aria-hidden': 'true' });
  chooser.addEventListener('change', () => {
    if (chooser.files[0]) onFile(chooser.files[0]);
    chooser.value = '';
  });
  document.body.append(chooser);

  const veil = byId('veil');
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
  const modal = () => document.querySelector('dialog[open]') !== null;
  let inside = 0;
  const show = (on) => {
    veil.hidden = !on;
    document.getElementById('drop')?.classList.toggle('over', on);
  };
  addEventListener('dragenter', (event) => {
    if (!hasFiles(event) || modal()) return;
    event.preventDefault();
    ++inside;
    show(true);
  });
  addEventListener('dragover', (event) => { if (hasFiles(event)) event.preventDefault(); });
  addEventListener('dragleave', (event) => {
    if (!hasFiles(event)) return;
    inside = Math.max(0, inside - 1);
    if (inside === 0) show(false);
  });
  addEventListener('drop', (event) => {
    inside = 0;
    show(false);
    if (!hasFiles(event) || modal()) return;
    event.preventDefault();
    const file = event.dataTransfer.files[0];
    if (file) onFile(file);
  });
  addEventListener('paste', (event) => {
    if (modal()) return;
    const file = [...(event.clipboardData?.files ?? [])][0];
    if (!file) return;
    event.preventDefault();
    onFile(file);
  });
  return () => chooser.click();
}
