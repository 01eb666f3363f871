// The row of filters: tags as chips, folder, and how new.
import { openDialog } from './dialog.js';
import { h, icon } from './dom.js';
import { count, nameOf } from './format.js';
import { addTag, isFiltered, valuesOf } from './query_state.js';
import './types.js';

const kChips = 10;
const kAges = [['', 'Added any time'], ['24h', 'Added in 24 hours'], ['7d', 'Added in 7 days'], ['30d', 'Added in 30 days'], ['365d', 'Added in a year']];

const copyOf = (filter) => structuredClone(filter);
const has = (filter, key, value) => valuesOf(filter.tags, key).includes(value);

/** The filter with the tag put in, or taken out where it is. */
export function withTag(filter, key, value) {
  const next = copyOf(filter);
  if (!has(filter, key, value)) {
    addTag(next.tags, key, value);
    return next;
  }
  next.tags[key] = next.tags[key].filter((one) => one !== value);
  if (next.tags[key].length === 0) delete next.tags[key];
  return next;
}

/**
 * @param {HTMLElement} host
 * @param {{filter: import('./types.js').Filter, tags: {key: string, value: string, images: number}[], roots: string[], onChange: (filter: import('./types.js').Filter) => void}} content
 */
export function showFilters(host, { filter, tags, roots, onChange }) {
  const shown = tags.slice(0, kChips);
  for (const [key, values] of Object.entries(filter.tags)) {
    for (const value of values) {
      if (!shown.some((tag) => tag.key === key && tag.value === value)) shown.push(tags.find((tag) => tag.key === key && tag.value === value) ?? { key, value, images: -1 });
    }
  }
  const chip = ({ key, value, images }) => {
    const on = has(filter, key, value);
    return h('button', { type: 'button', class: 'chip', 'aria-pressed': String(on), title: `${key}=${value}`, onclick: () => onChange(withTag(filter, key, value)) },
      on ? icon('check') : null, h('span', null, value || key), images >= 0 ? h('span', { class: 'count' }, count(images)) : null);
  };
  const focused = host.contains(document.activeElement) ? nameOfControl(document.activeElement) : null;
  host.replaceChildren(
    folderSelect(filter, roots, onChange),
    select('Added since', kAges.some(([value]) => value === filter.added_since) ? kAges : [...kAges, [filter.added_since, `Since ${filter.added_since}`]], filter.added_since,
      (value) => onChange({ ...copyOf(filter), added_since: value })),
    ...shown.map(chip),
    ...(tags.length > kChips ? [h('button', { type: 'button', class: 'chip', onclick: () => openTags(tags, filter, onChange) }, 'All tags…')] : []),
    ...(isFiltered(filter) ? [h('button', { type: 'button', class: 'chip', onclick: () => onChange({ tags: {}, under: [], added_since: '' }) }, icon('close'), 'Clear filters')] : []));
  if (focused !== null) [...host.children].find((control) => nameOfControl(control) === focused)?.focus();
}

const nameOfControl = (control) => control.getAttribute('aria-label') || control.title || control.textContent;

/** @param {string} label @param {string[][]} options @param {string} value @param {(value: string) => void} onChange */
function select(label, options, value, onChange) {
  const element = h('select', { class: value ? 'chip on' : 'chip', 'aria-label': label },
    options.map(([one, text]) => h('option', { value: one }, text)));
  element.value = value;
  element.addEventListener('change', () => onChange(element.value));
  return element;
}

function folderSelect(filter, roots, onChange) {
  const kOther = '\n';
  const now = filter.under[0] ?? '';
  const folders = [...new Set([...roots, ...filter.under])];
  const options = [['', 'All folders'], ...folders.map((folder) => [folder, nameOf(folder)]), [kOther, 'Another folder…']];
  const element = select('Folder', options, now, (value) => {
    if (value !== kOther) return onChange({ ...copyOf(filter), under: value ? [value] : [] });
    element.value = now;
    askFolder(now || roots[0] || '', (folder) => onChange({ ...copyOf(filter), under: [folder] }));
  });
  return element;
}

function askFolder(start, onFolder) {
  const input = h('input', { class: 'field', id: 'filter-folder', value: start, required: true, autofocus: true, spellcheck: 'false' });
  const dialog = openDialog({
    title: 'Pictures below a folder',
    body: [h('form', { class: 'form-row', onsubmit: (event) => {
      event.preventDefault();
      dialog.close();
      onFolder(input.value.trim());
    } }, h('label', { for: 'filter-folder' }, 'Folder on the server’s machine'), input,
    h('div', { class: 'dialog-actions' }, h('button', { class: 'button primary' }, 'Show')))],
  });
}

function openTags(tags, filter, onChange) {
  const list = h('div', { class: 'tags' });
  const fill = (word) => list.replaceChildren(...tags
    .filter(({ key, value }) => `${key}=${value}`.toLowerCase().includes(word.toLowerCase()))
    .map(({ key, value, images }) => h('button', { type: 'button', class: 'chip', 'aria-pressed': String(has(filter, key, value)),
      onclick: () => { dialog.close(); onChange(withTag(filter, key, value)); } },
    h('span', null, `${key}: ${value}`), h('span', { class: 'count' }, count(images)))));
  const input = h('input', { class: 'field', type: 'search', 'aria-label': 'Find a tag', placeholder: 'Find a tag', autofocus: true });
  input.addEventListener('input', () => fill(input.value));
  fill('');
  const dialog = openDialog({ title: 'Tags', body: [input, list] });
}
