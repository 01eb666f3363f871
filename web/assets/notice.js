// Saying what happened: to the eyes (toasts, messages) and to screen readers (the live region).
import { byId, h } from './dom.js';

/** @param {string} text */
export function say(text) {
  byId('live').textContent = text;
}

/** @param {string} text */
export function toast(text) {
  const box = h('div', { class: 'toast' }, text);
  // In the topmost dialog, which lies above everything else.
  const dialog = [...document.querySelectorAll('dialog[open]')].pop();
  (dialog ?? byId('toasts')).append(box);
  if (dialog) box.classList.add('in-dialog');
  say(text);
  setTimeout(() => box.remove(), 4500);
}

/** What to tell of an error: a headline and what can be done. @param {any} error */
export function explain(error) {
  if (error?.kind === 'network') {
    return {
      title: 'The server does not answer',
      text: `${error.message} Perhaps hashlens serve was stopped: start it again, then retry. Nothing is lost.`,
    };
  }
  if (error?.kind === 'token') return { title: 'A token is needed', text: 'The server answers only those who send its token.' };
  if (error?.status === 413) return { title: 'Too large', text: error.message };
  if (error?.status === 422) return { title: 'This is not a picture that can be read', text: error.message };
  if (error?.status === 404) return { title: 'Not found', text: error.message };
  if (error?.status === 429 || error?.status === 503) return { title: 'The server is busy', text: error.message };
  return { title: 'That did not work', text: error?.message ?? String(error) };
}

/** @param {any} error @param {?() => void} retry */
export function errorMessage(error, retry, ...actions) {
  const { title, text } = explain(error);
  say(`${title}. ${text}`);
  const buttons = [retry && h('button', { type: 'button', class: 'button primary', onclick: retry }, 'Retry'), ...actions];
  return h('div', { class: 'message bad' }, h('h2', null, title), h('p', null, text), h('div', { class: 'actions' }, buttons));
}
