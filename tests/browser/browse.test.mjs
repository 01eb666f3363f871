// The library without a search: grid, filters, details, compare, bits, selection.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open, scrollUntil, settled, tiles } from './support/browser.mjs';
import { kEvilName } from './support/library.mjs';
import { kPatienceMs } from './support/patience.mjs';
import { served } from './support/served.mjs';

const site = served();

const names = (page) => tiles(page).locator('img').evaluateAll((all) => all.map((img) => img.alt));

/** There are pictures, all of them of that kind. */
async function areAll(page, kind, message) {
  const all = await names(page);
  assert.notEqual(all.length, 0);
  assert.deepEqual(all.filter((name) => !name.startsWith(kind)), [], message);
}

test('the grid goes on to the last picture', async () => {
  const { page, close } = await open(site.browser, site.server.url);
  await settled(page);
  await scrollUntil(page, async () => await tiles(page).count() >= 241, 'all pictures');
  assert.equal(new Set(await names(page)).size, 241);
  await close();
});

test('pictures that are let go while they load hold up no others', async () => {
  const { page, close } = await open(site.browser, site.server.url);
  await settled(page);
  const last = await page.locator('#grid img.shown').first().evaluateHandle(async () => {
    const { thumbnail } = await import('/assets/thumbnails.js');
    const [{ name }] = (await (await fetch('/v1/libraries')).json()).libraries;
    for (let id = 1; id <= 12; ++id) {
      const img = thumbnail(name, id, 'let go', 64);
      new MutationObserver((_, observer) => { observer.disconnect(); img.removeAttribute('src'); }).observe(img, { attributes: true });
    }
    return thumbnail(name, 13, 'shown', 64);
  });
  await page.waitForFunction((img) => img.classList.contains('shown'), last);
  assert.match(await last.evaluate((img) => img.src), /^blob:/);
  await close();
});

test('pictures keep coming, however often one searches', async () => {
  const { page, close } = await open(site.browser, site.server.url);
  await settled(page);
  for (let turn = 0; turn < 40; ++turn) {
    await page.evaluate(([at, patience]) => new Promise((resolve, reject) => {
      const old = document.querySelector('.rows').firstElementChild;
      document.querySelectorAll('.tile-open')[at].click();
      const look = setInterval(() => {
        const first = document.querySelector('.rows .tile:not(.skeleton)');
        if (!first || first === old || !first.querySelector('img.shown')) return;
        clearInterval(look);
        resolve();
      }, 10);
      setTimeout(() => reject(new Error('the first picture did not come')), patience);
    }), [3 + (turn % 5), kPatienceMs]);
  }
  await close();
});

test('rows fill the width and keep proportions', async () => {
  const { page, close } = await open(site.browser, site.server.url);
  await settled(page);
  const boxes = await page.locator('.tile').evaluateAll((all) => all.slice(0, 12).map((tile) => {
    const { left, right, width, height, top } = tile.getBoundingClientRect();
    const img = tile.querySelector('img');
    return { left, right, top, shape: width / height, natural: img.naturalWidth / img.naturalHeight };
  }));
  const host = await page.locator('#grid').boundingBox();
  const row = boxes.filter((box) => box.top === boxes[0].top);
  assert.ok(Math.abs(row.at(-1).right - (host.x + host.width)) < 4);
  const seen = boxes.filter(({ natural }) => natural > 0);
  assert.notEqual(seen.length, 0);
  for (const box of seen) assert.ok(Math.abs(box.shape - box.natural) < 0.06, JSON.stringify(box));
  await close();
});

test('filters by tag and folder, in the address', async () => {
  const { page, close } = await open(site.browser, site.server.url);
  await settled(page);
  await page.locator('#filters').getByRole('button', { name: /^checks/ }).click();
  await page.waitForURL(/tag=label%3Dchecks/);
  await settled(page);
  await areAll(page, 'checks');
  await page.locator('#filters').getByRole('button', { name: 'Clear filters' }).click();
  await page.waitForURL((url) => !url.search.includes('tag='));
  await page.getByLabel('Folder').selectOption({ label: 'stripes' });
  await page.waitForURL(/under=/);
  await settled(page);
  await areAll(page, 'stripes');
  await page.getByLabel('Added since').selectOption('24h');
  await page.waitForURL(/added_since=24h/);
  await settled(page);
  await tiles(page).first().click();
  await page.locator('#query').waitFor();
  await settled(page);
  await areAll(page, 'stripes', 'filters hold for searches');
  await close();
});

test('filters that nothing passes say so', async () => {
  const { page, close } = await open(site.browser, `${site.server.url}/?tag=label%3Dnothing`);
  await page.locator('#tail', { hasText: 'Nothing passes these filters' }).waitFor();
  await page.locator('#tail').getByRole('button', { name: 'Clear filters' }).click();
  await settled(page);
  await close();
});

test('names are text, whatever they hold', async () => {
  const { page, close } = await open(site.browser, `${site.server.url}/?tag=label%3Ddiscs`);
  await settled(page);
  const odd = page.getByRole('button', { name: kEvilName, exact: true });
  await odd.focus();
  await page.keyboard.press('i');
  await page.locator('.details h2', { hasText: kEvilName }).waitFor();
  await page.keyboard.press('Escape');
  await odd.click();
  await page.locator('.query-name', { hasText: kEvilName }).waitFor();
  assert.notEqual(await page.title(), '1');
  await close();
});

test('details of a hit, and compare with the query', async () => {
  const { page, close } = await open(site.browser, `${site.server.url}/?id=1`);
  await settled(page);
  await tiles(page).nth(5).focus();
  await page.keyboard.press('i');
  const details = page.locator('#details');
  await details.locator('.facts').waitFor();
  const facts = await details.locator('.facts').innerText();
  for (const word of ['Code distance', 'Feature distance', 'Path', 'Added']) assert.ok(facts.includes(word), word);
  await details.getByRole('button', { name: 'Compare' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('.bits.comparing').waitFor();
  const differ = await dialog.locator('.bit.differs').count();
  assert.match(await dialog.locator('.verdict').innerText(), new RegExp(`^${differ} of \\d+ bits differ`));
  await dialog.locator('.bit').nth(7).click();
  await dialog.getByText(/is on in \d+ % of the pictures/).waitFor();
  assert.equal(await dialog.locator('.strip').count(), 2);
  assert.ok(await dialog.locator('.strip button').count() >= 12);
  await page.keyboard.press('Escape');
  assert.equal(await page.getByRole('dialog').count(), 0);
  await close();
});

test('two selected pictures are compared', async () => {
  const { page, close } = await open(site.browser, site.server.url);
  await settled(page);
  for (const at of [1, 3]) {
    await tiles(page).nth(at).focus();
    await page.keyboard.press('x');
  }
  await page.locator('#selection').getByRole('button', { name: 'Compare' }).click();
  await page.getByRole('dialog').locator('.bits.comparing').waitFor();
  await close();
});

test('numbers and settings', async () => {
  const { page, close } = await open(site.browser, `${site.server.url}/?id=1`);
  await settled(page);
  await page.getByRole('button', { name: 'Numbers of the library' }).click();
  await page.getByRole('dialog').locator('.numbers', { hasText: '241' }).waitFor();
  await page.getByRole('dialog').locator('.histogram svg').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'How to search' }).click();
  await page.locator('#set-radius').fill('0');
  const request = page.waitForRequest((one) => one.url().endsWith('/search'));
  await page.getByRole('button', { name: 'Apply' }).click();
  assert.equal((await request).postDataJSON().radius, 0);
  await settled(page);
  await close();
});
