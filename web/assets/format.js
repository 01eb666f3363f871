// Numbers, times and names as people read them.

/** The last part of a path. @param {string} path */
export const nameOf = (path) => path.split('/').filter(Boolean).pop() ?? path;

/** @param {string} path */
export const folderOf = (path) => path.slice(0, Math.max(path.lastIndexOf('/'), 1));

/** @param {number} n */
export const count = (n) => n.toLocaleString('en');

/** @param {number} n @param {string} one */
export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

/** @param {number} bytes */
export function size(bytes) {
  const units = ['bytes', 'kB', 'MB', 'GB'];
  let unit = 0;
  let value = bytes;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    ++unit;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** @param {string} iso */
export function moment(iso) {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** @param {number} ms */
export const millis = (ms) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;

/** @param {?number} distance Of features. */
export const distanceText = (distance) => (distance === null || distance === undefined ? 'not measured' : distance.toFixed(3));
