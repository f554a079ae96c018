// Signing in by an approval on the phone, and by health card and household number, in a real browser without script, with
// the mobile approval service and the registers of the demonstration country; lost phones; a death.
//   MINBEN_COUNTRY=… node --test tests/browser/mobile.mjs
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Country } from './lib/country.mjs';
import { exchangeReady } from './lib/exchange_ready.mjs';
import { Look } from './lib/look.mjs';
import { pause } from './lib/people.mjs';
import { Phones } from './lib/phones.mjs';
import { Visitor, launch } from './lib/visitor.mjs';

let country, browser, people, phones;
const look = new Look('mobile');

before(async () => {
  const attached = process.env.MINBEN_READY;
  [country, browser] = await Promise.all([attached ? Country.attach(attached) : Country.start(), launch()]);
  await exchangeReady(country, 'ris', 'nhi');
  const owners = await Phones.of(country, browser);
  [people, phones] = [owners.people, owners.page];
});

after(async () => {
  await browser?.close();
  await country?.stop();
  assert.deepEqual(look.faults, []);
});

const says = async (visitor, text) => {
  const shown = await visitor.text();
  assert.ok(shown.includes(text), `${text} in\n${shown}`);
};

const open = async (name, language) => {
  const visitor = await Visitor.open({ browser, country, look, language, name });
  await visitor.withoutScript();
  return visitor;
};

const lookAtPhone = () => look.at({ page: phones, name: 'phone', allowScript: async () => {} });

// On the person's phone. → the number that it showed
async function onPhone(person, decision) {
  await phones.goto(`${country.ready.phones}/phone/${person.number}`);
  await lookAtPhone();
  const hint = await phones.locator('.hint').first().innerText();
  await phones.locator(`button[value=${decision}]`).first().click();
  await lookAtPhone();
  return hint.match(/\d\d$/)[0];
}

async function ask(visitor, person) {
  await visitor.go('/sign-in');
  await visitor.follow('main a[href*="/sign-in/mobile"]');
  await visitor.fill({ national_id: person.number });
  await visitor.submit('/sign-in/mobile');
  return visitor.text('.mb-code');
}

// The service is asked every four seconds.
async function proceed(visitor, options) {
  await pause(4200);
  await visitor.follow('main a.govuk-button[href*="/sign-in/mobile/request"]', options);
}

async function approved(visitor, person) {
  const number = await ask(visitor, person);
  assert.equal(await onPhone(person, 'approve'), number, 'browser and phone show one number');
  await proceed(visitor);
}

async function firstUse(visitor, person) {
  await visitor.fill({ household_number: person.household_number });
  await visitor.submit('/sign-in/mobile/first');
  assert.doesNotMatch(visitor.page.url(), /sign-in/);
}

test('a push is approved on the phone, the first time with the household number, in Chinese', async () => {
  const person = people[20];
  const visitor = await open('wang', 'zh-Hant');
  await visitor.go('/sign-in/mobile');
  await visitor.fill({ national_id: 'A123456780' });
  await visitor.submit('/sign-in/mobile', { status: 422 });
  await says(visitor, '請輸入身分證號碼');
  await approved(visitor, person);
  await visitor.fill({ household_number: 'Y9000001' });
  await visitor.submit('/sign-in/mobile/first', { status: 422 });
  await says(visitor, '與機關的登記不符');
  await firstUse(visitor, person);
  await visitor.go('/account');
  await says(visitor, person.name);
  await says(visitor, '行動身分識別');
  await visitor.go('/account/email'); // whoever came by phone has none yet
  const address = 'wang.mobile@example.test', since = Date.now() - 1000;
  await visitor.fill({ email: address });
  await visitor.submit('/account/email');
  await visitor.fill({ code: '000000' });
  await visitor.submit('/account/email/confirm', { status: 422 });
  await visitor.fill({ code: await country.mailedCode(address, since) });
  await visitor.submit('/account/email/confirm');
  await says(visitor, address);
  await visitor.follow('main a[href$="/account/methods/health-card"]');
  await visitor.fill({ household_number: person.household_number, health_card_number: '999900999999' });
  await visitor.submit('/account/methods/health-card', { status: 422 });
  await says(visitor, '與機關的登記不符');
  await visitor.fill({ health_card_number: person.health_card });
  await visitor.submit('/account/methods/health-card');
  await says(visitor, '健保卡與戶號（低）');
  await visitor.submit('/account/sessions/end-all');
  await visitor.go('/account', { look: false });
  assert.match(visitor.page.url(), /sign-in/, 'signed out everywhere');
  await approved(visitor, person);
  assert.doesNotMatch(visitor.page.url(), /sign-in/, 'the second time needs no household number');
  await visitor.context.close();
});

test('a QR code is scanned, and a link opens the app, in English on a phone', async () => {
  const person = people[21];
  const visitor = await open('chen', 'en');
  for (const mode of ['scan', 'link']) {
    await visitor.go('/sign-in/mobile');
    await visitor.follow(`main button[value=${mode}]`);
    const number = await visitor.text('.mb-code');
    assert.equal(await visitor.page.locator('svg[role=img] path').count(), mode === 'scan' ? 2 : 0);
    if (mode === 'scan') { await visitor.go('/sign-in', { look: false }); continue; } // a camera is not at hand
    await visitor.follow(visitor.page.locator(`a[href*="auto=yes"]`));
    const link = await visitor.page.locator('a[href*="verifySign"]').getAttribute('href');
    await phones.goto(link);
    await lookAtPhone();
    await phones.fill('[name=who]', person.number);
    await phones.locator('button').click();
    assert.ok((await phones.locator('.hint').innerText()).endsWith(number));
    await phones.locator('button[value=approve]').click();
    await visitor.page.locator('[name=household_number]').waitFor(); // the page looks by itself, as was asked
    await look.at(visitor);
  }
  await firstUse(visitor, person);
  await visitor.go('/account');
  await says(visitor, 'Mobile approval');
  await visitor.go('/account/lost');
  await visitor.page.locator('[name=lost]').first().check();
  await visitor.submit('/account/lost', { status: 422 });
  await says(visitor, 'Keep at least one safe way');
  await visitor.context.close();
});

test('a refusal, a number of nobody and a death end in words', async () => {
  const person = people[22], dead = people[0];
  const visitor = await open('lin', 'en');
  await ask(visitor, person);
  await onPhone(person, 'refuse');
  await proceed(visitor);
  await says(visitor, 'It was refused on the phone');
  await ask(visitor, { number: 'A123456789' });
  await proceed(visitor);
  await says(visitor, 'Your phone shows the same number');
  await approved(visitor, dead);
  await visitor.fill({ household_number: dead.household_number });
  await visitor.submit('/sign-in/mobile/first', { status: 422 });
  await says(visitor, 'We are sorry');
  await visitor.context.close();
});

test('health card and household number let a person in, weakly', async () => {
  const person = people[23];
  for (const language of ['zh-Hant', 'en']) {
    const visitor = await open('hsu', language);
    await visitor.go('/sign-in');
    await visitor.follow('main a[href*="/sign-in/health-card"]');
    await visitor.fill({ national_id: person.number, household_number: person.household_number,
      health_card_number: '999900999999' });
    await visitor.submit('/sign-in/health-card', { status: 422 });
    await says(visitor, language === 'en' ? 'The registers do not agree' : '與機關的登記不符');
    await visitor.fill({ health_card_number: person.health_card });
    await visitor.submit('/sign-in/health-card');
    await visitor.go('/account');
    await says(visitor, person.name);
    await visitor.go('/account/lost', { look: false });
    assert.match(visitor.page.url(), /sign-in/, 'a weak sign-in changes nothing');
    await visitor.context.close();
  }
});
