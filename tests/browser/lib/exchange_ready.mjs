// Gateways of a country that goes on at new ports look for the new configuration twice a minute: waits until the
// platform's own can ask these members' registers.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

export async function exchangeReady(country, ...providers) {
  const token = (await readFile(path.join(country.ready.data, 'platform/moda.token'), 'utf8')).trim();
  const gateway = `http://127.0.0.1:${Number(new URL(country.origin).port) + 15}`;
  for (const provider of providers)
    for (let i = 0; ; ++i) {
      const answer = await fetch(`${gateway}/r1/MINBEN/GOV/${provider}/register/listMethods`, { headers: {
        'X-Road-Client': 'MINBEN/GOV/moda/casework', 'Minben-Token': token, 'Minben-Purpose': 'x' } }).catch(() => undefined);
      if (answer?.status === 200) break;
      assert.ok(i < 450, `no answer of ${provider} through the exchange: ${answer?.status}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
}
