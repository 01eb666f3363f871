// Pictures that were dropped, pasted or chosen: kept while the page lives, so that Back finds them.

/** @type {Map<string, {file: File, url: string}>} */
const files = new Map();
let last = 0;

/** @param {File} file @returns {string} its key, which no other life of the page has given */
export function keepFile(file) {
  const key = `${performance.timeOrigin}-${++last}`;
  files.set(key, { file, url: URL.createObjectURL(file) });
  if (files.size > 40) {
    const [oldest, kept] = files.entries().next().value;
    URL.revokeObjectURL(kept.url);
    files.delete(oldest);
  }
  return key;
}

/** @param {?string} key */
export const keptFile = (key) => (key === null ? null : files.get(key) ?? null);

const kEndings = /\.(jpe?g|jfif|png|webp|gif|tiff?|bmp|p[bgpn]m|heic|heif|avif|jp2|jxl|svg|pdf)$/i;

/** Why a file cannot be a query, or '' when it may be one: the server has the last word. @param {File} file */
export function whyNoPicture(file) {
  const name = file.name || 'The file';
  if (file.size === 0) return `${name} is empty (or a folder): there is no picture in it.`;
  if (!file.type.startsWith('image/') && !kEndings.test(file.name)) {
    return `${name} is not a picture${file.type ? ` but ${file.type}` : ''}. Pictures are JPEG, PNG, WebP, GIF, TIFF, BMP and their kin.`;
  }
  return '';
}
