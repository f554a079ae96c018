// A phone is lost: its owner says so by another way to sign in, nobody gets further with what was on it, a mail tells,
// and the next phone comes in its place; a phone that was only changed goes on. With a passkey in English, and with a
// citizen certificate in Chinese without script. Real browsers, the demonstration country's phones, cards and registers.
//   MINBEN_COUNTRY=… node --test tests/browser/lost.mjs
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Cards } from './lib/cards.mjs';
import { Country } from './lib/country.mjs';
import { exchangeReady } from './lib/exchange_ready.mjs';
import { Look, unseen } from './lib/look.mjs';
import { pause } from './lib/people.mjs';
import { Phones } from './lib/phones.mjs';
import { Visitor, launch } from './lib/visitor.mjs';

let country, browser, cards, phones;
const look = new Look('lost');
const window = { viewport: { width: 390, height: 844 } };

before(async () => {
  const attached = process.env.MINBEN_READY;
  [country, browser] = await Promise.all([attached ? Country.attach(attached) : Country.start(), launch()]);
  await exchangeReady(country, 'ris');
  [cards, phones] = await Promise.all([Cards.of(country), Phones.of(country, browser)]);
});

after(async () => {
  await browser?.close();
  await country?.stop();
  await cards?.drop();
  assert.deepEqual(look.faults, []);
});

const says = async (visitor, text) => {
  const shown = await visitor.text('body');
  assert.ok(shown.includes(text), `${text} in\n${shown}`);
};
const open = (name, language, options) => Visitor.open({ browser, country, look, language, name, ...options });
const isOut = async (visitor) => {
  await visitor.go('/account', { look: false });
  assert.match(visitor.page.url(), /sign-in/, `${visitor.name} is still signed in`);
};

async function firstUse(visitor, person) {
  await visitor.fill({ household_number: person.household_number });
  await visitor.submit('/sign-in/mobile/first');
  assert.doesNotMatch(visitor.page.url(), /sign-in/);
}

const registerPhone = async (person, registered) => {
  await phones.go(person);
  await phones.page.locator(`button[name=registered][value=${registered ? 'yes' : 'no'}]`).click();
};

async function addAddress(visitor, address) {
  const since = Date.now() - 1000;
  await visitor.go('/account/email', { look: false });
  await visitor.fill({ email: address });
  await visitor.submit('/account/email', { look: false });
  await visitor.fill({ code: await country.mailedCode(address, since) });
  await visitor.submit('/account/email/confirm', { look: false });
}

async function mailed(address, text) {
  for (let i = 0; i < 100; ++i) {
    const answer = await fetch(`${country.ready.mailbox}/mails.json?to=${encodeURIComponent(address)}`);
    if ((await answer.json()).mails.some((mail) => mail.text.includes(text))) return;
    await pause(100);
  }
  assert.fail(`no mail to ${address} says ${text}`);
}

// Ticks what has this name and sends the form.
async function reportLost(visitor, way) {
  await visitor.go('/account');
  await visitor.follow('main a[href$="/account/lost"]');
  await visitor.submit('/account/lost', { status: 422 });
  await visitor.page.getByRole('checkbox', { name: way }).check();
  await visitor.submit('/account/lost');
}

test('with a passkey: reported, shut out, told by mail, and the new phone comes in its place', async () => {
  const person = phones.people[25], address = 'owner.of.phone@example.test';
  const laptop = await open('laptop', 'en');
  await phones.approve(laptop, person, 'push');
  await phones.proceed(laptop);
  await firstUse(laptop, person);
  await addAddress(laptop, address);
  await laptop.go('/account/passkey', { look: false });
  await laptop.enrolPasskey();
  const phone = await open('phone', 'en', { window, look: unseen });
  await phones.approve(phone, person, 'link');
  await phones.proceed(phone);
  await phone.go('/account');
  await laptop.follow('form[action$="/sign-out"] button', { look: false });

  await laptop.go('/sign-in');
  await laptop.signInWithPasskey();
  await reportLost(laptop, 'Mobile approval');
  await says(laptop, 'It was shut out');
  assert.equal(await laptop.page.locator('main form[action*="/account/methods/"]').count(), 0, 'nothing of it is left');
  await mailed(address, 'was reported as lost');
  await isOut(phone);

  const finder = await open('finder', 'en'); // who has the phone, and its PIN, and the papers that were with it
  await phones.approve(finder, person, 'push');
  await phones.proceed(finder, { status: 422 });
  await says(finder, 'This phone was reported as lost');
  await isOut(finder);

  await registerPhone(person, false);
  await registerPhone(person, true);
  await phones.approve(laptop, person, 'push');
  await phones.proceed(laptop);
  await firstUse(laptop, person);
  await laptop.go('/account');
  await says(laptop, 'Mobile approval');
  await says(laptop, 'Test key');

  await registerPhone(person, false); // given away: a change, which needs nothing here
  await registerPhone(person, true);
  await phones.approve(phone, person, 'link');
  await phones.proceed(phone);
  assert.doesNotMatch(phone.page.url(), /sign-in/, 'the changed phone asks for nothing');
  await Promise.all([laptop, phone, finder].map((each) => each.context.close()));
});

// The signature of this person's card over the file that the page offers, handed in without script.
async function bySignature(visitor, person, options) {
  await visitor.go('/sign-in/certificate', { look: false });
  await visitor.submit('/certificate/start', { look: false });
  const signature = await cards.signed(person, (await visitor.download('main ol a')).content);
  await visitor.fill({ signature });
  await visitor.submit('/sign-in/certificate', options);
}

test('with a citizen certificate and without script: the phone goes, and later the card', async () => {
  const person = cards.people[3];
  const visitor = await open('card', 'zh-Hant');
  await visitor.withoutScript();
  await bySignature(visitor, person, { look: false });
  await visitor.fill({ national_id: person.number, household_number: person.household_number });
  await visitor.submit('/certificate/first', { look: false });
  await phones.approve(visitor, person, 'push');
  await phones.proceed(visitor, { look: false });
  await firstUse(visitor, person);
  await visitor.follow('form[action$="/sign-out"] button', { look: false });

  await bySignature(visitor, person, { look: false });
  await reportLost(visitor, '行動身分識別');
  await says(visitor, '已停用');
  const finder = await open('finder', 'zh-Hant');
  await finder.withoutScript();
  await phones.approve(finder, person, 'push');
  await phones.proceed(finder, { status: 422 });
  await says(finder, '這支手機已通報遺失');

  await registerPhone(person, false);
  await registerPhone(person, true);
  await phones.approve(visitor, person, 'push');
  await phones.proceed(visitor, { look: false });
  await firstUse(visitor, person);
  await reportLost(visitor, '自然人憑證'); // signed in by the phone, so the card is the one that can go
  await bySignature(finder, person, { status: 422 });
  await says(finder, '這張卡片已通報遺失');
  await Promise.all([visitor, finder].map((each) => each.context.close()));
});
