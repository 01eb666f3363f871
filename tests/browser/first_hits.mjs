// How long a person waits: node first_hits.mjs LIBRARY [TIMES]. Prints milliseconds, from a click on a picture to the first hit on the screen, as JSON.
import { launch, open, settled, tiles } from './support/browser.mjs';
import { serve } from './support/library.mjs';

const [library, times = '30'] = process.argv.slice(2);
if (!library) throw new Error('usage: node first_hits.mjs LIBRARY [TIMES]');

const server = await serve(library);
const browser = await launch();
const { page, close } = await open(browser, server.url);
await settled(page);
const waits = [];
for (let turn = 0; turn <= Number(times); ++turn) {
  await page.waitForLoadState('networkidle');
  // Another hit each time; its pictures have not been made small yet.
  const wait = await tiles(page).nth(3 + (turn % 5)).evaluate((button) => new Promise((resolve) => {
    const old = document.querySelector('.rows').firstElementChild;
    const start = performance.now();
    const look = () => {
      const first = document.querySelector('.rows .tile:not(.skeleton)');
      if (first && first !== old && first.querySelector('img.shown')) requestAnimationFrame(() => resolve(performance.now() - start));
      else requestAnimationFrame(look);
    };
    button.click();
    look();
  }));
  if (turn > 0) waits.push(wait);
}
waits.sort((one, two) => one - two);
const at = (share) => Number(waits[Math.min(waits.length - 1, Math.floor(waits.length * share))].toFixed(1));
const { images } = (await (await fetch(`${server.url}/v1/libraries`)).json()).libraries[0];
console.log(JSON.stringify({ images, times: waits.length, p50_ms: at(0.5), p95_ms: at(0.95), max_ms: at(1) }));
await close();
await browser.close();
await server.stop();
