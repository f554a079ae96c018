// Opens a new demonstration country as README says, closes it, opens it once more, and leaves it closed for the
// tests that each begin with a copy (MINBEN_COUNTRY).
//   node tests/browser/fill.mjs FOLDER
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { Country, root } from './lib/country.mjs';
import { scratchFolder } from './lib/scratch.mjs';

const folder = path.resolve(process.argv[2]);
const data = await scratchFolder('filling');

const opened = await Country.start({ data, by: [path.join(root, 'run')] });
console.log(`peopled and open after ${opened.secondsToReady.toFixed(1)} s`);
assert.ok(opened.ready.accounts.length > 5);
assert.equal(await opened.interrupt(), 0);

const again = await Country.start({ data, by: [path.join(root, 'run')] });
console.log(`open again after ${again.secondsToReady.toFixed(2)} s, build check included`);
assert.deepEqual(again.ready.accounts, opened.ready.accounts);
assert.equal((await fetch(`${again.origin}/health`)).status, 200);
assert.equal(await again.interrupt(), 0);

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
await promisify(execFile)('cp', ['-a', path.join(data, 'country'), folder]);
await rm(data, { recursive: true });
