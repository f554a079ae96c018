// A new master key takes over while people are signed in and sign in: nobody is thrown out, nothing is unreadable, and
// the old key can be destroyed. Then the platform starts anew with the new key alone.
//   MINBEN_COUNTRY=… node --test tests/browser/keys.mjs
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Country, program } from './lib/country.mjs';
import { Officer, Applicant } from './lib/people.mjs';

const run = promisify(execFile);

test('master keys rotate while the platform runs', async () => {
  const country = await Country.start();
  try {
    const platform = path.join(country.data, 'country/platform');
    const file = path.join(platform, 'master.key');
    const keys = (...words) => run(program, ['keys', ...words, '--config', path.join(platform, 'serve.toml')])
      .then(({ stdout }) => ({ code: 0, text: stdout }), ({ code, stderr }) => ({ code, text: stderr }));
    const lines = async () => (await readFile(file, 'utf8')).trim().split('\n');
    const world = { ready: country.ready, residents: ['A3'], run: 'keys', saw: () => {} };

    const before = new Applicant(world, 1);
    await before.signIn('/en');
    const old = /^(\w{16}) +active/m.exec((await keys('status')).text)[1];
    const [first] = await lines();
    assert.deepEqual(await keys('retire', '--key', old).then(({ code, text }) => [code, /key_in_use/.test(text)]),
      [1, true]);

    const rotated = await keys('rotate');
    assert.equal(rotated.code, 0, rotated.text);
    assert.match(rotated.text, new RegExp(`master key ${old} is not needed any more`));
    assert.ok(!rotated.text.includes(first) && !(await keys('status')).text.includes(first), 'the key itself is secret');
    assert.match((await keys('status')).text, new RegExp(`^${old} +deactivated[^\\n]*\\n*$`, 'm'), 'wraps nothing');
    const retired = await keys('retire');
    assert.equal(retired.code, 0, retired.text);
    assert.equal((await lines()).length, 1);
    assert.notEqual((await lines())[0], first);
    assert.equal((await stat(file)).mode & 0o777, 0o600);

    await before.walker.visit('/en/account');
    assert.equal(before.page.status, 200);
    assert.ok(before.page.text.includes(before.email), 'still signed in, and the address still opens');
    const officer = new Officer(world, 'officer@nia.example');
    await officer.signIn('/en/desk');
    const after = new Applicant(world, 2);
    await after.signIn('/en');

    assert.equal(await country.interrupt(), 0);
    await country.launch();
    world.ready = country.ready;
    const again = new Applicant(world, 1);
    await again.signIn('/en');
    await again.walker.visit('/en/account');
    assert.ok(again.page.text.includes(again.email), 'the same person with the same account');
  } finally {
    await country.stop();
  }
});
