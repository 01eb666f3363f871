// Modules of the page by themselves, in the browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from './support/browser.mjs';
import { served } from './support/served.mjs';

const site = served(3);

/** @template T @param {() => Promise<T>} work in the page */
async function inPage(work) {
  const { page, close } = await open(site.browser, site.server.url);
  const result = await page.evaluate(work);
  await close();
  return result;
}

test('rows are never wider than the width, and all but the last fill it', async () => {
  const bad = await inPage(async () => {
    const { justify } = await import('/assets/justify.js');
    let seed = 7;
    const random = () => { seed = (seed * 16807) % 2147483647; return seed / 2147483647; };
    const found = [];
    for (let round = 0; round < 300; ++round) {
      const aspects = Array.from({ length: Math.floor(random() * 60) }, () => 0.2 + random() * 5);
      const width = 100 + Math.floor(random() * 1500);
      const boxes = justify(aspects, width, 60 + random() * 200, 6);
      if (boxes.length !== aspects.length) found.push('length');
      const rows = [];
      let used = Infinity;
      for (const box of boxes) {  // as a browser wraps them
        if (used + 6 + box.width > width + 0.01) { rows.push([]); used = -6; }
        rows.at(-1).push(box);
        used += 6 + box.width;
      }
      rows.slice(0, -1).forEach((row) => {
        const total = row.reduce((sum, box) => sum + box.width, 6 * (row.length - 1));
        if (total > width + 0.01 || total < width - 2 - row.length * 0.1) found.push(`round ${round}: ${total} of ${width}`);
        if (new Set(row.map((box) => box.height)).size > 1) found.push(`round ${round}: heights`);
      });
    }
    return found;
  });
  assert.deepEqual(bad, []);
});

test('an address and back is the same search', async () => {
  const pairs = await inPage(async () => {
    const { addressOf, emptyQuery, queryOfAddress } = await import('/assets/query_state.js');
    const filter = { tags: { label: ['a=b', 'ä & ?'], trip: ['x'] }, under: ['/with space/+plus', '/b'], added_since: '7d' };
    return [
      emptyQuery('one'),
      { ...emptyQuery('one'), id: 7, like: [1, 2], unlike: [9007199254740], region: { x: 0.1, y: 0.2, width: 0.3, height: 0.4 }, filter },
      { ...emptyQuery('two words'), text: 'a red car; 100 % = & #', filter },
    ].map((query) => [query, queryOfAddress(new URL(addressOf(query), location.href).search)]);
  });
  for (const [query, again] of pairs) assert.deepEqual(again, query);
});

test('nonsense in an address is left out', async () => {
  const query = await inPage(async () => {
    const { queryOfAddress } = await import('/assets/query_state.js');
    return queryOfAddress('?id=-1&like=a,2,0x3&region=0,0,2,2&tag=novalue&tag=__proto__=x');
  });
  assert.equal(query.id, null);
  assert.deepEqual(query.like, [2]);
  assert.equal(query.region, null);
  assert.deepEqual(query.filter.under, []);
});

test('events are found however the stream is cut', async () => {
  const events = await inPage(async () => {
    const { eventsOf } = await import('/assets/events.js');
    const bytes = new TextEncoder().encode('event: progress\ndata: {"a":"ä"}\n\n: waiting\n\nevent: end\r\ndata: 1\r\ndata: 2\r\n\r\n');
    const all = [];
    for (const step of [1, 2, 5, 1000]) {
      const stream = new ReadableStream({ start(controller) {
        for (let at = 0; at < bytes.length; at += step) controller.enqueue(bytes.slice(at, at + step));
        controller.close();
      } });
      const found = [];
      for await (const event of eventsOf(stream)) found.push(event);
      all.push(found);
    }
    return all;
  });
  for (const found of events) assert.deepEqual(found, [{ event: 'progress', data: '{"a":"ä"}' }, { event: 'end', data: '1\n2' }]);
});
