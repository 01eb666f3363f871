// The bar of what can be done with selected pictures.
import { api } from './api.js';
import { confirmed, openDialog } from './dialog.js';
import { parseTag } from './details.js';
import { byId, h, icon } from './dom.js';
import { plural } from './format.js';
import { explain, toast } from './notice.js';

/**
 * @param {{id: number, path: string}[]} selected
 * @param {{writable: boolean, onLike: (ids: number[]) => void, onCompare: (ids: number[]) => void, onTag: () => void, onRemove: () => void, onClear: () => void}} actions
 */
export function showSelection(selected, actions) {
  const host = byId('selection');
  host.hidden = selected.length === 0;
  if (host.hidden) return host.replaceChildren();
  const ids = selected.map((item) => item.id);
  const button = (glyph, text, onclick, kind = '') => h('button', { type: 'button', class: `button ${kind}`, onclick }, icon(glyph), text);
  host.replaceChildren(
    h('span', { class: 'count num' }, `${selected.length} selected`),
    ...[
      button('search', ids.length === 1 ? 'More like this' : 'More like these', () => actions.onLike(ids)),
      ids.length === 2 ? button('compare', 'Compare', () => actions.onCompare(ids)) : null,
      actions.writable ? button('plus', 'Tag…', actions.onTag) : null,
      actions.writable ? button('trash', 'Remove…', actions.onRemove, 'danger') : null,
      button('close', 'Clear', actions.onClear, 'quiet'),
    ].filter(Boolean));
}

/** @param {string} library @param {number[]} ids @param {() => void} onDone */
export function openTagging(library, ids, onDone) {
  const input = h('input', { class: 'field', id: 'tag-many', placeholder: 'label=cat', required: true, autofocus: true, spellcheck: 'false' });
  const change = async (event, kind) => {
    event.preventDefault();
    const tag = parseTag(input.value);
    if (!tag) return input.focus();
    try {
      const { changed } = await api.changeTags(library, ids, { [kind]: { [tag.key]: [tag.value] } });
      dialog.close();
      toast(`${plural(changed, 'picture')} changed`);
      onDone();
    } catch (error) {
      toast(explain(error).text);
    }
  };
  const dialog = openDialog({
    title: `Tag ${plural(ids.length, 'picture')}`,
    body: [h('form', { class: 'form-row', onsubmit: (event) => change(event, 'add') },
      h('label', { for: 'tag-many' }, 'Tag, as key=value'), input,
      h('div', { class: 'dialog-actions' },
        h('button', { type: 'button', class: 'button', onclick: (event) => change(event, 'remove') }, 'Take away'),
        h('button', { class: 'button primary' }, 'Add')))],
  });
}

/** @param {string} library @param {number[]} ids @returns {Promise<boolean>} whether they are gone */
export async function removeImages(library, ids) {
  const what = plural(ids.length, 'picture');
  if (!await confirmed(`Remove ${what}?`, `The library forgets ${ids.length === 1 ? 'it' : 'them'}; the ${ids.length === 1 ? 'file stays' : 'files stay'} where ${ids.length === 1 ? 'it is' : 'they are'}.`, 'Remove')) return false;
  try {
    const { removed } = await api.remove(library, ids);
    toast(`${plural(removed, 'picture')} removed`);
    return true;
  } catch (error) {
    toast(explain(error).text);
    return false;
  }
}
