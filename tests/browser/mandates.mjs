// Acting for others in a real browser: a parent for a child, who applies, takes data along and sees what was used; a
// person whom another lets act with a code, until that is withdrawn; and who represents a company. In both languages, on
// a phone, without script once signed in.
//   MINBEN_COUNTRY=… node --test tests/browser/mandates.mjs
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Cards } from './lib/cards.mjs';
import { Country, program } from './lib/country.mjs';
import { exchangeReady } from './lib/exchange_ready.mjs';
import { Look } from './lib/look.mjs';
import { recordsOf } from './lib/registers.mjs';
import { Visitor, launch } from './lib/visitor.mjs';

const run = promisify(execFile);
const look = new Look('mandates');
let country, browser, cards, wards, companies;

before(async () => {
  [country, browser] = await Promise.all([Country.start(), launch()]);
  cards = await Cards.of(country);
  [wards, companies] = await Promise.all([recordsOf(country, 'ris', 'guardianship'), recordsOf(country, 'moea', 'company-check')]);
  await exchangeReady(country, 'ris', 'moea');
});

after(async () => {
  await browser?.close();
  await country?.stop();
  await cards?.drop();
});

async function enter(person, language, name) {
  const visitor = await Visitor.open({ browser, country, look, language, name });
  await cards.signIn(visitor, person);
  await visitor.withoutScript();
  return visitor;
}

const banner = (visitor) => visitor.page.locator('.mb-acting');
const says = async (visitor, text, where) => {
  const shown = await visitor.text(where);
  assert.ok(shown.includes(text), `${text} in\n${shown}`);
};
const stop = (visitor) => visitor.follow('.mb-acting button');

const words = {
  'zh-Hant': { acting: (name) => `您正在代理${name}`, stopFirst: '請先結束代理', agency: '戶政', of: (name) => `${name}的`,
    withdrawn: '已撤回', guardian: '法定代理人', used: '開始代理' },
  en: { acting: (name) => `You act for ${name}`, stopFirst: 'stop acting for somebody else first', agency: 'Household',
    of: (name) => `of ${name}`, withdrawn: 'Withdrawn', guardian: 'legal guardian', used: 'Used' },
};

async function actForAChild(language, nth) {
  const say = words[language];
  const person = cards.people.filter(({ number }) => wards.some(({ key }) => key === number))[nth];
  const [child] = wards.find(({ key }) => key === person.number).value.wards;
  const parent = await enter(person, language, 'parent');
  await parent.go('/account');
  await parent.follow('main a[href$="/mandates"]');
  await parent.follow('main a[href$="/mandates/children"]');
  await says(parent, child.name);
  await parent.submit('/mandates/children');
  await says(parent, say.acting(child.name), '.mb-acting');

  // What is the parent's own stays closed meanwhile, and says why.
  await parent.go('/account', { status: 403 });
  await says(parent, say.stopFirst);

  // An application of the child's.
  await parent.go('/services/gold-card/apply');
  await parent.submit('/services/gold-card/apply');
  assert.match(parent.page.url(), /\/drafts\//);
  const draft = new URL(parent.page.url()).pathname.split('/')[3];

  // The child's data as a file.
  await parent.go('/data-requests');
  await parent.fill({ resource: 'API.ris.person', mode: 'download' });
  await parent.submit('/data-requests');
  await says(parent, say.agency);
  const request = new URL(parent.page.url()).pathname.replace(/^\/[^/]+/, '');
  await parent.fill({ 'grant.API.ris.person': 'yes' });
  await parent.submit(request);
  await parent.waitFor(request, `main form[action$="/file"]`);
  await parent.go('/consents');
  await parent.follow('main a[href*="/consents/"]');
  const receipt = JSON.parse((await parent.download('main a[href$="/receipt"]')).content);
  const granted = receipt.receipt.events.find(({ event_state }) => event_state === 'granted');
  assert.equal(granted.act.kind, 'guardian');
  assert.notEqual(granted.act.sub, receipt.receipt.pii_principal_id);
  await parent.go('/usage');

  await stop(parent);
  assert.equal(await banner(parent).count(), 0);
  await parent.go('/consents');
  assert.equal(await parent.page.locator('main a[href*="/consents/"]').count(), 0, 'the parent agreed to nothing');
  await parent.go(`/drafts/${draft}`, { status: 404 });

  // One request for both; what was agreed to for the child is taken back in it.
  await parent.go('/data-requests');
  await parent.page.getByLabel(child.name).check();
  await parent.fill({ resource: 'API.ris.person', mode: 'download' });
  await parent.submit('/data-requests');
  await says(parent, say.of(child.name));
  const boxes = parent.page.locator('main input[name^="grant."]');
  assert.equal(await boxes.count(), 2);
  for (const box of await boxes.all()) await box.check();
  const both = new URL(parent.page.url()).pathname.replace(/^\/[^/]+/, '');
  await parent.submit(both);
  await parent.waitFor(both, 'main form[action$="/file"]');
  await parent.submit('/withdraw');
  await says(parent, say.withdrawn);
  await parent.submit('/file');

  // What was done is in the history, with receipts that anybody can check.
  await parent.go('/mandates');
  await parent.follow('main .govuk-summary-list a[href*="/mandates/"]');
  await says(parent, say.guardian);
  await says(parent, say.used);
  await parent.waitFor(new URL(parent.page.url()).pathname.replace(/^\/[^/]+/, ''), 'main a[href*="/events/"]');
  const { content } = await parent.download('main a[href$="/events/2"]');
  const [file, key] = ['mandate.receipt', 'ledger.keys'].map((name) => path.join(cards.scratch, name));
  await writeFile(file, content);
  await writeFile(key, await (await fetch(`${country.origin}/ledger/keys`)).text());
  const { stdout } = await run(program, ['receipt', 'verify', file, '--key', key]);
  assert.match(stdout, /^VALID/);
  await parent.context.close();
}

test('a parent acts for a child, and every record names both', () => actForAChild('zh-Hant', 0));
test('a parent acts for a child, in English', () => actForAChild('en', 1));

test('somebody acts with a code, in what was granted, until it is withdrawn', async () => {
  const [giver, helper] = [cards.people[1], cards.people[3]];
  const principal = await enter(giver, 'en', 'principal');
  await principal.go('/mandates');
  await principal.follow('main a[href$="/mandates/new"]');
  await principal.submit('/mandates/new', { status: 422 });
  await says(principal, 'choose at least one');
  await principal.fill({ power: 'services', service: 'gold-card', note: 'for my sister' });
  await principal.fillDate('until', [2020, 1, 1]);
  await principal.submit('/mandates/new', { status: 422 });
  await principal.fillDate('until', [new Date().getFullYear() + 1, 6, 30]);
  await principal.submit('/mandates/new');
  const code = await principal.text('main strong.mb-number');

  const holder = await enter(helper, 'en', 'holder');
  await holder.go('/mandates/code');
  await holder.fill({ code: '2222-2222-2222' });
  await holder.submit('/mandates/code', { status: 422 });
  await holder.fill({ code: code.toLowerCase() });
  await holder.submit('/mandates/code');
  await says(holder, giver.name);
  await holder.submit('/mandates/accept');
  await holder.submit('/act');
  await says(holder, `You act for ${giver.name}`, '.mb-acting');
  await holder.go('/consents', { status: 403 });
  await says(holder, 'does not cover');
  await holder.go('/mandates/new', { status: 403 });
  await holder.go('/services/gold-card/apply');

  await principal.go('/mandates');
  await says(principal, helper.name);
  await principal.follow('main .govuk-summary-list a[href*="/mandates/"]');
  await principal.submit('/end');
  await holder.submit('/services/gold-card/apply', { status: 403 }); // a form made for the principal
  assert.equal(await banner(holder).count(), 0);
  await holder.go('/mandates');
  await Promise.all([principal, holder].map((each) => each.context.close()));
});

test('a representative acts for a company, which cannot apply where only people can', async () => {
  const person = cards.people[2];
  const company = companies.find(({ value }) => value.representative === person.number);
  const boss = await enter(person, 'zh-Hant', 'boss');
  await boss.go('/mandates/company');
  await boss.fill({ company_number: '12345678' });
  await boss.submit('/mandates/company', { status: 422 });
  await boss.fill({ company_number: companies.find((other) => other !== company).key });
  await boss.submit('/mandates/company', { status: 422 });
  await boss.fill({ company_number: company.key });
  await boss.submit('/mandates/company');
  await says(boss, company.value.name, '.mb-acting');
  await boss.go('/services/gold-card/apply');
  await boss.submit('/services/gold-card/apply', { status: 403 });
  await says(boss, '自然人');
  await boss.go('/mandates');
  await stop(boss);
  await boss.context.close();
  assert.deepEqual(look.faults, []);
});
