// Pictures into the library: sent from here, or indexed from a folder of the server's machine.
import { api } from './api.js';
import { openDialog } from './dialog.js';
import { parseTag } from './details.js';
import { h } from './dom.js';
import { plural } from './format.js';
import { jobRow, reportText } from './jobs.js';
import { explain, say } from './notice.js';
import { addTag } from './query_state.js';
import './types.js';

/** @param {string} text @returns {Object<string, string[]>} */
function tagsOf(text) {
  /** @type {Object<string, string[]>} */
  const tags = {};
  for (const part of text.split(',')) {
    const tag = parseTag(part);
    if (tag) addTag(tags, tag.key, tag.value);
  }
  return tags;
}

const tagField = (id) => {
  const input = h('input', { class: 'field', id, placeholder: 'label=cat, trip=rome', spellcheck: 'false' });
  return { input, row: h('div', { class: 'form-row' }, h('label', { for: id }, 'Tags (may be left out)'), input) };
};

/** @param {import('./types.js').LibraryInfo} library @param {import('./jobs.js').Jobs} jobs @param {() => void} onAdded */
export function openAdd(library, jobs, onAdded) {
  const body = [];
  if (library.uploads) body.push(uploadPanel(library, onAdded));
  if (library.jobs) body.push(folderPanel(library, jobs));
  if (!library.uploads) body.push(h('p', { class: 'soft small' }, 'Pictures can be sent from here when the server is started with --uploads FOLDER.'));
  if (!library.jobs) body.push(h('p', { class: 'soft small' }, 'Folders of the server’s machine can be indexed when it is started with --root FOLDER.'));
  const list = h('ul', { role: 'list', class: 'panel', 'aria-label': 'Index runs' });
  const fill = () => {
    const all = [...jobs.all.values()].reverse().slice(0, 5);
    list.hidden = all.length === 0;
    list.replaceChildren(...all.map(jobRow));
  };
  jobs.addEventListener('change', fill);
  fill();
  openDialog({ title: `Add pictures to ${library.name}`, body: [...body, list], onClose: () => jobs.removeEventListener('change', fill) });
}

function uploadPanel(library, onAdded) {
  const tags = tagField('upload-tags');
  const state = h('p', { class: 'small', role: 'status' });
  const files = h('input', { type: 'file', multiple: true, accept: 'image/*', id: 'upload-files', class: 'field' });
  const button = h('button', { class: 'button primary' }, 'Send');
  return h('form', { class: 'panel', onsubmit: async (event) => {
    event.preventDefault();
    const chosen = [...files.files];
    if (chosen.length === 0) { state.textContent = 'Choose pictures first.'; return; }
    button.disabled = true;
    const totals = { added: 0, failed: 0, unchanged: 0 };
    let refused = '';
    for (let at = 0; at < chosen.length; ++at) {
      state.textContent = `${at} of ${plural(chosen.length, 'picture')} sent …`;
      try {
        const report = await api.upload(library.name, [chosen[at]], tagsOf(tags.input.value));
        for (const key of Object.keys(totals)) totals[key] += report[key] ?? 0;
      } catch (error) {
        refused = explain(error).text;
        if (error.kind !== 'refused') break;
        ++totals.failed;
      }
    }
    button.disabled = false;
    state.textContent = `${reportText(totals)}.${refused ? ` ${refused}` : ''}`;
    say(state.textContent);
    if (totals.added > 0) onAdded();
  } },
  h('h3', null, 'From this computer'),
  h('div', { class: 'form-row' }, h('label', { for: 'upload-files' }, 'Pictures'), files),
  tags.row, state, h('div', { class: 'dialog-actions' }, button));
}

function folderPanel(library, jobs) {
  const tags = tagField('job-tags');
  const state = h('p', { class: 'small', role: 'status' });
  const folder = h('input', { class: 'field', id: 'job-folder', required: true, spellcheck: 'false', placeholder: '/home/me/Pictures', value: library.roots[0] ?? '', list: 'job-roots' });
  const prune = h('input', { type: 'checkbox', id: 'job-prune' });
  const retry = h('input', { type: 'checkbox', id: 'job-retry' });
  return h('form', { class: 'panel', onsubmit: async (event) => {
    event.preventDefault();
    state.textContent = '';
    try {
      const { job } = await api.startJob(library.name, { paths: [folder.value.trim()], tags: tagsOf(tags.input.value), prune: prune.checked, retry: retry.checked });
      state.textContent = `Job ${job} is on its way.`;
      jobs.follow(job);
    } catch (error) {
      state.textContent = explain(error).text;
    }
    say(state.textContent);
  } },
  h('h3', null, 'A folder on the server’s machine'),
  h('div', { class: 'form-row' }, h('label', { for: 'job-folder' }, 'Folder'), folder, h('datalist', { id: 'job-roots' }, library.roots.map((root) => h('option', { value: root })))),
  tags.row,
  h('label', { class: 'check' }, prune, 'Forget pictures whose files are gone'),
  h('label', { class: 'check' }, retry, 'Read again what could not be read'),
  state, h('div', { class: 'dialog-actions' }, h('button', { class: 'button primary' }, 'Index')));
}
