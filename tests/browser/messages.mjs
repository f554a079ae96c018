// An event goes through a running country: a clerk changes an address in the household register, and the register of work
// permits hears of it, by pseudonym, through both gateways, on whose pages the delivery stands.
// docs/messages.md, "Try it".
//   MINBEN_COUNTRY=… node --test tests/browser/messages.mjs
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Country } from './lib/country.mjs';
import { Look } from './lib/look.mjs';
import { recordsOf } from './lib/registers.mjs';
import { Visitor, launch } from './lib/visitor.mjs';

let country, browser, person, number; // the passport's and the national id of somebody whom both registers know
const look = new Look('messages');
const agencies = ['ris', 'nia', 'wda', 'boca', 'nstc', 'moda']; // in the order of their ports
const at = (offset, member) => `http://127.0.0.1:${country.port + offset + agencies.indexOf(member)}`;
const gatewayOf = (member) => at(10, member);
const registerOf = (member) => at(30, member);
const file = (...names) => path.join(country.data, 'country', ...names);

before(async () => {
  [country, browser] = await Promise.all([Country.start(), launch()]);
  const [first] = await recordsOf(country, 'wda');
  [person, number] = first.keys;
});

after(async () => {
  await browser?.close();
  await country?.stop();
});

async function until(what, holds) {
  for (let i = 0; i < 900; ++i) {
    const found = await holds().catch(() => undefined);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const statuses = await Promise.all(['ris', 'wda'].map(async (member) =>
    (await fetch(`${registerOf(member)}/status`)).text().catch(String)));
  return assert.fail(`${what}: not within a minute and a half; ${statuses.join(' ')}`);
}

// The clerk has the card before them, the other agency knows the passport: it is one record.
const move = (address) => fetch(`${registerOf('ris')}/counter/person/${number}`,
  { method: 'PATCH', body: JSON.stringify({ address_zh: address }) });

const notice = async () => {
  const answer = await fetch(`${registerOf('wda')}/notices/${person}`);
  return answer.ok ? answer.json() : undefined;
};

async function operatorsPage(member) {
  const visitor = await Visitor.open({ browser, country: { origin: gatewayOf(member) }, look, language: 'en', name: member });
  try {
    await visitor.go('/gateway');
    await visitor.fill({ secret: await readFile(file('exchange/members', member, 'state/admin.token'), 'utf8') });
    await visitor.submit('/sign-in');
    return await visitor.text();
  } finally {
    await visitor.context.close();
  }
}

test('a change at the counter is heard of at the other agency, and nothing more than it may know', async () => {
  assert.equal((await move('臺南市中西區民權路二段 30 號')).status, 200);
  const heard = await until('the change', notice);
  assert.deepEqual(Object.keys(heard).sort(), ['at', 'changed', 'district_zh']);
  assert.deepEqual([heard.changed, heard.district_zh], [['address_zh'], '臺南市']);
});

test('each delivery is an exchange on the pages of both gateways', async () => {
  for (const member of ['ris', 'wda']) {
    const text = await until(`the page of ${member}`, async () => {
      const page = await operatorsPage(member);
      return page.includes('MINBEN/GOV/ris/register/household-changes') ? page : undefined;
    });
    for (const one of [person, number]) assert.ok(!text.includes(one), 'nobody\'s number');
  }
});

test('nobody without a rule gets any', async () => {
  const token = (await readFile(file('platform', 'nia.token'), 'utf8')).trim();
  const answer = await fetch(`${gatewayOf('nia')}/r1/MINBEN/GOV/ris/register/api/v1/subs/household-changes`, {
    method: 'POST', body: JSON.stringify({ eventType: 'household-changes', delivery: 'PULL' }), headers: {
      'Content-Type': 'application/json', 'X-Road-Client': 'MINBEN/GOV/nia/casework', 'Minben-Token': token,
      'Minben-Purpose': 'address-upkeep' } });
  assert.equal(answer.status, 403);
});

test('no page was found wanting', () => assert.deepEqual(look.faults, []));
