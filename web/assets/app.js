// The page's state, and the way from one search to the next.
import { openAdd } from './add_dialog.js';
import { api, token } from './api.js';
import { openCompare } from './compare.js';
import { Details } from './details.js';
import { byId, h } from './dom.js';
import { showFilters } from './filters.js';
import { nameOf, plural } from './format.js';
import { Grid } from './grid.js';
import { openHelp } from './help.js';
import { enter, forgetViews, keepViewOf, keptView } from './history_views.js';
import { Jobs } from './jobs.js';
import { openLibrary } from './library_dialog.js';
import { errorMessage, say, toast } from './notice.js';
import { HitPager, ImagePager } from './pagers.js';
import { listenForPictures, showDropZone } from './picture_input.js';
import { keepFile, keptFile, whyNoPicture } from './query_files.js';
import { QueryPanel } from './query_panel.js';
import { addressOf, emptyQuery, isFiltered, isSearch, queryOfAddress } from './query_state.js';
import { openTagging, removeImages, showSelection } from './selection.js';
import { openSettings, settings } from './settings.js';
import { switchTheme } from './theme.js';
import { askToken } from './token_dialog.js';
import { showJobPill, showLibraryChoice, showTools, showWords } from './toolbar.js';
import './types.js';

const kFirstTiles = 10;
const kPatienceMs = 300;

const nextFrame = () => new Promise((resolve) => { requestAnimationFrame(resolve); });

export class App {
  constructor() {
    /** @type {import('./types.js').LibraryBrief[]} */
    this.libraries = [];
    /** @type {?import('./types.js').LibraryInfo} */
    this.library = null;
    this.tags = [];
    this.query = emptyQuery();
    /** Paths that were seen, by id. @type {Map<number, string>} */
    this.paths = new Map();
    this.jobs = new Jobs();
    this.grid = new Grid(byId('grid'), {
      onOpen: (item) => this.searchById(item.id),
      onDetails: (item) => this.details.show(item),
      onLike: (item, sign) => this.steer([item.id], sign),
      onSelect: () => {},
      onSelection: () => this.#showSelection(),
      signOf: (id) => (this.query.like.includes(id) ? 1 : this.query.unlike.includes(id) ? -1 : 0),
      onKey: (key, item) => this.#gridKey(key, item),
    });
    this.details = new Details({
      library: () => this.library,
      onSearch: (id) => this.searchById(id),
      onLike: (id, sign) => this.steer([id], sign),
      onCompare: (id) => this.compareWithQuery(id),
      onTag: (key, value) => this.filterBy({ ...emptyQuery().filter, tags: { [key]: [value] } }),
      onFolder: (folder) => this.filterBy({ ...this.query.filter, under: [folder] }),
      onRemove: (ids) => this.remove(ids),
      onTagsChanged: () => this.#loadTags(),
    });
    this.panel = new QueryPanel(byId('query'), {
      onRegion: (region) => this.go({ ...this.query, region }),
      onForget: (id) => this.steer([id], 0),
      onClose: () => this.endSearch(),
      onDetails: (id) => this.details.show({ id }),
      pathOf: (id) => this.paths.get(id) ?? null,
    });
    this.chooseFile = listenForPictures((file) => this.searchByFile(file));
  }

  async start() {
    history.scrollRestoration = 'manual';
    addEventListener('popstate', () => this.#arrive());
    byId('home').addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.go(emptyQuery(this.library?.name));
    });
    new IntersectionObserver((entries) => {
      this.tailSeen = entries[0].isIntersecting;
      if (this.tailSeen) this.more();
    }, { rootMargin: '1400px 0px' }).observe(byId('tail'));
    this.jobs.addEventListener('change', () => showJobPill(this.jobs.running));
    this.jobs.addEventListener('end', (event) => this.#jobEnded(event.detail));
    this.grid.showSkeleton();
    await this.#connect();
  }

  async #connect() {
    try {
      this.libraries = (await api.libraries()).libraries;
    } catch (error) {
      this.grid.clear('');
      this.#tools();
      byId('tail').replaceChildren(errorMessage(error, () => location.reload()));
      return;
    }
    if (this.libraries.length === 0) {
      this.grid.clear('');
      byId('tail').replaceChildren(h('div', { class: 'message' }, h('h2', null, 'No library is served'), h('p', null, 'Start the server with one: hashlens serve photos')));
      return;
    }
    this.jobs.find();
    await this.#arrive();
  }

  /** Shows what the address and the history's entry say. */
  async #arrive() {
    this.#keep();
    const query = queryOfAddress(location.search);
    const file = keptFile(history.state?.image ?? null);
    if (file) Object.assign(query, { image: history.state.image, region: history.state.region });
    const known = this.libraries.some(({ name }) => name === query.library);
    if (query.library && !known) toast(`There is no library ${query.library} here`);
    if (!known) query.library = this.libraries[0].name;
    if (!history.state?.key) enter(query, addressOf(query), true);
    await this.show(query, keptView());
  }

  /** What is shown now belongs to the entry that is left. */
  #keep() {
    if (this.entry && this.pager && !this.failed && this.grid.items.length > 0) keepViewOf(this.entry, { pager: this.pager, items: this.grid.items, scroll: scrollY });
  }

  /** @param {import('./types.js').Query} query */
  async go(query) {
    this.#keep();
    enter(query, addressOf(query), false);
    await this.show(query, null);
  }

  /** @param {import('./types.js').Query} query @param {?import('./history_views.js').View} view */
  async show(query, view) {
    this.entry = history.state.key;
    this.abort?.abort();
    this.pager = null;
    this.failed = false;
    const inGrid = this.grid.list.contains(document.activeElement);
    const moved = this.library?.name !== query.library;
    this.query = query;
    this.details.close();
    this.grid.clear(query.library);
    if (moved) this.paths.clear();
    byId('tail').replaceChildren();
    if (!view) this.grid.showSkeleton();
    if (moved && !await this.#loadLibrary(query)) return;
    if (this.query !== query) return;
    this.pager = view?.pager ?? (isSearch(query) ? new HitPager(query, settings(), keptFile(query.image)?.file ?? null) : new ImagePager(query));
    // Asked first: what is around the pictures is drawn while the answer comes.
    const coming = view ? null : this.more();
    this.#frame();
    if (view) {
      this.#take(view.items);
      scrollTo({ top: view.scroll });
      this.#tail();
      if (this.pager.answer) this.panel.showNumbers(this.pager.answer, this.grid.items, this.library.bits);
      this.#moreIfNear();
    } else {
      scrollTo({ top: 0 });
      await coming;
    }
    // Whoever goes by keys goes on with them.
    if (inGrid && this.query === query && document.activeElement === document.body) this.grid.focus();
  }

  /** @param {import('./types.js').Query} query */
  async #loadLibrary(query) {
    try {
      const [library, { tags }] = await Promise.all([api.library(query.library), api.tags(query.library)]);
      if (this.query !== query) return false;
      [this.library, this.tags] = [library, tags];
      return true;
    } catch (error) {
      if (this.query !== query) return false;
      this.grid.clear(query.library);
      byId('tail').replaceChildren(errorMessage(error, () => this.show(query, null)));
      return false;
    }
  }

  async #loadTags() {
    const { tags } = await api.tags(this.library.name).catch(() => ({ tags: this.tags }));
    this.tags = tags;
    this.#filters();
  }

  /** All but the pictures. */
  #frame() {
    const { query, library } = this;
    const searching = isSearch(query);
    showLibraryChoice(this.libraries, query.library, (name) => this.go(emptyQuery(name)));
    showWords(library.text, query.text, (text) => this.go({ ...emptyQuery(query.library), filter: query.filter, text }));
    this.#tools();
    this.#filters();
    byId('start').hidden = searching;
    document.querySelector('.columns').classList.toggle('searching', searching);
    byId('pictures-title').textContent = searching ? 'Hits' : isFiltered(query.filter) ? 'Pictures that pass the filters' : 'All pictures';
    byId('pictures-note').textContent = searching || isFiltered(query.filter) ? '' : plural(library.images, 'picture');
    if (searching) {
      this.panel.show(query);
    } else {
      this.panel.hide();
      if (!byId('start').firstChild) showDropZone(byId('start'), () => this.chooseFile());
    }
    document.title = searching ? `Search in ${library.name} – hashlens` : `${library.name} – hashlens`;
  }

  #filters() {
    const { tags, library, query } = this;
    showFilters(byId('filters'), { filter: query.filter, tags, roots: library.roots, onChange: (filter) => this.filterBy(filter) });
  }

  #tools() {
    showTools({
      writable: this.library?.writable ?? false,
      hasToken: token.get() !== '',
      onChooseFile: () => this.chooseFile(),
      onAdd: () => this.library && openAdd(this.library, this.jobs, () => this.refresh()),
      onLibrary: () => this.library && openLibrary(this.library.name, this.grid.items),
      onSettings: () => openSettings(this.library?.bits ?? 128, () => { if (isSearch(this.query)) this.show(this.query, null); }),
      onTheme: () => say(`The page is ${switchTheme()} now`),
      onHelp: openHelp,
      onToken: async () => { if (await askToken('')) location.reload(); },
    });
    showJobPill(this.jobs.running);
  }

  /** Gets the next pictures, once at a time. */
  async more() {
    const { pager, query } = this;
    if (!pager || pager.done || this.loading === pager || this.failed) return;
    this.loading = pager;
    this.abort = new AbortController();
    const first = this.grid.items.length === 0;
    if (!first) byId('tail').replaceChildren(h('p', null, 'More …'));
    try {
      const items = await pager.next(this.abort.signal);
      if (this.pager !== pager) return;
      if (first) await this.#takeFirst(items, pager);
      else this.#take(items);
      if (this.pager !== pager) return;
      if (pager.answer) this.panel.showNumbers(pager.answer, this.grid.items, this.library.bits);
      if (first) say(this.#summary());
      this.loading = null;
      this.#tail();
      // What came may not have filled the window.
      this.#moreIfNear();
    } catch (error) {
      if (error.name === 'AbortError' || this.pager !== pager) return;
      this.failed = true;
      if (first) this.grid.clear(query.library);
      byId('tail').replaceChildren(this.#failure(error));
    } finally {
      if (this.loading === pager) this.loading = null;
    }
  }

  #failure(error) {
    const again = () => {
      this.failed = false;
      byId('tail').replaceChildren();
      if (this.grid.items.length === 0) this.grid.showSkeleton();
      this.grid.retryPictures();
      this.more();
    };
    const wrongPicture = this.query.image !== null && (error.status === 400 || error.status === 413 || error.status === 422);
    const refused = error.status === 400 || error.status === 404;
    if (!wrongPicture) {
      return errorMessage(error, refused ? null : again,
        refused && isFiltered(this.query.filter) ? this.#clearButton() : null, isSearch(this.query) ? this.#endButton() : null);
    }
    return errorMessage(error, null,
      h('button', { type: 'button', class: 'button primary', onclick: () => this.chooseFile() }, 'Choose another picture'), this.#endButton());
  }

  #clearButton() { return h('button', { type: 'button', class: 'button primary', onclick: () => this.filterBy(emptyQuery().filter) }, 'Clear filters'); }
  #endButton() { return h('button', { type: 'button', class: 'button', onclick: () => this.endSearch() }, 'End search'); }

  #moreIfNear() {
    requestAnimationFrame(() => { if (byId('tail').getBoundingClientRect().top < innerHeight + 1400) this.more(); });
  }

  #take(items) {
    for (const item of items) this.paths.set(item.id, item.path);
    return this.grid.append(items);
  }

  /** The first rows, and the others once a picture is on the screen: making tiles would keep it from getting there. */
  async #takeFirst(items, pager) {
    const shown = this.#take(items.slice(0, kFirstTiles));
    const painted = shown.then(nextFrame).then(nextFrame);
    await Promise.race([painted, new Promise((resolve) => { setTimeout(resolve, kPatienceMs); })]);
    if (this.pager === pager && items.length > kFirstTiles) this.#take(items.slice(kFirstTiles));
  }

  #summary() {
    const n = this.grid.items.length;
    return `${isSearch(this.query) ? plural(n, 'hit') : plural(n, 'picture')}${this.pager.done ? '' : ', more below'}`;
  }

  #tail() {
    const { items } = this.grid;
    const searching = isSearch(this.query);
    if (searching || isFiltered(this.query.filter)) byId('pictures-note').textContent = items.length > 0 ? `${plural(items.length, 'picture')}${this.pager.done ? '' : ' so far'}` : '';
    if (!this.pager.done) return byId('tail').replaceChildren();
    byId('tail').replaceChildren(items.length === 0 ? this.#nothing() : h('p', null, searching ? 'These are all.' : 'That is all.'));
  }

  #nothing() {
    const filtered = isFiltered(this.query.filter);
    const [title, text] = filtered ? ['Nothing passes these filters', 'Take one of them away to see more.']
      : isSearch(this.query) && this.library.images > 0 ? ['No picture is that near', 'A larger code distance in the settings finds more.']
        : ['The library is empty', this.library.writable ? 'Add the first pictures: from this computer, or a folder of the server’s machine.' : 'hashlens index puts pictures into it.'];
    return h('div', { class: 'message' }, h('h2', null, title), h('p', null, text), h('div', { class: 'actions' },
      filtered ? this.#clearButton() : null,
      !filtered && (!isSearch(this.query) || this.library.images === 0) && this.library.writable ? h('button', { type: 'button', class: 'button primary', onclick: () => openAdd(this.library, this.jobs, () => this.refresh()) }, 'Add pictures') : null));
  }

  searchById(id) {
    this.go({ ...emptyQuery(this.query.library), filter: this.query.filter, id });
  }

  /** @param {File} file */
  searchByFile(file) {
    if (!this.library) return;
    const why = whyNoPicture(file);
    if (why) {
      byId('tail').querySelector('.message.bad')?.remove();
      toast(why);
      return;
    }
    this.go({ ...emptyQuery(this.query.library), filter: this.query.filter, image: keepFile(file) });
  }

  /** More (1), less (-1) or neither (0) of these; the same sign again takes it back. @param {number[]} ids @param {number} sign */
  steer(ids, sign) {
    const { query } = this;
    const without = (list) => list.filter((id) => !ids.includes(id));
    const again = ids.every((id) => (sign > 0 ? query.like : query.unlike).includes(id));
    const next = { ...query, like: without(query.like), unlike: without(query.unlike) };
    if (sign > 0 && !again) next.like.push(...ids);
    if (sign < 0 && !again) next.unlike.push(...ids);
    if (next.unlike.length > 0 && !isSearch(next)) return toast('Less of this needs something to look for first');
    this.go(next);
  }

  filterBy(filter) { this.go({ ...this.query, filter }); }
  endSearch() { this.go({ ...emptyQuery(this.query.library), filter: this.query.filter }); }

  /** @param {number} id */
  compareWithQuery(id) {
    const { query } = this;
    const hit = this.grid.items.find((item) => item.id === id);
    const file = keptFile(query.image);
    if (query.id === null && !file) return toast('There is no query picture to compare with: select two pictures instead');
    const left = file ? { id: null, name: file.file.name || 'Pasted picture', url: file.url, title: 'Query' }
      : { id: query.id, name: nameOf(this.paths.get(query.id) ?? `picture ${query.id}`), title: 'Query' };
    const right = { id, name: nameOf(this.paths.get(id) ?? `picture ${id}`), title: 'Hit' };
    // What the search knows is of these two pictures only where it went by the whole of this one alone.
    const known = query.region || query.like.length > 0 || query.unlike.length > 0 ? {} : { hamming: hit?.hamming, distance: hit?.distance };
    openCompare(query.library, left, right, known, (other) => this.searchById(other));
  }

  /** @param {number[]} ids two of them */
  comparePair([first, second]) {
    const side = (id, title) => ({ id, name: nameOf(this.paths.get(id) ?? `picture ${id}`), title });
    openCompare(this.query.library, side(first, 'First'), side(second, 'Second'), {}, (other) => this.searchById(other));
  }

  #showSelection() {
    const selected = [...this.grid.selected.values()];
    const ids = selected.map((item) => item.id);
    showSelection(selected, {
      writable: this.library?.writable ?? false,
      onLike: (many) => (many.length === 1 ? this.searchById(many[0]) : this.go({ ...emptyQuery(this.query.library), filter: this.query.filter, like: many })),
      onCompare: (pair) => this.comparePair(pair),
      onTag: () => openTagging(this.query.library, ids, () => { this.grid.clearSelection(); this.#loadTags(); }),
      onRemove: () => this.remove(ids),
      onClear: () => this.grid.clearSelection(),
    });
  }

  /** @param {number[]} ids */
  async remove(ids) {
    if (!await removeImages(this.query.library, ids)) return;
    forgetViews();
    this.details.close();
    this.grid.drop(ids);
    this.grid.focus();
    this.library.images -= ids.length;
    this.#loadTags();
    if (!isSearch(this.query)) byId('pictures-note').textContent = isFiltered(this.query.filter) ? '' : plural(this.library.images, 'picture');
  }

  /** Shows the library as it is now. */
  async refresh() {
    forgetViews();
    const { query } = this;
    if (await this.#loadLibrary(query)) await this.show(query, null);
  }

  /** @param {import('./types.js').Job} job */
  #jobEnded(job) {
    toast(job.state === 'done' ? `Indexing of ${job.library} is done` : `Indexing of ${job.library}: ${job.state}`);
    if (job.library === this.query.library && !isSearch(this.query) && scrollY < innerHeight && this.grid.selected.size === 0) this.refresh();
  }

  #gridKey(key, item) {
    if (key === '+' || key === '=') this.steer([item.id], 1);
    else if (key === '-') this.steer([item.id], -1);
    else if (key === 'i') this.details.show(item);
    else if (key === 'x') this.grid.toggle(item);
    else if (key === 'c') this.compareWithQuery(item.id);
    else return false;
    return true;
  }
}
