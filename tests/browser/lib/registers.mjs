// What the registers of the demonstration country knew when they began.
import { readFile } from 'node:fs/promises';
import path from 'node:path';

// → [{service, key, keys, value}]: `key` is the first of those that a record is found by
export async function recordsOf(country, agency, service) {
  const file = await readFile(path.join(country.ready.data, 'registers', `${agency}.jsonl`), 'utf8');
  return file.trim().split('\n').map((line) => JSON.parse(line))
    .filter((line) => !service || line.service === service).map((line) => ({ ...line, key: line.keys[0] }));
}
