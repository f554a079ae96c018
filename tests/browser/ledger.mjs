// `minben ledger serve`, `verify`, `watch` and `seal` as an operator types them: a log that others append to over
// HTTP, is verified and watched at its address, is killed and comes back, ends, and goes on in its successor.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { program } from './lib/country.mjs';

const token = 'a token of the test, not secret';
let folder, running;
const file = (name) => path.join(folder, name);

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'minben-ledger-'));
  await writeFile(file('token'), `${token}\n`);
});
after(async () => {
  for (const child of [running?.process, ...others]) child?.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

// → {code, out, err}
const minben = (...words) => new Promise((resolve) => {
  execFile(program, ['ledger', ...words], (error, out, err) => resolve({ code: error?.code ?? 0, out, err }));
});

// → {process, address, key}; port: "0" for any
async function serve(name, origin, port = '0') {
  const child = spawn(program, ['ledger', 'serve', '--dir', file(name), '--origin', origin, '--listen', `127.0.0.1:${port}`,
    '--token-file', file('token')], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const chunk of child.stdout) {
    text += chunk;
    if (text.split('\n').length > 2) break;
  }
  const [address, key] = text.split('\n');
  assert.match(address, /^http:/, text);
  running = { process: child, address, key, port: new URL(address).port };
  return running;
}

async function add(log, body, bearer = token) {
  const answer = await fetch(`${log.address}/add`, { method: 'POST', body: Buffer.from(body),
    headers: { Authorization: `Bearer ${bearer}`, 'Content-Type': 'application/octet-stream' } });
  return answer.ok ? Number(await answer.text()) : answer.status;
}

const events = ({ out }) => out.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
const seen = (result) => events(result).map(({ event, alarm }) => (alarm ? `${event}!` : event)).join(' ');
const watch = (log, ...more) => minben('watch', log.address, '--key', log.key, '--state', file('state'), '--once', ...more);
const others = []; // whatever still runs when a test has failed

// → {process, address, keys}: a witness of that log, on any free port
async function witness(name, log, ...more) {
  await writeFile(file(`${name}.logs`), `log ${log.key}\nquorum none\n`);
  const port = await freePort();
  const child = spawn(program, ['witness', '--listen', `127.0.0.1:${port}`, '--state', file(name), '--name', `witness.example/${name}`,
    '--logs', file(`${name}.logs`), ...more], { stdio: ['ignore', 'pipe', 'ignore'] });
  others.push(child);
  let text = '';
  for await (const chunk of child.stdout) {
    text += chunk;
    if (text.split('\n').length > (more.length > 0 ? 2 : 1)) break;
  }
  return { process: child, address: `http://127.0.0.1:${port}`, keys: text.trim().split('\n') };
}
const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});
const verify = (log, ...more) => minben('verify', log.address, '--key', log.key, ...more);

test('a log of its own: appended to, verified, watched, killed, forked, sealed and continued', async () => {
  let log = await serve('log', 'log.example/2026');
  const places = []; // of entry 0, entry 1 …: those that are sent at once come in any order
  for (let i = 0; i < 300; i += 30)
    places.push(...await Promise.all(Array.from({ length: 30 }, (_, n) => add(log, `entry ${i + n}`))));
  assert.deepEqual(places.toSorted((a, b) => a - b), Array.from({ length: 300 }, (_, n) => n));
  assert.equal(await add(log, 'entry 5', 'another token, which is wrong'), 401);
  assert.equal(await add(log, Buffer.alloc(65_536)), 413);

  const good = await verify(log, '--remember', file('seen'));
  assert.equal(good.code, 0, good.err);
  assert.match(good.out, /^VALID\n {2}ledger {3}log.example\/2026\n {2}entries {2}300\n/);
  assert.equal(await readFile(file('seen'), 'utf8'), await (await fetch(`${log.address}/checkpoint`)).text());
  const first = await watch(log);
  assert.deepEqual([first.code, seen(first)], [0, 'first_seen']);

  log.process.kill('SIGKILL');
  await once(log.process, 'exit');
  const gone = await watch(log);
  assert.deepEqual([gone.code, seen(gone)], [2, 'unreachable!']);
  assert.equal((await verify(log)).code, 2);
  await cp(file('log'), file('copy'), { recursive: true }); // what an operator might put back from a backup
  await cp(file('log.key.pem'), file('copy.key.pem'));

  log = await serve('log', 'log.example/2026', log.port);
  assert.equal(await add(log, 'entry 7'), places[7], 'what was there is known after a kill');
  assert.equal(await add(log, 'one more'), 300);
  const grown = await verify(log, '--since', file('seen'), '--remember', file('seen'));
  assert.match(grown.out, /entries {2}301/);
  const more = await watch(log);
  assert.deepEqual([more.code, seen(more), events(more)[0].size], [0, 'grown', 301]);
  await new Promise((resolve) => setTimeout(resolve, 2100));
  const still = await watch(log, '--stale', '1');
  assert.deepEqual([still.code, seen(still)], [1, 'unchanged stale!']);
  log.process.kill('SIGTERM');
  await once(log.process, 'exit');

  let old = await serve('copy', 'log.example/2026', log.port); // rolled back, then forked
  const back = await watch(old);
  assert.deepEqual([back.code, seen(back)], [1, 'rolled_back!']);
  assert.match((await verify(old, '--since', file('seen'))).err, /rolled_back/);
  assert.equal(await add(old, 'another history'), 300);
  const forked = await watch(old);
  assert.deepEqual([forked.code, seen(forked)], [1, 'forked!']);
  assert.match(await readFile(events(forked)[0].evidence, 'utf8'), /log\.example\/2026\n301\n[^]*log\.example\/2026\n301\n/);
  const denied = await verify(old, '--since', file('seen'));
  assert.deepEqual([denied.code, /forked/.test(denied.err)], [1, true]);
  old.process.kill('SIGTERM');
  await once(old.process, 'exit');

  for (let i = 0; i < 2; ++i) { // a second time changes nothing
    const sealed = await minben('seal', file('log'), '--successor', file('next'), '--successor-origin', 'log.example/2027');
    assert.equal(sealed.code, 0, sealed.err);
    assert.match(sealed.out, /entry 301\n/);
  }
  const other = await minben('seal', file('log'), '--successor', file('else'), '--successor-origin', 'log.example/2028');
  assert.deepEqual([other.code, /ledger_sealed/.test(other.err)], [2, true]);
  log = await serve('log', 'log.example/2026', log.port);
  assert.equal(await add(log, 'too late'), 409);
  const end = await watch(log, '--stale', '1');
  assert.deepEqual([end.code, seen(end)], [0, 'grown sealed']);
  assert.equal(events(end)[1].successor, 'log.example/2027');
  const both = await verify(log, '--successor', file('next'));
  assert.equal(both.code, 0, both.err);
  assert.match(both.out, /sealed {3}continued by log.example\/2027/);
  assert.match(both.out, /continues log.example\/2026 of 302 entries/);
  log.process.kill('SIGTERM');
  await once(log.process, 'exit');

  const next = await serve('next', 'log.example/2027');
  // A watch that goes on, over two logs of which one is gone: each thing is said once.
  const going = spawn(program, ['ledger', 'watch', next.address, log.address, '--state', file('going'), '--every', '1',
    '--stale', '1'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  going.stdout.on('data', (chunk) => { said += chunk; });
  assert.equal(await add(next, 'goes on'), 1);
  const begun = await watch(next);
  assert.deepEqual([begun.code, seen(begun)], [0, 'first_seen continues']);
  await new Promise((resolve) => setTimeout(resolve, 7000));
  going.kill('SIGTERM');
  await once(going, 'exit');
  const told = said.trim().split('\n').map((line) => JSON.parse(line));
  const of = (log) => told.filter((line) => line.log === log.address).map(({ event }) => event).filter((event) => event !== 'grown');
  assert.deepEqual(of(next), ['first_seen', 'continues', 'stale']);
  assert.deepEqual(of(log), ['unreachable']);
  next.process.kill('SIGTERM');
  assert.deepEqual(await once(next.process, 'exit'), [0, null]);
});

test('a mirror: filled from an address, killed, gone on with, and read by anybody', async () => {
  const log = await serve('whole', 'log.example/whole');
  for (let i = 0; i < 10; ++i) await Promise.all(Array.from({ length: 60 }, (_, n) => add(log, `entry ${60 * i + n}`)));
  let mirror = await witness('w1', log, '--mirror', 'mirror.example/m1');
  const [own, key] = mirror.keys;
  assert.match(own, /^witness\.example\/w1\+/);
  assert.match(key, /^mirror\.example\/m1\+/);
  const push = (to = mirror, name = key) => minben('mirror', log.address, '--key', log.key, '--to', to.address, '--mirror-key', name);
  const first = await push();
  assert.match(first.out, / has 600 entries, 600 of them new, cosigned 20/, first.err);
  assert.equal(first.code, 0);
  const copy = () => `${mirror.address}/mirror/${createHash('sha256').update('log.example/whole').digest('hex')}`;
  const read = await minben('verify', copy(), '--key', log.key);
  assert.match(read.out, /^VALID\n {2}ledger {3}log\.example\/whole\n {2}entries {2}600\n/, read.err);

  const wrong = await push(mirror, own); // a witness's line is no mirror's
  assert.deepEqual([wrong.code, /witness_not_authentic/.test(wrong.err)], [1, true]);

  mirror.process.kill('SIGKILL');
  await once(mirror.process, 'exit');
  assert.equal((await push()).code, 2);
  assert.equal(await add(log, 'one more'), 600);
  mirror = await witness('w1', log, '--mirror', 'mirror.example/m1');
  assert.deepEqual(mirror.keys, [own, key], 'its keys are kept');
  assert.match((await push()).out, / has 601 entries, 1 of them new/);
  assert.match((await minben('verify', copy(), '--key', log.key)).out, /entries {2}601\n/);
  mirror.process.kill('SIGTERM');
  assert.deepEqual(await once(mirror.process, 'exit'), [0, null]);
  log.process.kill('SIGTERM');
  await once(log.process, 'exit');
});

test('a quorum: verified, watched and printed only when enough witnesses have cosigned', async () => {
  const log = await serve('judged', 'log.example/judged');
  for (let i = 0; i < 5; ++i) await add(log, `entry ${i}`);
  const one = await witness('w2', log), two = await witness('w3', log);
  await writeFile(file('quorum.policy'), `log ${log.key}\nwitness first ${one.keys[0]}\nwitness second ${two.keys[0]}\n`
    + 'group both all first second\nquorum both\n');
  const note = await (await fetch(`${log.address}/checkpoint`)).text();
  const policy = ['--policy', file('quorum.policy')];
  const anchored = (...more) => minben('anchor', log.address, '--key', log.key, '--out', file('notice.txt'), ...more);
  const refused = await anchored(...policy, '--patience', '0');
  assert.deepEqual([refused.code, /NOT WRITTEN {2}no_quorum .*: 0 of 2 witnesses/.test(refused.err)], [1, true]);
  assert.equal((await anchored()).code, 0);
  await add(log, 'one more');
  const later = await minben('continues', log.address, '--key', log.key, '--notice', file('notice.txt'));
  assert.match(later.out, /then {5}5 entries\n {2}now {6}6 entries\n/, later.err);

  await cp(file('judged'), file('shown'), { recursive: true }); // as its log would show it with cosignatures
  const cosign = async (by) => {
    const answer = await fetch(`${by.address}/add-checkpoint`, { method: 'POST', body: `old 0\n\n${note}` });
    assert.equal(answer.status, 200);
    const shown = await readFile(file('shown/checkpoint'), 'utf8');
    await writeFile(file('shown/checkpoint'), shown + await answer.text());
  };
  await writeFile(file('shown/checkpoint'), note);
  await cosign(two);
  const verifyShown = (...more) => minben('verify', file('shown'), ...policy, ...more);
  const watchShown = () => minben('watch', file('shown'), ...policy, '--patience', '1', '--state', file('quorum'), '--once');
  const short = await verifyShown('--patience', '0');
  assert.equal(short.code, 1, short.err);
  assert.match(short.out, /^NOT COSIGNED BY THE QUORUM\n[^]*quorum {3}NOT REACHED, 1 of 2 witnesses have cosigned 5 entries\n {4}first {8}missing\n/);
  const first = await watchShown();
  assert.deepEqual([first.code, seen(first), events(first)[0].quorum], [0, 'first_seen', false]);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const alarmed = await watchShown();
  assert.deepEqual([alarmed.code, seen(alarmed)], [1, 'unchanged short_of_quorum!']);
  assert.deepEqual(events(alarmed)[1].missing, ['first']);

  const waiting = verifyShown('--patience', '20'); // it comes a moment later
  await new Promise((resolve) => setTimeout(resolve, 700));
  await cosign(one);
  const whole = await waiting;
  assert.equal(whole.code, 0, whole.err);
  assert.match(whole.out, /^VALID\n[^]*quorum {3}reached, 2 of 2/);
  const calm = await watchShown();
  assert.deepEqual([calm.code, seen(calm), events(calm)[0].quorum], [0, 'unchanged', true]);
  log.process.kill('SIGTERM');
  await once(log.process, 'exit');
});
