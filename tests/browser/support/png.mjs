// A small PNG encoder and pictures that are drawn by number.
import { deflateSync } from 'node:zlib';

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crcOf(body), body.length + 4);
  return framed;
}

function crcOf(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; ++bit) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** A PNG file of these chunks. @param {[string, Buffer][]} chunks */
export const frame = (chunks) => Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), ...chunks.map(([type, data]) => chunk(type, data))]);

/** @param {number} width @param {number} height @param {(x: number, y: number) => number[]} colour RGB, 0..255 */
export function png(width, height, colour) {
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) {
      colour(x / width, y / height).forEach((value, channel) => { rows[y * (1 + width * 3) + 1 + x * 3 + channel] = value; });
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return frame([['IHDR', head], ['IDAT', deflateSync(rows)], ['IEND', Buffer.alloc(0)]]);
}

const mix = (from, to, part) => from.map((value, at) => Math.round(value + (to[at] - value) * part));
const hue = (turn) => [0, 1 / 3, 2 / 3].map((shift) => Math.round(127 + 110 * Math.cos(2 * Math.PI * (turn + shift))));

export const kKinds = ['stripes', 'discs', 'checks'];

/** A picture of a kind; its colours and shape are by `number`. @param {string} kind @param {number} number */
export function picture(kind, number) {
  const [width, height] = [[160, 120], [120, 160], [180, 100], [128, 128]][number % 4];
  const [one, two] = [hue(number * 0.137), hue(number * 0.137 + 0.4)];
  const step = 4 + (number % 5);
  if (kind === 'stripes') return png(width, height, (x, y) => mix(one, two, Math.sin((x + y * (number % 3)) * step * 6) > 0 ? 1 : 0));
  if (kind === 'checks') return png(width, height, (x, y) => mix(one, two, (Math.floor(x * step) + Math.floor(y * step)) % 2));
  return png(width, height, (x, y) => mix(two, one, Math.hypot(((x * step) % 1.7) - 0.85, ((y * step) % 1.7) - 0.85) < 0.6 ? 1 : y * 0.4));
}
