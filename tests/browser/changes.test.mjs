// Changes: pictures sent and indexed, tags, removal.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { open, settled, tiles, tilesAre } from './support/browser.mjs';
import { serve } from './support/library.mjs';
import { served } from './support/served.mjs';
import { picture } from './support/png.mjs';

const site = served(30, ({ folder }) => ['--uploads', join(folder, 'uploads'), '--root', join(folder, 'more')]);

test('pictures are sent', async () => {
  const { page, close } = await open(site.browser, site.server.url);
  await settled(page);
  await page.getByRole('button', { name: 'Add pictures' }).click();
  await page.getByLabel('Pictures', { exact: true }).setInputFiles([
    { name: 'sent.png', mimeType: 'image/png', buffer: picture('discs', 2001) },
    { name: 'broken.png', mimeType: 'image/png', buffer: Buffer.from('no picture') }]);
  await page.locator('#upload-tags').fill('label=sent');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('dialog').getByText(/1 picture added.*1 could not be read/).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('#filters').getByRole('button', { name: /^sent/ }).click();
  await tilesAre(page, 1);
  await settled(page);
  assert.equal(await tiles(page).count(), 1);
  await close();
});

test('a folder is indexed, and followed to the end', async () => {
  const folder = join(site.library.folder, 'more');
  for (let number = 0; number < 40; ++number) writeFileSync(join(folder, `more-${number}.png`), picture('checks', 3000 + number));
  writeFileSync(join(folder, 'cut.png'), picture('checks', 1).subarray(0, 60));
  const { page, close } = await open(site.browser, site.server.url);
  await settled(page);
  await page.getByRole('button', { name: 'Add pictures' }).click();
  await page.getByLabel('Folder').last().fill('/etc');
  await page.getByRole('button', { name: 'Index' }).click();
  await page.getByRole('dialog').getByText(/root/i).first().waitFor();
  await page.locator('#job-folder').fill(folder);
  await page.getByRole('button', { name: 'Index' }).click();
  await page.getByRole('dialog').getByText('40 pictures added').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Numbers of the library' }).click();
  await page.getByRole('dialog').getByText('1 file could not be read').click();
  await page.getByRole('dialog').getByText(join(folder, 'cut.png')).waitFor();
  await close();
});

test('pictures are tagged and removed', async () => {
  const { page, close } = await open(site.browser, site.server.url);
  await settled(page);
  for (const at of [0, 1]) {
    await tiles(page).nth(at).focus();
    await page.keyboard.press('x');
  }
  await page.locator('#selection').getByRole('button', { name: 'Tag…' }).click();
  await page.getByLabel('Tag, as key=value').fill('trip=rome');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.locator('#filters').getByRole('button', { name: /^rome/ }).click();
  await tilesAre(page, 2);
  await settled(page);
  assert.equal(await tiles(page).count(), 2);
  const name = await tiles(page).first().locator('img').getAttribute('alt');
  await tiles(page).first().focus();
  await page.keyboard.press('x');
  await page.locator('#selection').getByRole('button', { name: 'Remove…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.locator('.toast', { hasText: '1 picture removed' }).waitFor();
  await tilesAre(page, 1);
  assert.equal(await tiles(page).count(), 1);
  assert.ok(existsSync(join(site.library.pictures, name.split('-')[0], name)), 'files stay');
  await close();
});

test('a tag by the details', async () => {
  const { page, close } = await open(site.browser, site.server.url);
  await settled(page);
  await tiles(page).first().focus();
  await page.keyboard.press('i');
  await page.locator('#details').getByLabel('New tag').fill('mood=calm');
  await page.keyboard.press('Enter');
  await page.locator('#details .tag', { hasText: 'mood: calm' }).waitFor();
  await page.locator('#details').getByRole('button', { name: 'Take away mood: calm' }).click();
  await page.locator('#details .tag', { hasText: 'mood: calm' }).waitFor({ state: 'detached' });
  await close();
});

test('nothing can be changed where the server is read-only', async () => {
  const closed = await serve(site.library.library, { options: ['--read-only'] });
  const { page, close } = await open(site.browser, closed.url);
  await settled(page);
  await tiles(page).first().focus();
  await page.keyboard.press('x');
  await page.locator('#selection').getByRole('button', { name: 'More like this' }).waitFor();
  assert.equal(await page.locator('#selection').getByRole('button', { name: 'Remove…' }).count(), 0);
  await page.getByRole('button', { name: 'Give a token' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Add pictures' }).count(), 0);
  await close();
  await closed.stop();
});
