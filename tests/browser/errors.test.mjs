// What goes wrong is told, and how to go on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { give, launch, open, settled, tiles } from './support/browser.mjs';
import { makeLibrary, serve } from './support/library.mjs';
import { picture } from './support/png.mjs';

let library; let browser;
before(async () => {
  library = makeLibrary(60);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  library?.remove();
});

test('files that are no pictures', async () => {
  const server = await serve(library.library);
  const { page, close } = await open(browser, server.url);
  await settled(page);
  await give(page, 'drop', 'notes.txt', 'text/plain', Buffer.from('words'));
  await page.locator('.toast', { hasText: 'notes.txt is not a picture but text/plain' }).waitFor();
  await give(page, 'drop', 'empty.png', 'image/png', Buffer.alloc(0));
  await page.locator('.toast', { hasText: 'empty.png is empty' }).waitFor();
  await give(page, 'drop', 'cut.png', 'image/png', picture('discs', 1).subarray(0, 60));
  await page.locator('#tail .message.bad', { hasText: 'not a picture that can be read' }).waitFor();
  await page.locator('#tail').getByRole('button', { name: 'End search' }).click();
  await settled(page);
  await close();
  await server.stop();
});

test('a wrong token, then the right one', async () => {
  const server = await serve(library.library, { env: { HASHLENS_SERVE_READ_TOKEN: 'open-sesame-0123456789', HASHLENS_SERVE_WRITE_TOKEN: 'write-sesame-0123456789' } });
  const { page, close } = await open(browser, server.url);
  const dialog = page.getByRole('dialog', { name: 'Token' });
  await dialog.getByLabel('The server’s token').fill('wrong');
  await page.keyboard.press('Enter');
  await dialog.getByText('This token is not accepted.').waitFor();
  await dialog.getByLabel('The server’s token').fill('open-sesame-0123456789');
  await page.keyboard.press('Enter');
  await settled(page);
  assert.equal(await page.evaluate(() => sessionStorage.getItem('hashlens-token')), 'open-sesame-0123456789');
  await page.getByRole('button', { name: 'Give a token' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Add pictures' }).count(), 0, 'the token only reads');
  await page.reload();
  await settled(page);
  await close();
  await server.stop();
});

test('no token given', async () => {
  const server = await serve(library.library, { env: { HASHLENS_SERVE_READ_TOKEN: 'open-sesame-0123456789', HASHLENS_SERVE_WRITE_TOKEN: 'write-sesame-0123456789' } });
  const { page, close } = await open(browser, server.url);
  await page.getByRole('dialog', { name: 'Token' }).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('#tail', { hasText: 'A token is needed' }).waitFor();
  await close();
  await server.stop();
});

test('the server ends in the middle of a search, and comes back', async () => {
  let server = await serve(library.library);
  const { page, close } = await open(browser, server.url);
  await settled(page);
  await server.stop();
  await tiles(page).nth(2).click();
  await page.locator('#tail .message.bad', { hasText: 'The server does not answer' }).waitFor();
  server = await serve(library.library, { listen: new URL(server.url).host });
  await page.locator('#tail').getByRole('button', { name: 'Retry' }).click();
  await settled(page);
  assert.equal(await page.locator('#pictures-title').textContent(), 'Hits');
  await close();
  await server.stop();
});

test('addresses of what is not there', async () => {
  const server = await serve(library.library);
  const { page, close } = await open(browser, `${server.url}/?id=999999`);
  await page.locator('#tail .message.bad').waitFor();
  await page.locator('#tail').getByRole('button', { name: 'End search' }).click();
  await settled(page);
  await page.goto(`${server.url}/?library=other&like=x&region=a`);
  await settled(page);
  await close();
  await server.stop();
});
