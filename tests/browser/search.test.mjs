// Searches: by dropped, pasted and chosen pictures, by images of the library, by parts and examples.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { give, open, scrollUntil, settled, tiles } from './support/browser.mjs';
import { served } from './support/served.mjs';
import { picture } from './support/png.mjs';

const site = served();

const heading = (page) => page.locator('#pictures-title');
const isOfHits = async (page) => {
  await page.locator('#query').waitFor();
  await settled(page);
  assert.equal(await heading(page).textContent(), 'Hits');
};

for (const how of ['drop', 'paste']) {
  test(`a picture by ${how}`, async () => {
    const { page, close } = await open(site.browser, site.server.url);
    await settled(page);
    await give(page, how, 'mine.png', 'image/png', picture('checks', 2));
    await isOfHits(page);
    assert.match(await tiles(page).first().locator('img').getAttribute('alt'), /^checks-002/);
    assert.match(await page.locator('.query-name').textContent(), /mine\.png/);
    await close();
  });
}

test('a picture by the file chooser', async () => {
  const { page, close } = await open(site.browser, site.server.url);
  await settled(page);
  const chooser = page.waitForEvent('filechooser');
  await page.locator('#drop .button').click();
  await (await chooser).setFiles({ name: 'chosen.png', mimeType: 'image/png', buffer: picture('discs', 4) });
  await isOfHits(page);
  assert.match(await tiles(page).first().locator('img').getAttribute('alt'), /^discs-004/);
  await close();
});

test('more like this, by address, and back', async () => {
  const { page, close } = await open(site.browser, site.server.url);
  await settled(page);
  await tiles(page).nth(3).click();
  await isOfHits(page);
  const address = page.url();
  assert.match(address, /[?&]id=\d+/);
  const first = await tiles(page).first().locator('img').getAttribute('alt');
  await page.goBack();
  await page.locator('#drop').waitFor();
  assert.equal(await heading(page).textContent(), 'All pictures');
  await page.goForward();
  await isOfHits(page);
  await close();
  const again = await open(site.browser, address);
  await isOfHits(again.page);
  assert.equal(await tiles(again.page).first().locator('img').getAttribute('alt'), first);
  await again.close();
});

test('back shows a dropped picture again', async () => {
  const { page, close } = await open(site.browser, site.server.url);
  await settled(page);
  await give(page, 'drop', 'mine.png', 'image/png', picture('checks', 2));
  await isOfHits(page);
  await tiles(page).nth(2).click();
  await page.waitForURL(/id=/);
  await page.goBack();
  await page.locator('.query-name', { hasText: 'mine.png' }).waitFor();
  assert.match(await tiles(page).first().locator('img').getAttribute('alt'), /^checks-002/);
  await close();
});

test('a box drawn on the query picture', async () => {
  const { page, close } = await open(site.browser, `${site.server.url}/?id=1`);
  await isOfHits(page);
  await page.locator('.query-frame img.shown').waitFor();
  const frame = await page.locator('.query-frame').boundingBox();
  const request = page.waitForRequest((one) => one.method() === 'POST' && one.url().endsWith('/search'));
  await page.mouse.move(frame.x + frame.width * 0.25, frame.y + frame.height * 0.25);
  await page.mouse.down();
  await page.mouse.move(frame.x + frame.width * 0.75, frame.y + frame.height * 0.75, { steps: 4 });
  await page.mouse.up();
  const { region } = (await request).postDataJSON();
  for (const [name, wanted] of [['x', 0.25], ['y', 0.25], ['width', 0.5], ['height', 0.5]]) assert.ok(Math.abs(region[name] - wanted) < 0.03, `${name} is ${region[name]}`);
  await page.waitForURL(/region=0\.2/);
  await settled(page);
  await page.getByRole('button', { name: 'Whole picture' }).click();
  await page.waitForURL((url) => !url.search.includes('region'));
  await close();
});

test('a box by keys', async () => {
  const { page, close } = await open(site.browser, `${site.server.url}/?id=1`);
  await isOfHits(page);
  await page.getByRole('button', { name: 'Part of it' }).click();
  await page.waitForURL(/region=0\.2500,0\.2500,0\.5000,0\.5000/);
  await settled(page);
  await page.locator('.region').focus();
  await page.keyboard.press('ArrowLeft');
  await page.waitForURL(/region=0\.2200/);
  await close();
});

test('plus and minus steer, and are taken back', async () => {
  const { page, close } = await open(site.browser, `${site.server.url}/?id=1`);
  await isOfHits(page);
  await tiles(page).nth(4).focus();
  await page.keyboard.press('+');
  await page.waitForURL(/like=\d+/);
  await settled(page);
  assert.equal(await page.locator('.example.like').count(), 1);
  await tiles(page).nth(6).hover();
  const request = page.waitForRequest((one) => one.method() === 'POST' && one.url().endsWith('/search'));
  await page.locator('.tile').nth(6).locator('.minus').click();
  const body = (await request).postDataJSON();
  assert.equal(body.like.length, 1);
  assert.equal(body.unlike.length, 1);
  await page.locator('.example.unlike').click();
  await page.waitForURL((url) => !url.search.includes('unlike'));
  await close();
});

test('hits go on to the end of the library', async () => {
  const { page, close } = await open(site.browser, `${site.server.url}/?id=1`);
  await isOfHits(page);
  await scrollUntil(page, async () => await page.locator('#tail', { hasText: 'These are all' }).count() > 0, 'the end of the hits');
  const alts = await tiles(page).locator('img').evaluateAll((all) => all.map((img) => img.alt));
  assert.equal(alts.length, 241);
  assert.equal(new Set(alts).size, 241);
  await close();
});

test('hits in the order of codes go on by the cursor', async () => {
  const { page, close } = await open(site.browser, site.server.url);
  await page.evaluate(() => localStorage.setItem('hashlens-settings', JSON.stringify({ rerank: false, perPage: 20 })));
  const bodies = [];
  page.on('request', (one) => { if (one.url().endsWith('/search')) bodies.push(one.postDataJSON()); });
  await page.goto(`${site.server.url}/?id=1`);
  await isOfHits(page);
  await scrollUntil(page, async () => await tiles(page).count() >= 241, 'all hits');
  assert.equal(await tiles(page).count(), 241);
  assert.ok(bodies.some((body) => body.after));
  await close();
});
