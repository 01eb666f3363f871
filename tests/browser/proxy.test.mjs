// The page below a path of another web server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { give, open, settled, tiles } from './support/browser.mjs';
import { picture } from './support/png.mjs';
import { proxy } from './support/proxy.mjs';
import { served } from './support/served.mjs';

const site = served(60);

test('below a path of a proxy', async () => {
  const front = await proxy(site.server.url, '/pictures/of/mine/');
  const { page, close } = await open(site.browser, front.url);
  const missing = [];
  page.on('response', (response) => { if (response.status() >= 400) missing.push(response.url()); });
  await settled(page);
  await tiles(page).nth(2).click();
  await page.waitForURL((url) => url.pathname === '/pictures/of/mine/' && url.search.includes('id='));
  await page.locator('#query').waitFor();
  await settled(page);
  await page.reload();
  await page.locator('#query').waitFor();
  await settled(page);
  await page.locator('#home').click();
  await page.waitForURL((url) => url.pathname === '/pictures/of/mine/' && !url.search.includes('id='));
  await settled(page);
  await give(page, 'drop', 'mine.png', 'image/png', picture('checks', 2));
  await page.locator('#query').waitFor();
  await settled(page);
  assert.match(await tiles(page).first().locator('img').getAttribute('alt'), /^checks-002/);
  assert.deepEqual(missing, []);
  await close();
  await front.stop();
});
