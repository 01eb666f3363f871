// Pictures of the page for the documentation: node screenshots.mjs FOLDER_OF_PICTURES [OUTPUT]
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch, open, settled, tiles } from './support/browser.mjs';
import { program, serve } from './support/library.mjs';
import { smallPng } from './support/small_png.mjs';

const [pictures, output = new URL('../../docs/images', import.meta.url).pathname] = process.argv.slice(2);
if (!pictures) throw new Error('usage: node screenshots.mjs FOLDER_OF_PICTURES [OUTPUT]');

const folder = mkdtempSync(join(tmpdir(), 'hashlens-shots-'));
mkdirSync(output, { recursive: true });
const url = process.env.HASHLENS_URL;
let server = { url, stop: async () => {} };
if (!url) {
  execFileSync(program, ['index', join(folder, 'photos.hashlens'), pictures], { stdio: 'pipe' });
  server = await serve(join(folder, 'photos.hashlens'));
}
const browser = await launch();
const kMostBytes = 300_000;
const start = Number(process.env.HASHLENS_SHOT_ID ?? 4);

/** All pictures in sight have come. */
async function complete(page) {
  await settled(page);
  await page.waitForFunction(() => [...document.querySelectorAll('.tile')].every((tile) => {
    const { top, bottom } = tile.getBoundingClientRect();
    return bottom < 0 || top > innerHeight || tile.querySelector('img.shown');
  }));
  await page.waitForTimeout(300);
}

/** @param {string} name @param {import('playwright-core').BrowserContextOptions} options @param {(page: import('playwright-core').Page) => Promise<void>} act */
async function shot(name, address, options, act = async () => {}) {
  const { page, close } = await open(browser, `${server.url}${address}`, { viewport: { width: 1080, height: 660 }, ...options });
  await complete(page);
  await act(page);
  await page.waitForTimeout(400);
  writeFileSync(join(output, `web-${name}.png`), smallPng(await page.screenshot(), kMostBytes));
  await close();
}

const phone = { viewport: { width: 360, height: 720 }, hasTouch: true, isMobile: true };
const hits = `/?id=${start}`;
const compare = async (page) => {
  await tiles(page).nth(2).focus();
  await page.keyboard.press('c');
  await page.locator('.bits.comparing').waitFor();
  await page.locator('.bit.differs').first().click();
  await page.locator('.strip img.shown').first().waitFor();
  await page.waitForLoadState('networkidle');
};
await shot('start', '/', {});
await shot('hits', hits, {});
await shot('compare', hits, { viewport: { width: 1080, height: 860 } }, compare);
await shot('dark', hits, { colorScheme: 'dark' }, async (page) => {
  await tiles(page).nth(3).focus();
  await page.keyboard.press('i');
  await page.locator('.details-picture img.shown').waitFor();
});
await shot('phone', hits, phone);
if (process.env.HASHLENS_MORE_SHOTS) {
  await shot('phone-start', '/', phone);
  await shot('region', `${hits}&region=0.2,0.2,0.5,0.6`, {});
  await shot('add', '/', {}, (page) => page.getByRole('button', { name: 'Add pictures' }).click());
  await shot('numbers', hits, {}, (page) => page.getByRole('button', { name: 'Numbers of the library' }).click());
  await shot('settings', hits, {}, (page) => page.getByRole('button', { name: 'How to search' }).click());
  await shot('phone-details', hits, phone, (page) => page.locator('.tile').nth(1).locator('.details-of').tap());
  await shot('phone-compare', hits, phone, compare);
  await shot('steer', `${hits}&like=7,9&unlike=12`, {}, async (page) => { await tiles(page).nth(1).focus(); await page.keyboard.press('x'); });
}
await browser.close();
await server.stop();
rmSync(folder, { recursive: true, force: true });
