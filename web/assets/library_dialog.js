// Numbers of the library and of the hits that are shown.
import { api } from './api.js';
import { openDialog } from './dialog.js';
import { h } from './dom.js';
import { count, plural } from './format.js';
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

/** Which files, and why; asked for when someone looks. @param {import('./types.js').LibraryInfo} library */
function unread(library) {
  const list = h('ul', { class: 'failures small' });
  const fill = async () => {
    try {
      const { failures, all } = await api.failures(library.name);
      list.replaceChildren(...failures.map(({ path, reason }) => h('li', null, h('span', { class: 'path' }, path), h('span', { class: 'soft' }, reason))),
        ...(all > failures.length ? [h('li', { class: 'soft' }, `and ${count(all - failures.length)} before these`)] : []));
    } catch (error) {
      list.replaceChildren(h('li', null, errorMessage(error, fill)));
    }
  };
  return h('details', { ontoggle: (event) => { if (event.target.open && !list.firstChild) fill(); } },
    h('summary', null, `${plural(library.failures, 'file')} could not be read`), list);
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
    library.failures > 0 ? unread(library) : null,
    distances ? h('div', { class: 'panel' }, distances) : null,
    h('dl', { class: 'facts' },
      fact('Model', library.model), fact('Codes', library.head_method), fact('Feature', `${count(library.dim)} numbers, ${library.features ?? 'none stored'}`),
      fact('Segments', count(library.segments)), fact('Removed', `${count(library.removed)} until the next compaction`),
      fact('Words', library.text ? 'can be searched' : 'this model knows none'), fact('Changes', library.writable ? 'allowed' : 'not allowed here'),
      fact('Library', library.path), fact('Folders', library.roots.join(', ') || 'none')),
  ].filter(Boolean);
}
