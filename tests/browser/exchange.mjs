// Two new agencies join the data exchange beside a running country and one asks the other, as
// docs/exchange-onboarding.md tells it: commands on their machines, an officer of the exchange in a real browser, a call
// by curl's means. Then a certificate is revoked, and everything survives a restart of the country.
//   MINBEN_COUNTRY=… node --test tests/browser/exchange.mjs
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Country, program } from './lib/country.mjs';
import { Look } from './lib/look.mjs';
import * as asOfficer from './lib/officer.mjs';
import { scratchFolder } from './lib/scratch.mjs';
import { Visitor, launch } from './lib/visitor.mjs';

const run = promisify(execFile);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const running = [];
let country, browser, folder, register, ports;

before(async () => {
  [country, browser, folder] = await Promise.all([Country.start(), launch(), scratchFolder('agencies')]);
  ports = country.port + 45; // above those of the country
  register = createServer((request, response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ name: '林小明', dose: 2, ward: '3B' }));
  });
  await new Promise((resolve) => register.listen(0, '127.0.0.1', resolve));
});

after(async () => {
  for (const child of running) child.kill('SIGTERM');
  register?.close();
  await browser?.close();
  await country?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const home = (member) => path.join(folder, member);

// → {code, text}
const gateway = (...words) => run(program, ['gateway', ...words])
  .then(({ stdout }) => ({ code: 0, text: stdout }), ({ code, stdout, stderr }) => ({ code, text: stdout + stderr }));

const init = (member, number, ...more) => gateway('init', home(member), '--registry', country.origin,
  '--member', member, '--name', '衛生福利部國民健康署', '--name-en', `Agency ${member}`,
  '--url', `https://localhost:${ports + 10 + number}`, '--client-port', String(ports + number), ...more);

const fingerprintIn = (text) => /of your request\s+((?:[0-9a-f]{4} ?){8})/.exec(text)[1].trim();

function start(member) {
  const child = spawn(program, ['gateway', '--config', path.join(home(member), 'gateway.json')], { stdio: 'ignore' });
  running.push(child);
  return child;
}

async function ready(number) {
  for (let i = 0; i < 100; ++i) {
    const answer = await fetch(`http://127.0.0.1:${ports + number}/health`).catch(() => undefined);
    if (answer?.ok) return;
    await pause(100);
  }
  assert.fail(`the gateway on port ${ports + number} did not start`);
}

async function call() {
  const token = (await readFile(path.join(home('moe'), 'tokens/casework.token'), 'utf8')).trim();
  return fetch(`http://127.0.0.1:${ports + 1}/r1/MINBEN/GOV/hpa/register/vaccinations/A123456789`, { headers: {
    'X-Road-Client': 'MINBEN/GOV/moe/casework', 'Minben-Purpose': 'school-entry', 'Minben-Token': token } });
}

const description = {
  openapi: '3.0.3', info: { title: 'Vaccinations', version: '1' },
  paths: { '/{number}': { get: { responses: { 200: { description: 'the record', content: { 'application/json': {
    schema: { type: 'object', properties: { name: { type: 'string' }, dose: { type: 'integer' } } } } } } } } } },
};

const status = async (number) => (await fetch(`http://127.0.0.1:${ports + number}/status`)).json();

// Asks again until it holds, for a minute.
async function soon(what, holds) {
  for (let i = 0; i < 240; ++i) {
    if (await holds().catch(() => false)) return;
    await pause(250);
  }
  assert.fail(what);
}

// A gateway that looks often, so that nobody has to wait.
async function impatient(member) {
  const file = path.join(home(member), 'gateway.json');
  const config = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify({ ...config, refresh_s: 1, key_overlap_s: 1 }), { mode: 0o600 });
}

// New keys, which the running gateway takes up; the other one hears of them by itself.
async function renew(member, number) {
  const before = (await status(number)).keys;
  const renewed = await gateway('renew', home(member));
  assert.equal(renewed.code, 0, renewed.text);
  assert.match(renewed.text, /Approved/);
  await soon('the new keys are not taken up', async () => {
    const { keys } = await status(number);
    return keys.seal.serial !== before.seal.serial && keys.tls.serial !== before.tls.serial && keys.next === '';
  });
  await soon('no call is answered', async () => (await call()).status === 200);
  assert.equal((await gateway('doctor', home(member))).code, 0);
}

// After the seal key was stolen: it vouches for nothing, so an officer has to.
async function recover(officer, member, number) {
  const before = (await status(number)).keys.seal.serial;
  const asked = await gateway('renew', home(member));
  assert.equal(asked.code, 1, asked.text);
  await approve(officer, /with them:\s+((?:[0-9a-f]{4} ?){8})/.exec(asked.text)[1].trim());
  assert.equal((await gateway('join', home(member))).code, 0);
  await soon('the new keys are not taken up', async () => (await status(number)).keys.seal.serial !== before);
  await soon('no call is answered', async () => (await call()).status === 200);
}

// The platform takes the usage record of a gateway that it did not know when it was started.
async function delivered() {
  let usage;
  for (let i = 0; i < 100; ++i) {
    ({ usage } = await (await fetch(`http://127.0.0.1:${ports}/status`)).json());
    if (usage.delivered === 1 && usage.waiting === 0) return;
    await pause(100);
  }
  assert.fail(JSON.stringify(usage));
}

async function approve(officer, fingerprint) {
  await officer.go('/desk/exchange');
  const id = fingerprint.replaceAll(' ', '');
  await officer.follow(`main a[href*="/exchange/requests/${id}"]`);
  assert.ok((await officer.text()).includes(fingerprint), 'what the agency reads aloud stands on the page');
  await officer.submit('/approve', { status: 422 });
  await officer.fill({ compared: 'yes' });
  await officer.submit('/approve');
}

async function addServiceAndRule(officer) {
  await officer.go('/desk/exchange/services');
  await officer.fill({ provider: 'MINBEN/GOV/hpa/register', code: 'vaccinations', title_zh: '預防接種紀錄',
    title_en: 'Vaccinations', about_a_person: 'yes' });
  await officer.submit('/exchange/services', { status: 422 }); // without its description
  await officer.fill({ openapi: { name: 'openapi.json', mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(description)) } });
  await officer.submit('/exchange/services'); // leads on to the rules
  await officer.fill({ consumer: 'MINBEN/GOV/moe/casework', service: 'MINBEN/GOV/hpa/register/vaccinations',
    purposes: 'school-entry', basis: 'law' });
  await officer.submit('/exchange/rules', { status: 422 }); // without the article
  await officer.fill({ legal_basis: '傳染病防治法 §27' });
  await officer.submit('/exchange/rules');
}

// A rule for a group lets in whoever the group holds at that moment.
async function makeGroup(officer, plain) {
  await officer.go('/desk/exchange/groups');
  await officer.fill({ code: 'schools', name_zh: '學校', name_en: 'Schools' });
  await officer.submit('/exchange/groups', { status: 422 }); // without anybody in it
  await officer.fill({ subsystems: 'MINBEN/GOV/moe/casework' });
  await officer.submit('/exchange/groups');
  await officer.go('/desk/exchange/rules');
  await officer.fill({ consumer: 'group:schools', service: 'MINBEN/GOV/hpa/register/vaccinations',
    purposes: 'statistics', basis: 'law', legal_basis: '傳染病防治法 §27' });
  await officer.submit('/exchange/rules');
  await plain.go('/desk/exchange/groups');
  await plain.follow('main a[href$="/groups/schools"]');
  await plain.fill({ subsystems: 'MINBEN/GOV/hpa/register' });
  await plain.submit('/groups/schools');
  assert.ok((await plain.text()).includes('MINBEN/GOV/hpa/register'));
}

test('two agencies join and one asks the other', async () => {
  const began = Date.now();
  const look = new Look('exchange');
  const hpa = await init('hpa', 0, '--subsystem', 'register', '--serve',
    `register/vaccinations=http://127.0.0.1:${register.address().port}`);
  const moe = await init('moe', 1, '--subsystem', 'casework');
  for (const made of [hpa, moe]) assert.equal(made.code, 0, made.text);
  assert.match(hpa.text, /was sent to the registry/);
  assert.equal((await gateway('join', home('hpa'))).code, 1, 'not before it is approved');
  const early = await gateway('doctor', home('hpa'));
  assert.equal(early.code, 2);
  assert.match(early.text, /certificate_missing/);
  assert.match(early.text, /not_a_member/);

  const visitor = { browser, country, look, email: 'exchange@moda.example' };
  const officer = await Visitor.open({ ...visitor, language: 'en', name: 'operator' });
  await asOfficer.signIn(officer);
  await approve(officer, fingerprintIn(hpa.text));
  const plain = await officer.again({ language: 'zh-Hant', name: 'operator-zh' });
  await plain.withoutScript();
  await approve(plain, fingerprintIn(moe.text));
  await addServiceAndRule(officer);

  const joined = await gateway('join', home('hpa'));
  assert.equal(joined.code, 0, joined.text);
  for (const [number, member] of ['hpa', 'moe'].entries()) {
    if (member === 'hpa') await impatient(member);
    start(member); // the second one takes its certificates by itself
    await ready(number);
  }
  const answer = await call();
  assert.equal(answer.status, 200, await answer.clone().text());
  assert.deepEqual(await answer.json(), { name: '林小明', dose: 2 }, 'what was not described does not leave');
  console.log(`from nothing to the first call in ${((Date.now() - began) / 1000).toFixed(1)} s`);

  await delivered();
  for (const member of ['hpa', 'moe']) {
    const examined = await gateway('doctor', home(member));
    assert.equal(examined.code, 0, examined.text);
  }

  await renew('hpa', 0);

  await officer.go('/desk/exchange/revocations');
  await officer.go('/desk/exchange/services');
  await makeGroup(officer, plain);
  await officer.go('/desk/exchange/members/hpa');
  await officer.follow('main a[href$="/gateways/gw1/end"]');
  await plain.go('/desk/exchange/members/hpa');
  await plain.follow('main a[href*="/certificates/"]');
  const own = new URL(plain.page.url()).pathname.replace(/^\/[^/]+/, '');
  await plain.submit(own, { status: 422 });
  await plain.fill({ reason: 'key_compromise' });
  await plain.submit(own);
  const revoked = await gateway('doctor', home('hpa'));
  assert.equal(revoked.code, 2);
  assert.match(revoked.text, /certificate_revoked/);
  const list = await (await fetch(`${country.origin}/exchange/revocation-list`)).text();
  assert.match(list, /BEGIN X509 CRL/);
  await recover(officer, 'hpa', 0);
  assert.deepEqual(look.faults, []);
});

test('the exchange survives a restart of the country', async () => {
  const version = async () => JSON.parse(await (await fetch(`${country.origin}/exchange/configuration`)).text()).content;
  const earlier = await version();
  assert.equal(await country.interrupt(), 0);
  assert.equal((await call()).status, 200, 'gateways go on while the registry is away');
  await country.launch();
  const later = await version();
  assert.ok(later.version >= earlier.version);
  for (const member of ['nia', 'hpa', 'moe'])
    assert.ok(later.members.some(({ code }) => code === member), `${member} is still a member`);
  assert.equal((await call()).status, 200);
});

test('the registry signs with a new key, and gateways follow', async () => {
  const config = path.join(country.data, 'country/platform/serve.toml');
  const key = (...words) => run(program, ['registry', 'key', ...words, '--config', config])
    .then(({ stdout }) => ({ code: 0, text: stdout }), ({ code, stdout, stderr }) => ({ code, text: stdout + stderr }));
  const told = async () => (await (await fetch(`${country.origin}/exchange/registry`)).json()).fingerprint;
  const first = await told();
  assert.equal((await key('change')).code, 1, 'nothing is announced');
  assert.equal((await key('announce')).code, 0);
  assert.match((await key('change')).text, /announced_lately/);
  assert.equal((await key('change', '--at-once')).code, 0);
  assert.match((await key('status')).text, /earlier[^]*signs now/);
  assert.equal(await country.interrupt(), 0);
  await country.launch(); // running nodes would publish within the hour
  assert.notEqual(await told(), first);
  const { content } = await (await fetch(`${country.origin}/exchange/configuration`)).json();
  assert.equal(content.handovers.length, 1);
  await soon('the gateway does not follow', async () => (await status(0)).configuration.version >= content.version);
});
