// Asks for the server's token, once for all requests that wait for it.
import { onTokenNeeded, token } from './api.js';
import { openDialog } from './dialog.js';
import { h } from './dom.js';

/** @type {?Promise<boolean>} */
let asking = null;

/** @param {string} detail @returns {Promise<boolean>} whether there is a new token */
export function askToken(detail) {
  asking ??= new Promise((resolve) => {
    let given = false;
    const input = h('input', { class: 'field', id: 'token', type: 'password', autocomplete: 'off', required: true, autofocus: true });
    const dialog = openDialog({
      title: 'Token',
      body: [h('form', { class: 'form-row', onsubmit: (event) => {
        event.preventDefault();
        token.set(input.value.trim());
        given = true;
        dialog.close();
      } },
      detail ? h('p', { class: 'message bad', role: 'alert' }, detail) : null,
      h('label', { for: 'token' }, 'The server’s token'),
      input,
      h('p', { class: 'soft small' }, 'Whoever started the server has it. It is kept until this tab is closed.'),
      h('div', { class: 'dialog-actions' }, h('button', { class: 'button primary' }, 'Continue')))],
      onClose: () => {
        asking = null;
        resolve(given);
      },
    });
  });
  return asking;
}

onTokenNeeded(askToken);
