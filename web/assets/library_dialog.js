// Numbers of the library and of the hits that are shown.
import { api } from './api.js';
import { openDialog } from './dialog.js';
import { h } from './dom.js';
import { count } from './format.js';
import { histogram } from './histogram.js';
import { errorMessage } from './notice.js';

/** @param {string} name @param {{hamming?: number}[]} hits */
export async function openLibrary(name, hits) {
  const host = h('div', { class: 'stack' }, h('p', { class: 'soft' }, '…'));
  openDialog({ title: name, body: [host] });
  const fill = async () => {
    try {
      host.replaceChildren(...content(await api.library(name), hits));
    } catch (error) {
      host.replaceChildren(errorMessage(error, fill));
    }
  };
  await fill();
}

/** @param {import('./types.js').LibraryInfo} library */
function content(library, hits) {
  const number = (term, value) => h('div', null, h('dt', null, term), h('dd', null, value));
  const fact = (term, value) => [h('dt', null, term), h('dd', null, value)];
  const distances = histogram(hits, library.bits);
  return [
    h('dl', { class: 'numbers' },
      number('Pictures', count(library.images)), number('Bits a code', count(library.bits)),
      number('Distinct codes', count(library.distinct_codes)), number('Could not be read', count(library.failures))),
    distances ? h('div', { class: 'panel' }, distances) : null,
    h('dl', { class: 'facts' },
      fact('Model', library.model), fact('Codes', library.head_method), fact('Feature', `${count(library.dim)} numbers, ${library.features ?? 'none stored'}`),
      fact('Segments', count(library.segments)), fact('Removed', `${count(library.removed)} until the next compaction`),
      fact('Words', library.text ? 'can be searched' : 'this model knows none'), fact('Changes', library.writable ? 'allowed' : 'not allowed here'),
      fact('Library', library.path), fact('Folders', library.roots.join(', ') || 'none')),
  ].filter(Boolean);
}
