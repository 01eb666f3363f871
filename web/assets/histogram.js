// How far the hits are: a histogram of their code distances.
import { h, svg } from './dom.js';
import { plural } from './format.js';

/** @param {{hamming?: number}[]} hits @param {number} bits */
export function histogram(hits, bits) {
  const distances = hits.map((hit) => hit.hamming).filter((distance) => distance !== undefined);
  if (distances.length === 0) return null;
  const most = Math.max(...distances);
  const width = Math.max(1, Math.ceil((most + 1) / 24));
  const bars = new Array(Math.floor(most / width) + 1).fill(0);
  for (const distance of distances) ++bars[Math.floor(distance / width)];
  const highest = Math.max(...bars);
  const step = 100 / bars.length;
  const label = `Code distances of ${plural(distances.length, 'hit')}: from ${Math.min(...distances)} to ${most} of ${bits} bits`;
  const drawing = svg('svg', { viewBox: '0 0 100 40', preserveAspectRatio: 'none', role: 'img', 'aria-label': label });
  bars.forEach((bar, index) => {
    const height = bar === 0 ? 0 : Math.max(1, (bar / highest) * 38);
    const rect = svg('rect', { x: index * step + step * 0.08, y: 39 - height, width: step * 0.84, height, rx: 0.4 });
    const from = index * width;
    rect.append(svg('title', {}, `${width === 1 ? from : `${from} to ${from + width - 1}`} bits: ${plural(bar, 'hit')}`));
    drawing.append(rect);
  });
  drawing.append(svg('line', { x1: 0, x2: 100, y1: 39.5, y2: 39.5, 'stroke-width': 0.6, 'vector-effect': 'non-scaling-stroke' }));
  return h('div', { class: 'histogram' }, h('h3', null, 'Code distances of the hits'), drawing,
    h('div', { class: 'scale', 'aria-hidden': 'true' }, h('span', null, '0'), h('span', null, `${most} of ${bits} bits`)));
}
