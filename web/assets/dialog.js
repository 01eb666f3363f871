// Modal dialogs: a title, a body, Esc and a button to close.
import { h, iconButton } from './dom.js';

let number = 0;

/**
 * @param {{title: string, body: Node[], wide?: boolean, onClose?: () => void}} content
 * @returns {HTMLDialogElement}
 */
export function openDialog({ title, body, wide = false, onClose }) {
  const heading = `dialog-${++number}`;
  const before = /** @type {?HTMLElement} */ (document.activeElement);
  const dialog = /** @type {HTMLDialogElement} */ (h('dialog', { class: wide ? 'wide' : '', 'aria-labelledby': heading },
    h('div', { class: 'dialog-head' }, h('h2', { id: heading }, title), iconButton('close', 'Close', () => dialog.close())),
    h('div', { class: 'dialog-body' }, body)));
  dialog.addEventListener('close', () => {
    dialog.remove();
    onClose?.();
    if (before?.isConnected) before.focus({ preventScroll: true });
  });
  dialog.addEventListener('pointerdown', (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** @param {string} title @param {string} text @param {string} action @returns {Promise<boolean>} */
export function confirmed(title, text, action) {
  return new Promise((resolve) => {
    let answer = false;
    const dialog = openDialog({
      title,
      body: [
        h('p', null, text),
        h('div', { class: 'dialog-actions' },
          h('button', { type: 'button', class: 'button', autofocus: true, onclick: () => dialog.close() }, 'Keep'),
          h('button', { type: 'button', class: 'button danger', onclick: () => { answer = true; dialog.close(); } }, action)),
      ],
      onClose: () => resolve(answer),
    });
  });
}
