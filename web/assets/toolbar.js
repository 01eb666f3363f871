// The bar above: which library, words, and the tools at the right.
import { byId, h, icon, iconButton } from './dom.js';
import { plural } from './format.js';
import { jobText } from './jobs.js';
import './types.js';

/**
 * @param {import('./types.js').LibraryBrief[]} libraries @param {string} chosen @param {(name: string) => void} onChoose
 */
export function showLibraryChoice(libraries, chosen, onChoose) {
  const host = byId('library-choice');
  if (libraries.length < 2) {
    host.replaceChildren(h('span', { class: 'name' }, chosen));
    return;
  }
  const select = h('select', { class: 'field', 'aria-label': 'Library' },
    libraries.map(({ name, images }) => h('option', { value: name, title: plural(images, 'picture') }, name)));
  select.value = chosen;
  select.addEventListener('change', () => onChoose(select.value));
  host.replaceChildren(select);
}

/** @param {boolean} able whether the library knows words @param {string} text @param {(text: string) => void} onWords */
export function showWords(able, text, onWords) {
  const form = /** @type {HTMLFormElement} */ (byId('words'));
  form.hidden = !able;
  form.onsubmit = (event) => {
    event.preventDefault();
    onWords(/** @type {HTMLInputElement} */ (byId('words-input')).value.trim());
  };
  const there = /** @type {?HTMLInputElement} */ (document.getElementById('words-input'));
  if (there) {
    there.value = text;
    return;
  }
  const input = h('input', { class: 'field', id: 'words-input', type: 'search', 'aria-label': 'Search by words', placeholder: 'Search by words', value: text, autocomplete: 'off' });
  form.replaceChildren(icon('search'), input);
}

/**
 * @param {{writable: boolean, hasToken: boolean, onChooseFile: () => void, onAdd: () => void, onLibrary: () => void, onSettings: () => void, onTheme: () => void, onHelp: () => void, onToken: () => void}} actions
 */
export function showTools(actions) {
  byId('tools').replaceChildren(...[
    h('button', { type: 'button', class: 'button quiet job-pill', id: 'job-pill', hidden: true, onclick: actions.onAdd }),
    iconButton('search', 'Search by a picture file', actions.onChooseFile, { id: 'choose-file' }),
    actions.writable ? iconButton('add', 'Add pictures', actions.onAdd) : iconButton('key', 'Give a token', actions.onToken),
    iconButton('chart', 'Numbers of the library', actions.onLibrary),
    iconButton('sliders', 'How to search', actions.onSettings),
    iconButton('theme', 'Light or dark', actions.onTheme, { id: 'theme' }),
    iconButton('help', 'Keys', actions.onHelp, { class: 'icon-button keys-button' }),
  ]);
}

/** @param {import('./types.js').Job[]} running */
export function showJobPill(running) {
  const pill = document.getElementById('job-pill');
  if (!pill) return;
  pill.hidden = running.length === 0;
  if (pill.hidden) return;
  const job = running[0];
  const bar = h('progress', { max: Math.max(1, job.total), 'aria-label': 'Indexing' });
  if (job.total > 0) bar.value = job.done;
  pill.title = jobText(job);
  pill.replaceChildren(bar, h('span', { class: 'num small' }, job.total > 0 ? `${Math.floor((100 * job.done) / job.total)} %` : 'Indexing'));
}
