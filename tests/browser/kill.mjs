// The kill test: SIGKILL to any process of the running country at any moment, under load. Nothing may
// happen twice or not at all.
//   node tests/browser/kill.mjs [--kills 200] [--seed N] [--applicants 6] [--pause MS] [--port N] [--data DIR]
// Without --data a fresh country is made and removed again.
import { parseArgs } from 'node:util';
import { faultsIn, sql, unverified } from './lib/checks.mjs';
import { Country } from './lib/country.mjs';
import { Applicant, Officer, pause } from './lib/people.mjs';
import { memoryOf, processesOf } from './lib/processes.mjs';
import { recordsOf } from './lib/registers.mjs';

const { values: given } = parseArgs({ options: {
  kills: { type: 'string', default: '200' }, seed: { type: 'string' }, applicants: { type: 'string', default: '6' },
  pause: { type: 'string', default: '1500' }, port: { type: 'string' }, data: { type: 'string' } } });
const kills = Number(given.kills);
const seed = Number(given.seed ?? Date.now() % 1_000_000);

// mulberry32: the order of kills can be had again; what they hit also depends on the machine.
let randomState = seed;
function random() {
  randomState = (randomState + 0x6d2b79f5) | 0;
  let t = Math.imul(randomState ^ (randomState >>> 15), 1 | randomState);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

// How often each is chosen: the platform and its database hold the most that could be lost.
const agencies = ['ris', 'nia', 'wda', 'boca', 'nstc', 'moda'];
const targets = [
  ...Array(7).fill('serve'), ...Array(4).fill('postgres'), ...Array(3).fill('payment-provider'), 'demo', 'mailbox',
  ...agencies.flatMap((agency) => [`gateway-${agency}`, `register-${agency}`]),
  'gateway-nia', 'gateway-wda', 'gateway-ris', 'gateway-boca',
];
const officers = ['officer@nia', 'officer2@nia', 'approver@nia', 'officer@wda', 'approver@wda', 'officer@boca',
  'approver@boca', 'officer@nstc', 'officer@moda'];

const log = (text) => process.stdout.write(`${text}\n`);

class World {
  cases = new Set();    // open ones of our applicants
  ended = new Map();    // state in which the applicant saw the case end
  troubles = new Map(); // failed attempts, by what was seen
  failures = [];        // what no patience helped against
  ending = false;       // nobody begins another application
  closing = false;      // everybody goes home
  run = Date.now().toString(36);

  constructor(country, residents) {
    this.country = country;
    this.residents = residents;
  }
  get ready() { return this.country.ready; }
  saw(problem) { this.troubles.set(problem, (this.troubles.get(problem) ?? 0) + 1); }
  finished(id, state) { if (state) this.ended.set(id, state); }
  send(person) {
    return person.live().catch((error) => {
      const page = person.page ? ` at ${person.page.url} (${person.page.status})` : '';
      this.failures.push(`${person.email}: ${error.message}${page}`);
    });
  }
}

async function foreigners(country) {
  return (await recordsOf(country, 'ris', 'person')).filter(({ value }) => !value.household_registered)
    .flatMap(({ keys }) => keys);
}

async function killOne(country, name) {
  const pid = (await processesOf(country)).get(name);
  if (pid === undefined) return false;
  const gone = name === 'demo' ? new Promise((resolve) => country.process.on('exit', resolve)) : undefined;
  try { process.kill(pid, 'SIGKILL'); } catch { return false; }
  if (gone) {
    await gone;
    await country.launch();  // the same country on the same data
  }
  return true;
}

async function killThem(country, peak) {
  const killed = new Map();
  for (let done = 0; done < kills;) {
    await pause(Number(given.pause) * (0.2 + 1.6 * random()));
    const name = targets[Math.floor(random() * targets.length)];
    if (!await killOne(country, name)) continue;  // between its death and its next start
    killed.set(name, (killed.get(name) ?? 0) + 1);
    ++done;
    const memory = await memoryOf(country);
    peak.rss = Math.max(peak.rss, memory.rss);
    peak.pss = Math.max(peak.pss, memory.pss);
    if (done % 25 === 0) log(`  ${done} kills`);
  }
  return killed;
}

// Waits until check() finds nothing more, or the time is over. → what it found last
async function settled(check, forMs) {
  let found;
  for (const until = Date.now() + forMs; Date.now() < until; await pause(1000)) {
    found = await check();
    if (found.length === 0) return found;
  }
  return found;
}

// What applicants were told must be what the database says.
async function untrue(world) {
  const states = new Map(await sql(world.country, 'select case_id, state from casework.application'));
  return [...world.ended].filter(([id, state]) => states.get(id) !== state.toLowerCase())
    .map(([id, state]) => `case ${id} was shown as ${state} and is ${states.get(id)}`);
}

async function main() {
  const country = await Country.start({ port: given.port && Number(given.port), data: given.data });
  log(`seed ${seed}; the country was ready after ${country.secondsToReady.toFixed(1)} s`);
  const since = new Date().toISOString();
  const world = new World(country, await foreigners(country));
  const people = officers.map((email) => new Officer(world, `${email}.example`));
  for (let i = 0; i < Number(given.applicants); ++i) people.push(new Applicant(world, i));
  const lives = people.map((person) => world.send(person));
  await pause(4000);
  const quiet = await memoryOf(country);

  const began = Date.now();
  const peak = { rss: 0, pss: 0 };
  const killed = await killThem(country, peak);
  const tookSeconds = (Date.now() - began) / 1000;
  world.ending = true;
  const open = await settled(async () => [...world.cases], 120_000);
  world.closing = true;
  await Promise.all(lives);

  let report;
  const found = await settled(async () => (report = await faultsIn(country, since)).found, 60_000);
  found.push(...open.map((id) => `case ${id} did not come to an end`), ...await untrue(world), ...world.failures);
  const status = await country.interrupt();
  if (status !== 0) found.push(`minben demo ended with ${status}`);
  found.push(...await unverified(country));

  log(`kills in ${tookSeconds.toFixed(0)} s: ${[...killed].sort().map(([name, n]) => `${name} ${n}`).join(', ')}`);
  log(`cases decided for our applicants: ${world.ended.size}; in the country: ${report.cases}; usage records: ${report.usages}`);
  log(`failed attempts seen by people: ${[...world.troubles].map(([what, n]) => `${what} × ${n}`).join(', ') || 'none'}`);
  log(`memory without PostgreSQL (MiB): RSS ${quiet.rss.toFixed(0)}, PSS ${quiet.pss.toFixed(0)} under load; ` +
      `highest after a kill: RSS ${peak.rss.toFixed(0)}, PSS ${peak.pss.toFixed(0)}`);
  if (world.ended.size === 0) found.push('no case was decided: there was no load');
  for (const fault of found) log(`WRONG  ${fault}`);
  if (found.length === 0) await country.stop();
  else log(`the country is kept in ${country.data}; output of minben demo:\n${country.output.slice(-3000)}`);
  log(found.length === 0 ? 'nothing lost, nothing twice' : `${found.length} faults`);
  return found.length === 0 ? 0 : 1;
}

process.exit(await main());
