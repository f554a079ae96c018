// A consent receipt looked at by others: its form by a JSON Schema validator, its signature by the cryptography of this
// runtime. Written from docs/schemas/consent-receipt.schema.json alone.
import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { root } from './country.mjs';

const schema = JSON.parse(await readFile(path.join(root, 'docs/schemas/consent-receipt.schema.json'), 'utf8'));
const ajv = addFormats(new Ajv.default({ allErrors: true }));
const fits = ajv.compile(schema);

// RFC 8785 for what receipts hold: objects, lists, texts, whole numbers and truth values. Names are ASCII.
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}

// → what is wrong with it: [] = nothing
export function faultsOf(file) {
  return fits(file) ? [] : fits.errors.map(({ instancePath, message }) => `${instancePath} ${message}`);
}

// `key`: the platform's, raw, base64url, as the exchange's configuration publishes it
export function isSignedBy(file, key) {
  const own = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key }, format: 'jwk' });
  const fingerprint = createHash('sha256').update(own.export({ type: 'spki', format: 'der' })).digest('hex');
  const bytes = Buffer.from(`minben-consent-receipt/1\n${canonical(file.receipt)}`);
  return file.signature.key === fingerprint && verify(null, bytes, own, Buffer.from(file.signature.value, 'base64'));
}

export async function examine(country, content) {
  const file = JSON.parse(content);
  assert.deepEqual(faultsOf(file), []);
  const { content: { consent_key: key } } = await (await fetch(`${country.origin}/exchange/configuration`)).json();
  assert.ok(isSignedBy(file, key), 'signed by the platform');
  // The same examination refuses what is not so.
  const changed = structuredClone(file);
  changed.receipt.pii_processing.purposes[0].purpose.en += '!';
  assert.ok(!isSignedBy(changed, key), 'another purpose');
  delete changed.receipt.pii_processing.purposes[0].withdrawal_method;
  changed.receipt.events[0].event_time = 'yesterday';
  assert.equal(faultsOf(changed).length, 2);
  return file.receipt;
}
