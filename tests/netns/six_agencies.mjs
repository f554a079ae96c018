// Six agencies as hosts of their own ask each other over a network; one is cut off and rejoined. run.sh starts this
// where the network is its own and /mnt is memory.
//   six_agencies.mjs EXCHANGE MINBEN REGISTER
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { Host, ip } from './host.mjs';

const [exchange, minben, register] = process.argv.slice(2).map((file) => path.resolve(file));
const names = ['ris', 'nia', 'wda', 'boca', 'nstc', 'moda'];
const folder = '/mnt';
const platform = '10.77.0.1';
const connectMs = 1500; // answers may take much longer
// s, until a caller hears of a provider that is gone: it breaks off a kept connection and tries a new one; a busy machine
const timeLimit = (2 * connectMs) / 1000 + 3;
const log = (text) => process.stdout.write(`${text}\n`);
const run = promisify(execFile);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const hosts = names.map((name, i) =>
  new Host(name, `10.77.0.${11 + i}`, `${folder}/exchange/members/${name}`, { minben, register }));
const answered = []; // numbers of calls that got their answer

// check() → what is still missing, or undefined. → s
async function until(check, seconds) {
  const began = performance.now();
  for (;;) {
    const missing = await check();
    const took = (performance.now() - began) / 1000;
    if (missing === undefined) return took;
    assert.ok(took < seconds, `after ${seconds} s: ${JSON.stringify(missing)}`);
    await pause(100);
  }
}

const pairs = (among) => among.flatMap((by) => among.filter((of) => of !== by).map((of) => [by, of]));
const slowest = (answers) => Math.max(...answers.map(({ seconds }) => seconds)).toFixed(2);

async function ask(asked) {
  const answers = await Promise.all(asked.map(([by, of]) => by.ask(of)));
  answered.push(...answers.filter(({ status }) => status === 200).map(({ exchangeId }) => exchangeId));
  return answers;
}

function assertAnswered(answers) {
  for (const { by, of, status, body } of answers)
    assert.deepEqual({ by, of, status, body }, { by, of, status: 200, body: { name: '林小明', kept_by: of } });
}

function assertUnreachable(answers) {
  for (const { by, of, status, error, seconds } of answers) {
    assert.deepEqual({ by, of, status, error }, { by, of, status: 502, error: 'provider_unreachable' });
    assert.ok(seconds < timeLimit, `${by} waited ${seconds} s for ${of}`);
  }
}

const uses = async () => (await fetch(`http://${platform}:8000/uses`)).json();

async function begin() {
  await ip('link set lo up');
  await ip('link add name exchange type bridge');
  await ip(`address add ${platform}/24 dev exchange`);
  await ip('link set dev exchange up');
  const hostsFile = `${folder}/hosts`;
  const known = hosts.map(({ name, address }) => `${address} ${name}.test\n`);
  await writeFile(hostsFile, `127.0.0.1 localhost\n${known.join('')}`);
  const serving = spawn(exchange, [`${folder}/exchange`, platform, '8000',
    ...hosts.map(({ name, address }) => `${name}=${address}`)], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    serving.stdout.once('data', resolve);
    serving.once('exit', (code) => reject(new Error(`the platform ended with ${code}`)));
  });
  await Promise.all(hosts.map((host) => host.begin(hostsFile)));
  await Promise.all(hosts.map((host) => host.start(connectMs)));
  const notReady = async (host) => ((await host.get('/health')).status === 200 ? undefined : host.name);
  for (const host of hosts) await until(() => notReady(host), 30);
}

// Everything that was answered is known to the platform, and every ledger is cosigned by all others as far as it goes.
async function caughtUp() {
  const known = new Set((await uses()).map(({ exchange_id: id }) => id));
  const unknown = answered.filter((id) => !known.has(id));
  if (unknown.length > 0) return { unknown };
  for (const host of hosts) {
    const { usage, ledger } = await host.status();
    const { cosigned, quorum, complete_size: complete } = ledger.witnesses;
    const all = usage.waiting === 0 && cosigned === 5 && quorum && complete === ledger.size;
    if (!all) return { host: host.name, usage, ledger };
  }
  return undefined;
}

async function withOneCutOff(cut) {
  const others = hosts.filter((host) => host !== cut);
  await cut.cutOff();
  const toAndFro = others.flatMap((host) => [[host, cut], [cut, host]]);
  // First over connections that were kept, then over none.
  for (const connections of ['kept', 'new']) {
    const [lost, unharmed] = await Promise.all([ask(toAndFro), ask(pairs(others))]);
    assertUnreachable(lost);
    assertAnswered(unharmed);
    assert.ok(Number(slowest(unharmed)) < 3, `the others waited ${slowest(unharmed)} s`);
    log(`${cut.name} cut off, ${connections} connections: ${lost.length} calls to and from it got 502 ` +
      `provider_unreachable after at most ${slowest(lost)} s; ${unharmed.length} among the others were answered, the ` +
      `slowest in ${slowest(unharmed)} s`);
  }
  const [own] = await ask([[cut, cut]]);
  assertAnswered([own]);
  await until(async () => ((await cut.status()).usage.waiting > 0 ? undefined : 'no use waits'), 5);
  assert.ok(!(await uses()).some(({ exchange_id: id }) => id === own.exchangeId), 'nobody could know of it');
  const cosigned = await until(async () => {
    for (const host of others) {
      const { witnesses } = (await host.status()).ledger;
      if (!witnesses.quorum || witnesses.cosigned < 4) return { host: host.name, witnesses };
    }
    return undefined;
  }, 15);
  log(`meanwhile the others have each other's cosignatures, four of five (after ${cosigned.toFixed(1)} s more)`);
}

async function rejoined(cut) {
  await cut.rejoin();
  const open = new Set(hosts.filter((host) => host !== cut).flatMap((host) => [[host, cut], [cut, host]]));
  const calls = await until(async () => {
    const asked = [...open];
    for (const [i, { status }] of (await ask(asked)).entries()) if (status === 200) open.delete(asked[i]);
    return open.size === 0 ? undefined : [...open].map(([by, of]) => `${by.name} → ${of.name}`);
  }, 15);
  assertAnswered(await ask(pairs(hosts)));
  const records = await until(caughtUp, 25);
  log(`rejoined: all calls to and from it work after ${calls.toFixed(1)} s, usage records and cosignatures are ` +
    `complete ${records.toFixed(1)} s later`);
}

async function verifyLedgers() {
  for (const host of hosts) {
    const size = (await host.status()).ledger.size;
    assert.equal(await host.stop(), 0, `${host.name}'s gateway ended well`);
    const ledger = `${host.home}/state/ledger`;
    const { stdout, stderr } = await run(minben, ['ledger', 'verify', ledger, '--key', `${ledger}/vkey`]);
    assert.equal(stderr, '');
    assert.ok(size > 0 && stdout.includes(String(size)), stdout);
  }
}

async function main() {
  const began = performance.now();
  await begin();
  log(`six hosts are ready after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  const all = await ask(pairs(hosts));
  assertAnswered(all);
  assert.equal(all.length, 30);
  await until(caughtUp, 20);
  log(`30 calls, each agency to each other: all answered, the slowest in ${slowest(all)} s`);
  const cut = hosts[names.indexOf('boca')];
  await withOneCutOff(cut);
  await rejoined(cut);
  const told = await uses();
  // A call that was given up while its provider was away is not done when that is back.
  assert.deepEqual(told.map(({ exchange_id: id }) => id).sort(), [...answered].sort());
  await verifyLedgers();
  log(`${answered.length} calls answered; ${told.length} uses known to the platform; six ledgers verified; ` +
    `${((performance.now() - began) / 1000).toFixed(1)} s`);
}

await main().then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1); // process 1 of its namespace: all others go, too
});
