// A library of drawn pictures, and the program that serves it.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { kPatienceMs } from './patience.mjs';
import { kKinds, picture } from './png.mjs';

export const program = process.env.HASHLENS_PROGRAM;
if (!program) throw new Error('HASHLENS_PROGRAM: the path of hashlens');

/** A name that would be markup where names were not treated as text. */
export const kEvilName = '<img src=x onerror=document.title=1>.png';

/** @param {number} count of pictures */
export function makeLibrary(count = 240) {
  const folder = mkdtempSync(join(tmpdir(), 'hashlens-browser-'));
  const pictures = join(folder, 'pictures');
  const library = join(folder, 'drawn.hashlens');
  for (const kind of kKinds) mkdirSync(join(pictures, kind), { recursive: true });
  for (let number = 0; number < count; ++number) {
    const kind = kKinds[number % kKinds.length];
    writeFileSync(join(pictures, kind, `${kind}-${String(number).padStart(3, '0')}.png`), picture(kind, number));
  }
  writeFileSync(join(pictures, 'discs', kEvilName), picture('discs', 1001));
  for (const kind of kKinds) {
    execFileSync(program, ['index', library, join(pictures, kind), '--tag', `label=${kind}`], { stdio: 'pipe' });
  }
  for (const name of ['uploads', 'more']) mkdirSync(join(folder, name));
  return { folder, pictures, library, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Starts `hashlens serve`. @returns {Promise<{url: string, stop: () => Promise<void>}>} */
export async function serve(library, { listen = '127.0.0.1:0', options = [], env = {} } = {}) {
  const child = spawn(program, ['serve', library, '--listen', listen, '--access-log', 'off', ...options], {
    stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env },
  });
  const ended = new Promise((resolve) => { child.once('exit', resolve); });
  const said = [];
  const url = await new Promise((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      const found = /listening on (http:\/\/\S+)/.exec(line);
      if (found) resolve(found[1].replace(/\/$/, ''));
    });
    ended.then((code) => reject(new Error(`hashlens serve ended (${code}): ${said.join('\n')}`)));
    setTimeout(() => { reject(new Error(`hashlens serve does not listen: ${said.join('\n')}`)); }, kPatienceMs).unref();
  });
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      const hard = setTimeout(() => child.kill('SIGKILL'), kPatienceMs);
      const code = await ended;
      clearTimeout(hard);
      if (code !== 0) throw new Error(`hashlens serve did not end by itself (${code ?? 'killed'}): ${said.join('\n')}`);
    },
  };
}
