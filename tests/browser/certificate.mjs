// Signing in with a citizen certificate in a real browser, with the cards of the demonstration country's authority: a
// signed file without script, a certificate shown in the handshake, the first use of a card and later ones, and what is
// refused in words.
//   MINBEN_COUNTRY=… node --test tests/browser/certificate.mjs
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Cards } from './lib/cards.mjs';
import { Country } from './lib/country.mjs';
import { exchangeReady } from './lib/exchange_ready.mjs';
import { Look } from './lib/look.mjs';
import { Visitor, launch } from './lib/visitor.mjs';

let country, browser, cards, people;
const look = new Look('certificate');

before(async () => {
  const attached = process.env.MINBEN_READY;
  [country, browser] = await Promise.all([attached ? Country.attach(attached) : Country.start(), launch()]);
  await exchangeReady(country, 'ris');
  cards = await Cards.of(country);
  ({ people } = cards);
});

after(async () => {
  await browser?.close();
  await country?.stop();
  await cards?.drop();
});

const says = async (visitor, text) => {
  const shown = await visitor.text();
  assert.ok(shown.includes(text), `${text} in\n${shown}`);
};

async function firstUse(visitor, person) {
  await says(visitor, person.name);
  await says(visitor, person.number.slice(6));
  await visitor.fill({ national_id: person.number, household_number: 'Y9000001' });
  await visitor.submit('/certificate/first', { status: 422 });
  await says(visitor, visitor.language === 'en' ? 'does not agree' : '不相符');
  await visitor.fill({ national_id: person.number.toLowerCase(), household_number: person.household_number });
  await visitor.submit('/certificate/first');
  assert.doesNotMatch(visitor.page.url(), /sign-in/);
}

// Script sends files itself and shows the answer in place of the page; without it another page comes.
async function handIn(visitor, signature, options) {
  await visitor.fill({ signature });
  if (visitor.debugger) return visitor.submit('/sign-in/certificate', options);
  await visitor.form('/sign-in/certificate').locator('button').first().click();
  await visitor.page.locator('main [name="ticket"], .govuk-error-summary').first().waitFor({ state: 'attached' });
  await look.at(visitor);
}

async function signedInAs(visitor, person) {
  await visitor.go('/account');
  await says(visitor, person.name);
}

test('a signed file signs a citizen in, in Chinese and without script', async () => {
  const [person] = people;
  const visitor = await Visitor.open({ browser, country, look, language: 'zh-Hant', name: 'wang' });
  await visitor.withoutScript();
  const file = await cards.start(visitor);
  assert.ok(file.toString().includes(country.origin), 'who signs sees where it counts');
  await visitor.submit('/sign-in/certificate', { status: 422 });
  await says(visitor, '請上傳簽章檔');
  await handIn(visitor, await cards.signed(person, file, '--encryption'), { status: 422 });
  await says(visitor, '加密用的憑證');
  await handIn(visitor, await cards.signed(person, file + ' '), { status: 422 });
  await says(visitor, '簽的不是這次下載的檔案');
  const signature = await cards.signed(person, file);
  await handIn(visitor, signature);
  await firstUse(visitor, person);
  await signedInAs(visitor, person);
  await visitor.context.close();
});

test('later uses need the card alone, and a signature works once', async () => {
  const [person] = people;
  const visitor = await Visitor.open({ browser, country, look, language: 'en', name: 'again' });
  const file = await cards.start(visitor);
  const elsewhere = await visitor.context.newPage(); // the same browser, a second window with the same page
  await elsewhere.goto(visitor.url('/sign-in'));
  const signature = await readFile(await cards.signed(person, file, '--attached'));
  const [challenge, csrf] = await Promise.all(['challenge', '_csrf'].map((name) =>
    visitor.page.locator(`main form [name="${name}"]`).first().getAttribute('value')));
  const pasted = signature.toString('base64').replace(/(.{64})/g, '$1\n');
  await visitor.fill({ pasted: `-----BEGIN PKCS7-----\n${pasted}\n-----END PKCS7-----` });
  await visitor.submit('/sign-in/certificate');
  await signedInAs(visitor, person);
  const replayed = await visitor.context.request.post(visitor.url('/sign-in/certificate'), {
    multipart: { _csrf: csrf, challenge, pasted: signature.toString('base64') }, maxRedirects: 0 });
  assert.ok([403, 422].includes(replayed.status()), `${replayed.status()}`);
  await visitor.context.close();
});

test('a challenge of another browser is refused', async () => {
  const [person] = people;
  const lurer = await Visitor.open({ browser, country, look, language: 'en', name: 'lurer' });
  const file = await cards.start(lurer);
  const challenge = await lurer.page.locator('main [name="challenge"]').first().getAttribute('value');
  const lured = await Visitor.open({ browser, country, look, language: 'en', name: 'lured' });
  await cards.start(lured);
  await lured.page.locator('main [name="challenge"]').first().evaluate((input, value) => { input.value = value; }, challenge);
  await handIn(lured, await cards.signed(person, file), { status: 422 });
  await says(lured, 'belongs to another browser');
  await Promise.all([lurer, lured].map((each) => each.context.close()));
});

test('a certificate shown in the handshake signs in, the first time with the household number', async () => {
  const person = people[1];
  const origin = `https://localhost:${country.port ?? new URL(country.origin).port}`;
  const at = `https://localhost:${Number(new URL(country.origin).port) + 8}`;
  assert.notEqual(at, origin);
  const keys = path.join(cards.books, 'cards', person.number);
  const visitor = await Visitor.open({ browser, country, look, language: 'en', name: 'lin', window: {
    ignoreHTTPSErrors: true,
    clientCertificates: [{ origin: at, certPath: `${keys}/signing.pem`, keyPath: `${keys}/signing.key.pem` }] } });
  for (const first of [true, false]) {
    await cards.start(visitor);
    await visitor.follow(`main a[href^="${at}/"]`);
    await says(visitor, person.name);
    await visitor.submit('/certificate/shown');
    if (first) await firstUse(visitor, person);
    await signedInAs(visitor, person);
    await visitor.follow('form[action$="/sign-out"] button');
  }
  await visitor.context.close();
});

test('a revoked card is refused at once, and a new one binds again', async () => {
  const person = people[1];
  const visitor = await Visitor.open({ browser, country, look, language: 'en', name: 'lost' });
  await cards.tell('revoke', '--number', person.number);
  await handIn(visitor, await cards.signed(person, await cards.start(visitor)), { status: 422 });
  await says(visitor, 'was revoked');
  await cards.tell('card', '--number', person.number, '--name', person.name);
  await handIn(visitor, await cards.signed(person, await cards.start(visitor)));
  await firstUse(visitor, person);
  await signedInAs(visitor, person);
  await visitor.context.close();
});

test('somebody else\'s numbers are not taken with one\'s own card', async () => {
  const [, , person, other] = people;
  const visitor = await Visitor.open({ browser, country, look, language: 'en', name: 'other' });
  await handIn(visitor, await cards.signed(person, await cards.start(visitor)));
  await visitor.fill({ national_id: other.number, household_number: other.household_number });
  await visitor.submit('/certificate/first', { status: 422 });
  await says(visitor, 'does not agree');
  await visitor.fill({ national_id: 'A1', household_number: '' });
  await visitor.submit('/certificate/first', { status: 422 });
  await says(visitor, 'a letter and nine digits');
  await visitor.context.close();
});

test('every page was fit to be seen', () => {
  assert.deepEqual(look.faults, []);
});
