// What most files of tests need: a library that is served, and a browser.
import { after, before } from 'node:test';
import { launch } from './browser.mjs';
import { makeLibrary, serve } from './library.mjs';

/**
 * Made before the tests of a file, and gone after them; the members are there from the first test on.
 * @param {number} [count] of pictures @param {(library: {folder: string}) => string[]} [optionsFor] `hashlens serve` has, beside the library
 * @returns {{library: ReturnType<typeof makeLibrary>, server: Awaited<ReturnType<typeof serve>>, browser: import('playwright-core').Browser}}
 */
export function served(count, optionsFor = () => []) {
  const all = {};
  before(async () => {
    all.library = makeLibrary(count);
    all.server = await serve(all.library.library, { options: optionsFor(all.library) });
    all.browser = await launch();
  });
  after(async () => {
    await all.browser?.close();
    await all.server?.stop();
    all.library?.remove();
  });
  return all;
}
