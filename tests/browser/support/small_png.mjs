// Makes a screenshot small enough for the repository: a PNG with a palette.
import { deflateSync, inflateSync } from 'node:zlib';
import { frame } from './png.mjs';

/** An 8-bit RGB or RGBA PNG without interlacing, as Chromium writes it. @param {Buffer} file */
function decode(file) {
  const width = file.readUInt32BE(16);
  const height = file.readUInt32BE(20);
  const channels = file[25] === 6 ? 4 : 3;
  const parts = [];
  for (let at = 8; at < file.length;) {
    const length = file.readUInt32BE(at);
    if (file.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(file.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const raw = inflateSync(Buffer.concat(parts));
  const stride = width * channels;
  const pixels = new Uint8Array(stride * height);
  for (let y = 0; y < height; ++y) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; ++x) {
      const here = y * stride + x;
      const left = x >= channels ? pixels[here - channels] : 0;
      const up = y > 0 ? pixels[here - stride] : 0;
      const corner = x >= channels && y > 0 ? pixels[here - stride - channels] : 0;
      const guess = left + up - corner;
      const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
      const paeth = a <= b && a <= c ? left : b <= c ? up : corner;
      pixels[here] = raw[y * (stride + 1) + 1 + x] + [0, left, up, (left + up) >> 1, paeth][filter];
    }
  }
  return { width, height, channels, pixels };
}

const spread = (box) => [16, 8, 0].map((shift) => {
  let [low, high] = [255, 0];
  for (const [colour] of box) {
    const value = (colour >> shift) & 255;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high - low;
});

/** Median cut. @param {Map<number, number>} counts of colours @param {number} size */
function paletteOf(counts, size) {
  const boxes = [[...counts]];
  const weigh = (box) => Math.max(...spread(box)) * Math.sqrt(box.reduce((sum, [, n]) => sum + n, 0));
  const weights = [weigh(boxes[0])];
  while (boxes.length < size) {
    const at = weights.indexOf(Math.max(...weights));
    if (boxes[at].length < 2) break;
    const ranges = spread(boxes[at]);
    const shift = [16, 8, 0][ranges.indexOf(Math.max(...ranges))];
    const sorted = boxes[at].sort(([one], [two]) => ((one >> shift) & 255) - ((two >> shift) & 255));
    const half = sorted.reduce((sum, [, n]) => sum + n, 0) / 2;
    let cut = 0;
    for (let sum = 0; cut < sorted.length - 1 && (cut === 0 || sum < half); ++cut) sum += sorted[cut][1];
    boxes.splice(at, 1, sorted.slice(0, cut), sorted.slice(cut));
    weights.splice(at, 1, weigh(boxes[at]), weigh(boxes[at + 1]));
  }
  return boxes.map((box) => {
    const total = box.reduce((sum, [, n]) => sum + n, 0);
    return [16, 8, 0].map((shift) => Math.round(box.reduce((sum, [colour, n]) => sum + ((colour >> shift) & 255) * n, 0) / total));
  });
}

const kFlat = 14;

/** @param {Buffer} file @param {number} limit bytes @returns {Buffer} */
export function smallPng(file, limit) {
  const { width, height, channels, pixels } = decode(file);
  // The page's own colours stay what they are: the flat ones, which are frequent.
  const exact = (at) => (pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2];
  const frequent = new Map();
  for (let at = 0; at < pixels.length; at += channels) frequent.set(exact(at), (frequent.get(exact(at)) ?? 0) + 1);
  const flat = new Map([...frequent].sort(([, one], [, two]) => two - one).slice(0, kFlat).map(([colour], index) => [colour, index]));
  const flatColours = [...flat.keys()].map((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]);
  const coarse = (at) => ((pixels[at] & 0xf8) << 16) | ((pixels[at + 1] & 0xf8) << 8) | (pixels[at + 2] & 0xf8);
  const counts = new Map();
  for (let at = 0; at < pixels.length; at += channels) counts.set(coarse(at), (counts.get(coarse(at)) ?? 0) + 1);
  for (const size of [256, 160, 96, 64, 40, 24]) {
    const palette = [...flatColours, ...paletteOf(counts, size - flatColours.length)];
    const nearest = new Map();
    for (const colour of counts.keys()) {
      const away = palette.map((one) => [16, 8, 0].reduce((sum, shift, channel) => sum + (((colour >> shift) & 255) + 4 - one[channel]) ** 2, 0));
      nearest.set(colour, away.indexOf(Math.min(...away)));
    }
    const rows = Buffer.alloc(height * (width + 1));
    for (let y = 0; y < height; ++y) {
      for (let x = 0; x < width; ++x) {
        const at = (y * width + x) * channels;
        rows[y * (width + 1) + 1 + x] = flat.get(exact(at)) ?? nearest.get(coarse(at));
      }
    }
    const head = Buffer.alloc(13);
    head.writeUInt32BE(width, 0);
    head.writeUInt32BE(height, 4);
    head.set([8, 3, 0, 0, 0], 8);
    const small = frame([['IHDR', head], ['PLTE', Buffer.from(palette.flat())], ['IDAT', deflateSync(rows, { level: 9 })], ['IEND', Buffer.alloc(0)]]);
    if (small.length <= limit) return small;
  }
  throw new Error(`the screenshot does not fit into ${limit} bytes`);
}
