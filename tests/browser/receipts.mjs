// node receipts.mjs CASES MANIFEST: gives each receipt of the cases, and each file of receipts, to the verifier that
// browsers run, as it was built, and compares its verdict with the one beside it
// (tests/foundation/ledger/browser_test.cpp).
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [cases, manifest] = process.argv.slice(2);
const built = path.join(path.dirname(manifest), JSON.parse(await readFile(manifest, 'utf8'))['receipts.js']);
const { checkReceipt, checkReceipts, isReceiptsFile } = await import(pathToFileURL(built).href);

const enough = (quorum) => quorum ? 'enough' : 'short';
const witnessed = ({ seen, all, quorum }) => `, ${seen} of ${all} ${enough(quorum)}`;
const ofOne = (verdict) => verdict.valid
  ? `valid ${verdict.index} of ${verdict.size}${verdict.witnesses ? witnessed(verdict.witnesses) : ''}`
  : `${verdict.part}: ${verdict.code}`;

function ofMany(verdict) {
  if (!verdict.valid) {
    const { at, part, code, missing: { first, last } = { first: 0, last: 0 } } = verdict;
    return `${at} ${part}: ${code} ${first}-${last}`;
  }
  const { type, entries, items, witnesses } = verdict;
  const numbers = items.map(({ number, receipt }) => ` ${number}${receipt ? '' : 'x'}`).join('');
  return `valid ${type} of ${entries}:${numbers}${witnesses ? `, ${witnesses.seen} ${enough(witnesses.quorum)}` : ''}`;
}

const all = JSON.parse(await readFile(cases, 'utf8'));
let differ = 0, slowest = 0;
for (const { text, key, policy, verdict } of all) {
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  const begin = performance.now();
  const found = isReceiptsFile(bytes) ? ofMany(await checkReceipts(bytes, key, policy)) : ofOne(await checkReceipt(bytes, key, policy));
  slowest = Math.max(slowest, performance.now() - begin);
  if (found === verdict) continue;
  if (++differ <= 10) console.error(`here ${found}, in C++ ${verdict}:\n${Buffer.from(bytes).toString().slice(0, 1500)}\n`);
}
assert.equal(differ, 0, `${differ} of ${all.length} verdicts differ`);
console.log(`${all.length} verdicts agree, the slowest after ${Math.round(slowest)} ms`);
