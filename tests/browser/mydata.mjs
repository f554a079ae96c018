// A person lets others have their data, in a real browser: a service provider (a program in another language) asks, the
// person grants one of two things and withdraws another while its register is silent; takes data along as a file, and to
// a counter. In both languages, on a phone, and without script once signed in.
//   MINBEN_COUNTRY=… node --test tests/browser/mydata.mjs
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { examine } from './lib/consent_receipt.mjs';
import { Country, program, root } from './lib/country.mjs';
import { exchangeReady } from './lib/exchange_ready.mjs';
import { Look } from './lib/look.mjs';
import * as asOfficer from './lib/officer.mjs';
import { recordsOf } from './lib/registers.mjs';
import { scratchFolder } from './lib/scratch.mjs';
import { Visitor, launch } from './lib/visitor.mjs';

const run = promisify(execFile);
const person = 'API.ris.person', permits = 'API.wda.employment', residence = 'API.nia.residence';
const look = new Look('mydata');
let country, browser, folder, bank, citizen, number;


async function startBank() {
  const port = country.port + 60, own = `http://127.0.0.1:${port}`;
  const file = path.join(folder, 'client.json');
  await writeFile(file, JSON.stringify({ client_id: 'CLI.bank', name: { 'zh-Hant': '示範銀行', en: 'Example Bank' },
    return_urls: [`${own}/back`], notify_url: `${own}/notify`, addresses: ['127.0.0.1'],
    resources: [person, permits, residence], recipient: 'moda', recipient_subsystem: 'casework', purpose_code: 'loan',
    purpose: { 'zh-Hant': '貸款審核', en: 'Deciding on a loan' },
    legal_basis: { 'zh-Hant': '個人資料保護法第20條', en: 'Personal Data Protection Act, Art. 20' } }));
  const { stdout } = await run(program, ['mydata', 'client', 'add', file, '--config',
    path.join(country.data, 'country/platform/serve.toml')]);
  const settings = path.join(folder, 'bank.json');
  await writeFile(settings, JSON.stringify({ ...JSON.parse(stdout.slice(stdout.indexOf('{'))), port,
    return_url: `${own}/back`, mydata: country.origin }));
  const child = spawn('/usr/bin/python3', [path.join(root, 'tests/outside/service_provider/service_provider.py'), settings],
    { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('exit', (code) => reject(new Error(`the service provider ended: ${code}`)));
  });
  return { own, child, ask: (tx, ...resources) => `${own}/start?tx=${tx}&pid=${number}&resources=${resources.join(':')}`,
    get: async (what) => (await fetch(own + what)).json() };
}

before(async () => {
  [country, browser, folder] = await Promise.all([Country.start(), launch(), scratchFolder('mydata')]);
  const { email } = country.ready.accounts.find(({ role }) => role.startsWith('citizen proven'));
  const citizens = (await recordsOf(country, 'ris', 'person')).filter(({ value }) => value.nationality === 'TW');
  number = citizens[5].keys.at(-1); // src/app/demo/seed.cpp; the passport, then the national id
  await exchangeReady(country, 'ris', 'wda');
  bank = await startBank();
  citizen = await Visitor.open({ browser, country, look, language: 'en', name: 'citizen', email });
  await citizen.signInWithCode(email);
  await citizen.withoutScript();
});

after(async () => {
  bank?.child.kill();
  await browser?.close();
  await country?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

// Asks again as long as things are being packed.
async function delivered(tx) {
  for (let i = 0; i < 200; ++i) {
    const got = await bank.get(`/fetch?tx=${tx}`);
    if (got.status !== 429 && got.status !== 400) return got;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.fail(`${tx}: still packing`);
}

async function arrive(tx, ...resources) {
  await citizen.page.goto(bank.ask(tx, ...resources));
  return new URL(citizen.page.url()).pathname.replace(/^\/[^/]+/, '');
}

test('a service provider gets what was granted and no more', async () => {
  const place = await arrive('T1', person, permits);
  for (const language of ['zh-Hant', 'en']) {
    citizen.language = language;
    await citizen.go(place);
  }
  assert.match(await citizen.text(), /Example Bank/);
  await citizen.fill({ [`grant.${person}`]: 'yes' });
  await citizen.follow('button[value=chosen]');
  await citizen.waitFor(place, 'main a[href*="/back?code=200"]');
  const got = await delivered('T1');
  assert.equal(got.status, 200);
  assert.deepEqual(got.codes, { [person]: 200, [permits]: 205 });
  assert.match(got.files[person][`${person}.pdf`], /^JVBERi0/, 'a PDF, in base64');
  const record = JSON.parse(got.files[person][`${person}.json`]);
  assert.deepEqual(Object.keys(record).sort(), ['address_zh', 'birth_date', 'name_zh']);
  await citizen.page.locator('main a[href*="/back?code=200"]').click();
  assert.equal((await bank.get('/state?tx=T1')).code, 200);
  await citizen.go('/usage');
  assert.match(await citizen.text(), /Deciding on a loan/);
});

test('a register that asks for a stronger sign-in gets one, or nothing happens', async () => {
  const place = await arrive('T0', residence);
  await citizen.fill({ [`grant.${residence}`]: 'yes' });
  await citizen.follow('button[value=chosen]');
  assert.match(citizen.page.url(), /sign-in.*strongly/);
  await citizen.go(place);
  assert.equal(await citizen.page.locator('button[value=chosen]').count(), 1, 'still to be answered');
});

test('a refusal of everything is said, and nothing is notified', async () => {
  const place = await arrive('T2', person);
  await citizen.follow('button[value=nothing]');
  await citizen.go(place);
  await citizen.page.locator('main a[href*="/back?code=205"]').click();
  assert.deepEqual(await bank.get('/state?tx=T2'), { code: 205, told: false, unable: null });
});

test('a withdrawal while a register is silent stops the fetch', async () => {
  const { stdout } = await run('pgrep', ['-f', `${country.data}/country/registers/wda.jsonl`]);
  const pid = Number(stdout.trim().split('\n')[0]);
  assert.ok(pid > 1);
  let watching;
  process.kill(pid, 'SIGSTOP');
  try {
    const place = await arrive('T3', person, permits);
    await citizen.fill({ [`grant.${person}`]: 'yes', [`grant.${permits}`]: 'yes' });
    await citizen.follow('button[value=chosen]');
    await citizen.go(place);
    const early = await bank.get('/fetch?tx=T3');
    assert.ok(early.status === 429 || early.status === 400, `still packing: ${early.status}`);
    watching = await citizen.again({ language: 'en', name: 'watching' });
    await watching.go(place);
    assert.equal(await watching.page.locator('#request-now .govuk-tag', { hasText: 'Withdrawn' }).count(), 0);
    const link = citizen.page.locator('main a[href*="/consents/"]').filter({ hasText: 'Work permits held' });
    await citizen.follow(link);
    await citizen.follow('main a[href$="/withdraw"]');
    await citizen.submit('/withdraw');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  const got = await delivered('T3');
  assert.deepEqual(got.codes, { [person]: 200, [permits]: 205 });
  // The page in the other window has followed along, without having been loaded again.
  await watching.page.locator('#request-now .govuk-tag', { hasText: 'Withdrawn' }).waitFor();
  await watching.rest();
});

test('as a file, with a passphrase that is shown once', async () => {
  await citizen.go('/data-requests');
  await citizen.submit('/data-requests', { status: 422 });
  await citizen.fill({ resource: person, mode: 'download' });
  await citizen.submit('/data-requests');
  const place = new URL(citizen.page.url()).pathname.replace(/^\/[^/]+/, '');
  await citizen.fill({ [`grant.${person}`]: 'yes' });
  await citizen.follow('button[value=chosen]');
  await citizen.waitFor(place, 'main form[action$="/file"]');
  await citizen.submit('/file');
  assert.match(await citizen.text('#passphrase'), /^([a-z2-9]{4}-){4}[a-z2-9]{4}$/);
  const file = await citizen.download('main a[href$="/file"]');
  assert.ok(file.content.subarray(0, 2).equals(Buffer.from('PK')));
  assert.ok(!file.content.includes('birth_date'), 'encrypted');
});

test('at a counter, with a barcode and a code that the person tells', async () => {
  await citizen.go('/data-requests', { look: false });
  await citizen.fill({ resource: person, mode: 'counter', agency: 'wda' });
  await citizen.submit('/data-requests', { look: false });
  const place = new URL(citizen.page.url()).pathname.replace(/^\/[^/]+/, '');
  await citizen.fill({ [`grant.${person}`]: 'yes' });
  await citizen.follow('button[value=chosen]', { look: false });
  await citizen.waitFor(place, 'main form[action$="/barcode"]');
  await citizen.submit('/barcode');
  const digits = await citizen.text('#barcode');
  const email = 'officer@wda.example';
  const clerk = await Visitor.open({ browser, country, look, language: 'zh-Hant', name: 'clerk', email });
  await asOfficer.signIn(clerk);
  await clerk.go('/desk/counter');
  const since = Date.now() - 1000;
  await clerk.fill({ barcode: digits });
  await clerk.submit('/desk/counter');
  await clerk.fill({ code: await country.mailedCode(citizen.email, since) });
  const file = await clerk.download('main form button');
  assert.ok(file.content.includes('birth_date'));
});

test('a use is questioned, and the agency answers in time', async () => {
  await citizen.go('/usage', { look: false });
  const link = citizen.page.locator('main a[href^="/en/usage/"][href$="/question"]').first();
  const form = (await link.getAttribute('href')).replace(/^\/[^/]+/, '');
  for (const language of ['zh-Hant', 'en']) {
    citizen.language = language;
    await citizen.go(form);
  }
  await citizen.submit('/question', { status: 422 });
  await citizen.fill({ text: 'I never was at a counter of yours.' });
  await citizen.submit('/question');
  const place = new URL(citizen.page.url()).pathname.replace(/^\/[^/]+/, '');
  assert.match(await citizen.text('h1'), /^Question Q\d{3}-\d{8}$/);

  const email = 'privacy@wda.example';
  const officer = await Visitor.open({ browser, country, look, language: 'en', name: 'protection', email });
  await asOfficer.signIn(officer);
  const desk = `/desk${place}`;
  for (const language of ['zh-Hant', 'en']) {
    officer.language = language;
    await officer.go('/desk/questions');
    await officer.go(desk);
  }
  assert.match(await officer.text(), /I never was at a counter of yours/);
  await officer.submit('/answer', { status: 422 });
  await officer.fill({ reason: 'The counter keeps its book on paper.' });
  await officer.submit('/extend');
  await officer.fill({ outcome: 'justified', text: 'The file was handed over on your code.' });
  await officer.submit('/answer');

  for (const language of ['zh-Hant', 'en']) {
    citizen.language = language;
    await citizen.go('/questions');
    await citizen.go(place);
  }
  assert.match(await citizen.text(), /The file was handed over on your code/);
  assert.match(await citizen.text(), /The counter keeps its book on paper/);
  await citizen.fill({ text: 'Now I remember.' });
  await citizen.submit('/message');
  await citizen.submit('/close');
  assert.match(await citizen.text(), /Closed/);
});

test('the lists of uses and of consents are taken along as files', async () => {
  await citizen.go('/usage?agency=wda', { look: false });
  const table = (await citizen.download('main a[href*="/usage/csv"]')).content.toString('utf8');
  assert.ok(table.startsWith('\ufeff"time","record",'), 'with a byte order mark');
  const uses = JSON.parse((await citizen.download('main a[href*="/usage/json"]')).content.toString('utf8'));
  assert.equal(uses.complete, true);
  assert.ok(uses.uses.length > 0 && uses.uses.every(({ agency }) => agency === 'wda'), 'as filtered');
  assert.equal(table.trim().split('\r\n').length, uses.uses.length + 1);
  await citizen.go('/consents', { look: false });
  const { consents } = JSON.parse((await citizen.download('main a[href$="/consents/json"]')).content.toString('utf8'));
  assert.ok(consents.some(({ state }) => state === 'withdrawn'));
  assert.ok(consents.every(({ changes }) => changes.every(({ ledger }) => ledger === null || ledger.index >= 0)));
  for (const language of ['zh-Hant', 'en']) {
    citizen.language = language;
    await citizen.go('/usage/delays');
  }
});

test('receipts of consents hold what ISO/IEC TS 27560 asks for, and others can check them', async () => {
  await citizen.go('/consents', { look: false });
  const { consents } = JSON.parse((await citizen.download('main a[href$="/consents/json"]')).content.toString('utf8'));
  for (const wanted of ['granted', 'withdrawn']) {
    const { consent } = consents.find(({ state }) => state === wanted);
    await citizen.go(`/consents/${consent}`, { look: false });
    const file = await citizen.download('main a[href$="/receipt"]');
    const receipt = await examine(country, file.content.toString('utf8'));
    assert.equal(receipt.record_id, consent);
    assert.equal(receipt.events.at(-1).event_state, wanted);
  }
});

test('which registers answer is public, in both languages', async () => {
  for (const language of ['zh-Hant', 'en']) {
    citizen.language = language;
    await citizen.go('/mydata');
    await citizen.go('/mydata/service-providers');
    await citizen.go('/data-requests/refused?code=404', { status: 404 });
  }
  const list = await (await fetch(`${country.origin}/find_all_resources`)).json();
  assert.deepEqual(list.map(({ resource_id: id }) => id), [residence, person, permits]);
});

test('pages were without violations, errors of script and scrolling sideways', () => {
  assert.deepEqual(look.faults, []);
});
