// The keys.
import { openDialog } from './dialog.js';
import { h } from './dom.js';

const kKeys = [
  [['←', '→', '↑', '↓'], 'Go through the pictures'],
  [['Enter'], 'More like this'],
  [['+', '−'], 'More of this, less of this'],
  [['i'], 'Details'],
  [['x'], 'Select'],
  [['c'], 'Compare with the query'],
  [['o'], 'Choose a picture file'],
  [['/'], 'To the search'],
  [['Esc'], 'Close what is open, then end the search'],
  [['?'], 'These keys'],
];

export function openHelp() {
  openDialog({
    title: 'Keys',
    body: [
      h('dl', { class: 'keys' }, kKeys.map(([keys, what]) => [h('dt', null, keys.flatMap((key) => [h('kbd', null, key), ' '])), h('dd', null, what)])),
      h('p', { class: 'soft small' }, 'A picture can be pasted anywhere, or dropped anywhere. Draw a box on the query picture to search for a part of it.'),
    ],
  });
}
