// The household register tells of a death: the account closes by itself, its sessions end, nobody signs in, and only who
// has proven more than others could is told why. The register was wrong: an administrator opens the account, and what the
// register tells later counts again. Real programs, without script where somebody signs in by phone.
//   MINBEN_COUNTRY=… node --test tests/browser/death.mjs
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Country } from './lib/country.mjs';
import { exchangeReady } from './lib/exchange_ready.mjs';
import { Look } from './lib/look.mjs';
import * as officers from './lib/officer.mjs';
import { pause } from './lib/people.mjs';
import { Phones } from './lib/phones.mjs';
import { Visitor, launch } from './lib/visitor.mjs';

let country, browser, person, phones;
const address = 'wang.lives@example.test';
const look = new Look('death');

before(async () => {
  const attached = process.env.MINBEN_READY;
  [country, browser] = await Promise.all([attached ? Country.attach(attached) : Country.start(), launch()]);
  await exchangeReady(country, 'ris');
  phones = await Phones.of(country, browser);
  person = phones.people[30];
});

after(async () => {
  await browser?.close();
  await country?.stop();
  assert.deepEqual(look.faults, []);
});

const says = async (visitor, text) => {
  const shown = await visitor.text('body');
  assert.ok(shown.includes(text), `${text} in\n${shown}`);
};

// A clerk of the household registration writes it into the register.
async function register(state) {
  const port = Number(new URL(country.origin).port) + 30;
  const answer = await fetch(`http://127.0.0.1:${port}/counter/identity-check/${person.number}`,
    { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ state }) });
  assert.equal(answer.status, 200, await answer.text());
}

async function approve(visitor) {
  await phones.approve(visitor, person, 'link');
  await phones.proceed(visitor, { look: false });
}

const isIn = async (visitor) => {
  await visitor.page.goto(visitor.url('/account'));
  return !visitor.page.url().includes('sign-in');
};

// Events take up to a minute: both the gateway and the platform ask every half minute.
async function until(wanted, what) {
  const end = Date.now() + 150_000;
  while (!await wanted()) {
    assert.ok(Date.now() < end, what);
    await pause(1000);
  }
}

test('an account closes when the register tells of a death, and the reason is not for everybody', async () => {
  const visitor = await Visitor.open({ browser, country, look, language: 'zh-Hant', name: 'wang' });
  await visitor.withoutScript();
  await approve(visitor);
  await visitor.fill({ household_number: person.household_number });
  await visitor.submit('/sign-in/mobile/first', { look: false });
  const since = Date.now() - 1000;
  await visitor.go('/account/email', { look: false });
  await visitor.fill({ email: address });
  await visitor.submit('/account/email', { look: false });
  await visitor.fill({ code: await country.mailedCode(address, since) });
  await visitor.submit('/account/email/confirm', { look: false });
  assert.ok(await isIn(visitor));

  await register('deceased');
  await until(async () => !await isIn(visitor), 'the sessions have not ended');
  const family = await Visitor.open({ browser, country, look, language: 'zh-Hant', name: 'family' });
  await family.go('/sign-in', { look: false });
  const asked = Date.now() - 1000;
  await family.fill({ email: address });
  await family.submit('/sign-in/code', { look: false });
  await family.fill({ code: await country.mailedCode(address, asked) });
  await family.submit('/sign-in', { status: 422 });
  await says(family, '這個信箱目前不能用來登入');
  assert.doesNotMatch(await family.text('body'), /過世/, 'a mailbox does not tell who reads it');

  await approve(visitor);
  await visitor.fill({ household_number: person.household_number });
  await visitor.submit('/sign-in/mobile/first', { status: 422 });
  await says(visitor, '我們深表哀悼');
  await Promise.all([visitor, family].map((each) => each.context.close()));
});

test('an administrator opens an account that was closed by mistake', async () => {
  const email = 'admin@moda.example';
  const officer = await Visitor.open({ browser, country, look, language: 'zh-Hant', name: 'admin', email });
  await officers.signIn(officer);
  await officer.go('/desk/closed-accounts');
  await officer.fill({ national_id: 'A123456789' });
  await officer.submit('/desk/closed-accounts', { status: 422 });
  await says(officer, '這個號碼沒有已關閉的帳號');
  await officer.fill({ national_id: person.number });
  await officer.submit('/desk/closed-accounts');
  assert.doesNotMatch(await officer.text(), new RegExp(person.name), 'nothing of what it holds');
  await officer.submit('/closed-accounts/open', { status: 422 });
  await says(officer, '請寫下理由');
  await officer.fill({ reason: '本人持護照到場。' });
  await officer.submit('/closed-accounts/open');
  await says(officer, '帳號已恢復');
  const english = await officer.again({ language: 'en', name: 'admin-en' });
  await english.go('/desk/closed-accounts');
  await Promise.all([officer, english].map((each) => each.context.close()));

  const visitor = await Visitor.open({ browser, country, look, language: 'en', name: 'wang-en' });
  await visitor.withoutScript();
  await approve(visitor);
  assert.ok(await isIn(visitor), 'signs in as before');
  await register('living'); // the register notices, and some day it is true
  await register('deceased');
  await until(async () => !await isIn(visitor), 'what the register tells later counts');
  await visitor.context.close();
});
