// Keyboard, screen readers, small screens, dark mode.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { open, settled, tiles } from './support/browser.mjs';
import { served } from './support/served.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const site = served(90);

async function hasNoSeriousFinding(page, where) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.html} ${node.failureSummary}`).join(' | ')}`);
  assert.deepEqual(serious, [], where);
}

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing serious, ${colorScheme}`, async () => {
    const { page, close } = await open(site.browser, site.server.url, { colorScheme });
    await settled(page);
    await hasNoSeriousFinding(page, 'start');
    await tiles(page).nth(2).click();
    await page.locator('#query').waitFor();
    await settled(page);
    await hasNoSeriousFinding(page, 'hits');
    await tiles(page).nth(3).focus();
    await page.keyboard.press('x');
    await page.keyboard.press('i');
    await page.locator('#details .facts').waitFor();
    await hasNoSeriousFinding(page, 'details and selection');
    await page.keyboard.press('Escape');
    await tiles(page).nth(3).focus();
    await page.keyboard.press('c');
    await page.locator('.bits.comparing').waitFor();
    await page.locator('.bit').nth(3).click();
    await page.locator('.strip').first().waitFor();
    await hasNoSeriousFinding(page, 'compare');
    await page.keyboard.press('Escape');
    for (const name of ['Add pictures', 'Numbers of the library', 'How to search', 'Keys']) {
      await page.getByRole('button', { name }).click();
      await page.getByRole('dialog').waitFor();
      await page.waitForLoadState('networkidle');
      await hasNoSeriousFinding(page, name);
      await page.keyboard.press('Escape');
    }
    await close();
  });
}

test('everything by keys', async () => {
  const { page, close } = await open(site.browser, site.server.url);
  await settled(page);
  const focused = () => page.evaluate(() => document.activeElement.querySelector?.('img')?.alt ?? document.activeElement.id);
  // Fails when it does not come about in time.
  const focusBecomes = (alt) => page.waitForFunction((wanted) => document.activeElement.querySelector?.('img')?.alt === wanted, alt);
  await page.keyboard.press('ArrowRight');
  const first = await focused();
  await page.keyboard.press('ArrowRight');
  const second = await focused();
  assert.notEqual(first, second);
  await page.keyboard.press('ArrowDown');
  const below = await focused();
  assert.notEqual(second, below);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Home');
  assert.equal(await focused(), first);
  await page.keyboard.press('Enter');
  await page.waitForURL(/id=/);
  await settled(page);
  await focusBecomes(first); // the first hit is the picture itself
  await page.keyboard.press('i');
  await page.locator('#details .facts').waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('#details').isVisible(), false);
  await focusBecomes(first); // where it was
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.waitForURL((url) => !url.search.includes('id='));
  await page.locator('#drop').waitFor();
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Choose a picture');
  await close();
});

test('what happens is told to screen readers', async () => {
  const { page, close } = await open(site.browser, `${site.server.url}/?id=1`);
  await page.locator('#live', { hasText: /\d+ hits/ }).waitFor({ state: 'attached' });
  assert.equal(await page.locator('.rows').getAttribute('role'), 'list');
  await close();
});

test('dark where the system is dark, and by the switch', async () => {
  const { page, close } = await open(site.browser, site.server.url, { colorScheme: 'dark' });
  await settled(page);
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const brightness = async () => (await paper()).match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
  assert.ok(await brightness() < 150);
  await page.locator('#theme').click();
  assert.ok(await brightness() > 600);
  await page.reload();
  await settled(page);
  assert.ok(await brightness() > 600, 'the choice is kept');
  await close();
});

test('a phone of 360 px shows everything without scrolling sideways', async () => {
  const { page, close } = await open(site.browser, site.server.url, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  const fits = async (where) => assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 360), where);
  await settled(page);
  await fits('start');
  await tiles(page).nth(2).tap();
  await page.locator('#query').waitFor();
  await settled(page);
  await fits('hits');
  await page.locator('.tile').nth(1).locator('.details-of').tap();
  await page.locator('#details .facts').waitFor();
  await fits('details');
  await page.getByRole('button', { name: 'Compare' }).tap();
  await page.locator('.bits.comparing').waitFor();
  await fits('compare');
  await close();
});
