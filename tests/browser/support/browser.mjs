// Chromium, and pages that may make no error.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { kPatienceMs } from './patience.mjs';

const kArguments = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** With a fresh profile. */
export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: kArguments });

/**
 * @param {import('playwright-core').Browser} browser @param {string} url
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(kPatienceMs);
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy|Refused to/.test(message.text())) errors.push(message.text());
  });
  await page.goto(url);
  return {
    page,
    async close() {
      await context.close();
      assert.deepEqual(errors, []);
    },
  };
}

export const tiles = (page) => page.locator('.tile-open');

/** Waits for pictures. */
export async function settled(page) {
  await page.locator('.tile img.shown').first().waitFor();
}

/** Waits for so many tiles. @param {import('playwright-core').Page} page @param {number} count */
export async function tilesAre(page, count) {
  await page.waitForFunction((wanted) => document.querySelectorAll('.tile-open').length === wanted, count);
}

/**
 * Scrolls down until that is so; an error when it is not in time.
 * @param {import('playwright-core').Page} page @param {() => Promise<boolean>} done @param {string} what
 */
export async function scrollUntil(page, done, what) {
  const deadline = Date.now() + kPatienceMs;
  while (!await done()) {
    assert.ok(Date.now() < deadline, `not in time: ${what}`);
    await page.mouse.wheel(0, 3000);
    await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => setTimeout(resolve)); }));
  }
}

/** What a person would have dragged here or copied. */
export function give(page, how, name, type, bytes) {
  return page.evaluate(({ how, name, type, data }) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name, { type }));
    const event = how === 'paste'
      ? new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true })
      : new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true });
    document.body.dispatchEvent(event);
  }, { how, name, type, data: Buffer.from(bytes).toString('base64') });
}
