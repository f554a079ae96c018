// Two nodes of the platform on one database: people use either, one is killed, the ledger stays one history, and goes
// on with another key while both are running.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { sql } from './lib/checks.mjs';
import { Country, program } from './lib/country.mjs';
import { Applicant, pause } from './lib/people.mjs';
import { processesOf } from './lib/processes.mjs';
import { recordsOf } from './lib/registers.mjs';
import { startSecondNode } from './lib/second_node.mjs';

const run = promisify(execFile);
let country, second;
const platform = () => path.join(country.ready.data, 'platform');
async function eventually(check, why = () => '') {
  for (const until = Date.now() + 60_000; ; await pause(200)) {
    try { if (await check()) return; } catch (error) { if (Date.now() > until) throw error; }
    if (Date.now() > until) throw new Error(`never came: ${why()}`);
  }
}

let people = 0;
// Somebody signs in and applies at this node. → the case
async function apply(portal) {
  const records = (await recordsOf(country, 'ris', 'person')).filter(({ value }) => !value.household_registered);
  const world = { ready: { ...country.ready, portal }, run: `nodes-${process.pid}`, saw: () => {},
    residents: records.map((record) => record.key) };
  const person = new Applicant(world, people++);
  await person.signIn('/en');
  await person.makePasskey();
  return person.apply();
}

const number = async (query) => Number((await sql(country, query))[0][0]);
const waiting = () => number('select count(*) from ledger.entry where log_index is null');
const inLog = (log) => number(`select count(*) from ledger.entry where log_number = ${log} and log_index is not null`);
// Cases go on meanwhile, and cosignatures come a moment later: what is compared is what the log itself says, at rest.
const shown = async (portal, log) => (await (await fetch(`${portal}${log}/checkpoint`)).text()).split('\n\n')[0];
const sameOnBoth = (log) => eventually(async () => await shown(second.portal, log) === await shown(country.origin, log));
const key = async (portal, log = '/ledger') => (await (await fetch(`${portal}${log}/vkey`)).text()).trim();
const rotate = (...words) => run(program, ['ledger', 'rotate', '--config', path.join(platform(), 'serve.toml'), ...words]);

before(async () => {
  country = await Country.start();
  second = await startSecondNode(country);
});
after(async () => {
  second?.process.kill('SIGKILL');
  await country?.stop();
});

test('both nodes answer for the rows of all tables, and the doctor sees when one cannot', async () => {
  const get = async (portal, address) => (await fetch(portal + address)).json();
  const dataset = await get(country.origin, '/api/3/action/package_show?id=company-registrations-2024');
  const table = dataset.result.resources[0].id;
  await eventually(async () => { // the second node's index follows
    const [one, other] = await Promise.all([country.origin, second.portal].map((portal) =>
      get(portal, `/api/3/action/datastore_search?resource_id=${table}`)));
    assert.equal(one.result.total, 264);
    assert.deepEqual(other.result.records, one.result.records);
    return true;
  });
  const doctor = (file) => run(program, ['doctor', '--config', file]).then(({ stdout }) => ({ code: 0, stdout }), (error) => error);
  assert.match((await doctor(second.own('serve.toml'))).stdout, /has the rows of all tables/);
  const alone = second.own('alone.toml');
  await writeFile(alone, (await readFile(second.own('serve.toml'), 'utf8')).replace(/^tables = .*\n/m, ''));
  const told = await doctor(alone);
  assert.equal(told.code, 2);
  assert.match(told.stdout, /tables_missing/);
});

test('people use either node, and both show one ledger', async () => {
  const before = await inLog(1);
  await Promise.all([apply(country.origin), apply(second.portal), apply(second.portal)]);
  await eventually(async () => await waiting() === 0);
  assert.ok(await inLog(1) > before);
  await sameOnBoth('/ledger');
  const { stdout } = await run(program, ['ledger', 'verify', `${second.portal}/ledger`, '--key', await key(country.origin)]);
  assert.match(stdout, /^VALID/m);
});

test('a node that is killed stops nobody', async () => {
  const node = (await processesOf(country)).get('serve');
  await Promise.all([apply(second.portal), pause(500).then(() => process.kill(node, 'SIGKILL'))]);
  await eventually(async () => await waiting() === 0);
  await eventually(async () => (await fetch(`${country.origin}/health`)).ok);
});

test('the ledger goes on with another key while both nodes run', async () => {
  await assert.rejects(rotate(), /nothing_prepared/);
  assert.match((await rotate('--prepare')).stdout, /minben\.example\/ledger\/platform\/2\+/);
  assert.match((await rotate()).stdout, /^sealed[^]*^continued/m);
  await assert.rejects(rotate(), /nothing_prepared/, 'once more changes nothing');
  await apply(second.portal);  // has not got the key yet: the other node takes its entries to the ledger
  await eventually(async () => await waiting() === 0 && await inLog(2) > 0);
  await cp(path.join(platform(), 'ledger-2.key.pem'), second.own('ledger-2.key.pem'));
  await Promise.all([apply(country.origin), apply(second.portal)]);
  await eventually(async () => await waiting() === 0);
  await sameOnBoth('/ledger/2');
  const { stdout } = await run(program, ['ledger', 'verify', `${second.portal}/ledger`, '--key', await key(country.origin),
    '--successor', `${country.origin}/ledger/2`]);
  assert.match(stdout, /^VALID[^]*^VALID/m);
  assert.equal((await fetch(`${country.origin}/ledger/3/checkpoint`)).status, 404);
  const page = await (await fetch(`${second.portal}/en/ledger`)).text();
  assert.match(page, /Not enough witnesses yet[^]*Earlier logs[^]*minben\.example\/ledger\/platform, [\d,]+ entries/);
  const keys = (await (await fetch(`${second.portal}/ledger/keys`)).text()).trim().split('\n');
  assert.deepEqual(keys, [await key(country.origin), await key(country.origin, '/ledger/2')]);
});

test('a node without the keys of the ledger says what to copy', async () => {
  second.process.kill('SIGTERM');
  await run('rm', [second.own('ledger-2.key.pem')]);
  await assert.rejects(run(program, ['serve', '--config', second.own('serve.toml')]), (error) => {
    assert.match(error.stderr + error.stdout, /no_ledger_key.*ledger-2\.key\.pem.*copy the key/s);
    return true;
  });
});

test('the witnesses see the new log when the exchange has been prepared again', async () => {
  await country.interrupt();
  await country.launch();
  await eventually(async () => /Enough witnesses[^]*platform\/2</.test(await (await fetch(`${country.origin}/en/ledger`)).text()));
});
