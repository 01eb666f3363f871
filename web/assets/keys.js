// Keys that work everywhere on the page.
import { byId } from './dom.js';
import { openHelp } from './help.js';
import { isSearch } from './query_state.js';

/** @param {import('./app.js').App} app */
export function listenForKeys(app) {
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector('dialog[open]')) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const typing = target.matches('input:not([type=checkbox], [type=range]), select, textarea');
    if (event.key === 'Escape') {
      if (app.details.isOpen) app.details.close();
      else if (app.grid.selected.size > 0) app.grid.clearSelection();
      else if (typing) target.blur();
      else if (isSearch(app.query)) app.endSearch();
      return;
    }
    if (typing) return;
    if (event.key === '/') focusSearch();
    else if (event.key === '?') openHelp();
    else if (event.key === 'o') app.chooseFile();
    else if (event.key.startsWith('Arrow') && (target === document.body || target.id === 'pictures') && app.grid.items.length > 0) app.grid.focus();
    else return;
    event.preventDefault();
  });
}

/** To the words where the library knows them, otherwise to the choice of a picture. */
function focusSearch() {
  const words = document.getElementById('words-input');
  const target = words && !byId('words').hidden ? words : document.querySelector('#drop .button:not([hidden])') ?? byId('choose-file');
  const seen = target.getClientRects().length > 0 ? target : byId('choose-file');
  seen.focus();
}
