// The pages of one gateway of a running country, in a real browser: signing in, how it did, a decision that nobody asked
// for, the level of its log; with script and without, in both languages, on a phone; and what is refused.
//   MINBEN_COUNTRY=… node --test tests/browser/gateway.mjs
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Country } from './lib/country.mjs';
import { Look } from './lib/look.mjs';
import { Visitor, launch } from './lib/visitor.mjs';

let country, browser, nia;
const look = new Look('gateway');

const agencies = ['ris', 'nia', 'wda', 'boca', 'nstc', 'moda']; // in the order of their ports
const clientSide = (member) => `http://127.0.0.1:${country.port + 10 + agencies.indexOf(member)}`;
const state = (member, file) => path.join(country.data, 'country/exchange/members', member, 'state', file);

async function until(comesTrue) {
  for (let i = 0; i < 450; ++i) {
    if (await comesTrue().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail('not within three quarters of a minute');
}

before(async () => {
  [country, browser] = await Promise.all([Country.start(), launch()]);
  nia = { origin: clientSide('nia') };
  const token = (await readFile(path.join(country.data, 'country/platform/wda.token'), 'utf8')).trim();
  const ask = (service, purpose) => fetch(`${clientSide('wda')}/r1/MINBEN/GOV/nia/register/${service}`, { headers: {
    'X-Road-Client': 'MINBEN/GOV/wda/casework', 'Minben-Token': token, 'Minben-Purpose': purpose } });
  await until(async () => (await ask('listMethods', 'x')).status === 200); // gateways look for a new configuration twice a minute
  for (let i = 0; i < 11; ++i) assert.equal((await ask('listMethods', 'x')).status, 200);
  for (let i = 0; i < 4; ++i) assert.equal((await ask('residence/AC00000000', 'curiosity')).status, 403);
});

after(async () => {
  await browser?.close();
  await country?.stop();
});

async function signIn(visitor) {
  await visitor.go('/gateway'); // leads on to signing in
  assert.match(visitor.page.url(), /\/gateway\/sign-in$/);
  await visitor.fill({ secret: 'not this one' });
  await visitor.submit('/sign-in', { status: 422 });
  await visitor.fill({ secret: await readFile(state('nia', 'admin.token'), 'utf8') });
  await visitor.submit('/sign-in');
}

async function walk(visitor) {
  await signIn(visitor);
  const text = await visitor.text();
  for (const expected of ['MINBEN/GOV/nia/register/listMethods', 'purpose_not_allowed', 'minben.gateway/nia'])
    assert.ok(text.includes(expected), `${expected} in\n${text}`);
  assert.ok(!text.includes('AC00000000'), 'nobody\'s number');
  await visitor.follow('main table a[href*="listMethods"]');
  assert.ok((await visitor.text('main figcaption')).includes('listMethods'));
  await visitor.follow('nav a[href$="/gateway/trace"]');
  await visitor.fill({ consumer: 'MINBEN/GOV/wda/casework', service: 'MINBEN/GOV/nia/register/residence', path: '/x',
    purpose: 'curiosity' });
  await visitor.submit('/trace');
  assert.ok((await visitor.text('section')).includes('purpose_not_allowed'));
  await visitor.fill({ service: 'MINBEN/GOV/wda/register/permits' });
  await visitor.submit('/trace', { status: 422 });
  await visitor.go('/gateway', { look: false });
  await visitor.fill({ level: 'debug', minutes: '5' });
  await visitor.submit('/log-level');
  assert.ok((await visitor.text()).includes('debug'));
  await visitor.follow('header form button');
  await visitor.go('/gateway', { look: false });
  assert.match(visitor.page.url(), /\/sign-in$/, 'signed out');
}

test('in English, with script allowed', async () => {
  await walk(await Visitor.open({ browser, country: nia, look, language: 'en', name: 'en' }));
});

test('in Chinese, without script, by the keyboard', async () => {
  const visitor = await Visitor.open({ browser, country: nia, look, language: 'zh-Hant', name: 'plain' });
  await visitor.withoutScript();
  await walk(visitor);
  await visitor.page.keyboard.press('Tab');
  const first = await visitor.page.locator(':focus').getAttribute('href');
  assert.equal(first, '#main-content', 'the first stop leads past the head');
});

// Node's fetch does not let a caller choose Host.
const asked = (headers) => new Promise((resolve, reject) => {
  request(`${nia.origin}/en/gateway/sign-in`, { headers }, (answer) => { answer.resume(); resolve(answer.statusCode); })
    .on('error', reject).end();
});

test('pages elsewhere cannot be led here', async () => {
  assert.equal(await asked({ host: 'evil.example' }), 403);
  assert.equal(await asked({ host: 'localhost.evil.example' }), 403);
  assert.equal(await asked({ host: '127.0.0.1.evil.example' }), 403);
  for (const host of ['localhost:7001', '127.0.0.1', '[::1]:7001']) assert.equal(await asked({ host }), 200, host);
});

test('other portals reach the list of uses under its rule', async () => {
  const token = (await readFile(path.join(country.data, 'country/platform/ris.token'), 'utf8')).trim();
  const ask = async (what, purpose) => {
    const answer = await fetch(`${clientSide('ris')}/r1/MINBEN/GOV/moda/register/usage/v2/${what}`, { headers: {
      'X-Road-Client': 'MINBEN/GOV/ris/casework', 'X-Road-UserId': 'Z987654321', 'Minben-Token': token,
      'Minben-Purpose': purpose } });
    return answer.json();
  };
  assert.deepEqual(await ask('heartbeat', 'usage-list'), { status: 'OK', message: 'API is ready' });
  assert.match((await ask('usagePeriod', 'usage-list')).periodStart, /^2\d{3}-\d\d-\d\dT/);
  const { totalUsages, usages } = await ask('findUsage?userCode=Z987654321', 'usage-list');
  assert.deepEqual({ totalUsages, usages }, { totalUsages: 0, usages: [] }, 'nobody here');
  assert.equal((await ask('findUsage?userCode=A123456789', 'usage-list')).type, 'urn:minben:problem:other_person');
  assert.equal((await ask('heartbeat', 'curiosity')).type, 'urn:minben:problem:purpose_not_allowed');
});

test('no page had a fault', () => assert.deepEqual(look.faults, []));
