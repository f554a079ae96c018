// Live data in a real browser: values change before one's eyes, can be stopped, and are there without script; a program that
// comes back misses nothing; the stewards see how the stream does.
//   MINBEN_COUNTRY=… node --test tests/browser/live.mjs
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Country } from './lib/country.mjs';
import { Look } from './lib/look.mjs';
import { Visitor, launch } from './lib/visitor.mjs';

const look = new Look('live');
let country, browser, plain, lively, steward, stream;

const account = (words) => country.ready.accounts.find(({ role }) => role.includes(words)).email;

// Reads server-sent events until there are so many records.
async function follow(address, count, headers = {}) {
  const leave = new AbortController();
  const answer = await fetch(address, { headers, signal: leave.signal });
  assert.equal(answer.status, 200);
  const records = [];
  let rest = '';
  for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
    rest += piece;
    const events = rest.split('\n\n');
    rest = events.pop();
    for (const event of events) {
      const id = event.match(/^id: (\d+)$/m), data = event.match(/^data: (.*)$/m);
      if (id && data) records.push({ id: Number(id[1]), ...JSON.parse(data[1]) });
    }
    if (records.length >= count) break;
  }
  leave.abort();
  return records;
}

before(async () => {
  [country, browser] = await Promise.all([Country.start(), launch()]);
  plain = await Visitor.open({ browser, country, look, language: 'zh-Hant', name: 'plain' });
  await plain.withoutScript();
  lively = await Visitor.open({ browser, country, look, language: 'en', name: 'lively' });
  steward = await Visitor.open({ browser, country, look, language: 'en', name: 'steward', email: account('open data and routes it') });
  [stream] = (await (await fetch(country.origin + '/api/streams')).json()).streams;
});

after(async () => {
  await browser?.close();
  await country?.stop();
});

test('a program follows, comes back behind what it knows, and misses nothing', async () => {
  const first = await follow(`${country.origin}/api/streams/${stream.id}/events?after=0`, 12);
  const known = first[4].id;
  const again = await follow(`${country.origin}/api/streams/${stream.id}/events`, first.length - 5, { 'Last-Event-ID': String(known) });
  assert.deepEqual(again.slice(0, first.length - 5), first.slice(5));
  assert.ok(again.every(({ id }, i) => id === known + 1 + i));
  const latest = await (await fetch(`${country.origin}/api/streams/${stream.id}/latest?format=csv`)).text();
  assert.match(latest, /^sequence,received_at,"station"/);
});

test('without script the values are there, drawn and listed', async () => {
  await plain.waitFor('/datasets/bicycles-live', 'main .mb-live tbody tr');
  await plain.follow('main a[href*="/live/"]');
  assert.equal(await plain.page.locator('main .mb-live tbody tr').count(), 10);
  assert.equal(await plain.page.locator('main .mb-live button').isVisible(), false);
  await plain.waitFor(new URL(plain.page.url()).pathname.replace('/zh-Hant', ''), 'main .mb-drawing svg', 150);
});

test('with script they change by themselves, and stop when asked', async () => {
  await lively.go(`/datasets/bicycles-live/live/${stream.id}`);
  const { page } = lively;
  const body = page.locator('main .mb-live tbody');
  const changes = async (seconds) => {
    const before = await body.innerText();
    for (let i = 0; i < seconds * 4; ++i) {
      await page.waitForTimeout(250);
      if (await body.innerText() !== before) return true;
    }
    return false;
  };
  assert.ok(await changes(30), 'values change');
  await page.getByRole('button', { name: 'Pause updates' }).click();
  assert.equal(await changes(12), false);
  assert.match(await page.locator('main .mb-live [role=status]').innerText(), /Paused/);
  await page.getByRole('button', { name: 'Resume updates' }).click();
  assert.ok(await changes(30), 'values change again');
});

test('the stewards of the agency see how it does', async () => {
  await steward.go('/desk/sign-in');
  await steward.signInWithCode(steward.email, '/desk');
  await steward.go('/desk/account');
  await steward.enrolPasskey();
  await steward.withoutScript();
  await steward.go('/desk/data/streams');
  assert.match(await steward.text(), /Public bicycles, live/);
  assert.match(await steward.text(), /On time/);
  await steward.follow('main table a');
  await steward.follow('a[href$="/desk/data/streams"]');
  await steward.go('/desk/data/datasets');
  await steward.follow(steward.page.locator('main table a', { hasText: 'Public bicycles, live' }).first());
  await steward.follow('main a[href$="/streams/new"]');
});

test('nothing on the way was wrong', () => assert.deepEqual(look.faults, []));
