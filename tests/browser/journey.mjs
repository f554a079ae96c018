// The whole journey through the demonstration country in a real browser: eligibility, sign-in, application with
// documents, consent, payment, four agencies at their desks, a supplement, the card, who used the data, the
// receipt. In English, in Chinese, and once with script switched off after sign-in. Every page is examined.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import * as asApplicant from './lib/applicant.mjs';
import { peopleAbroad } from './lib/applicants.mjs';
import { Country, program, root } from './lib/country.mjs';
import { Look, onDesktop, onPhone, unseen } from './lib/look.mjs';
import * as asOfficer from './lib/officer.mjs';
import { checkReceiptPage } from './lib/receipts.mjs';
import { Visitor, launch } from './lib/visitor.mjs';

const run = promisify(execFile);
let country, browser, people, folder;
const proof = {}; // a receipt, all of a person's, and the ledger's key, as downloaded
const staff = {}; // officers by agency, and a team lead: each signs in once, and works in all journeys

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'minben-journey-'));
  [country, browser] = await Promise.all([
    process.env.MINBEN_READY ? Country.attach(process.env.MINBEN_READY) : Country.start(), launch()]);
  people = await peopleAbroad(country);
  await signInStaff();
});

after(async () => {
  await browser?.close();
  await country?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const agencyNames = {
  en: { nia: 'National Immigration Agency', wda: 'Workforce Development Agency', boca: 'Bureau of Consular Affairs',
    nstc: 'National Science and Technology Council', moda: 'Ministry of Digital Affairs' },
  'zh-Hant': { nia: '移民署', wda: '勞動力發展署', boca: '領事事務局', nstc: '國家科學及技術委員會', moda: '數位發展部' },
};

// The person signs in by code, makes a passkey when the application wants one, signs in with it, and finds what was
// answered before.
async function signInOnTheWay(applicant) {
  await applicant.submit('/apply');
  await applicant.signInWithCode(applicant.email);
  await applicant.submit('/apply');
  await applicant.follow('main a[href*="/account/passkey"]');
  await applicant.enrolPasskey();
  await applicant.signInWithPasskey();
  assert.match(applicant.page.url(), /\/held$/);
}

async function signInFirst(applicant) {
  await applicant.go('/sign-in');
  await applicant.signInWithCode(applicant.email);
  await applicant.go('/account/passkey');
  await applicant.enrolPasskey();
  await applicant.follow('form[action$="/sign-out"] button');
  await applicant.go('/sign-in', { look: false });
  await applicant.signInWithPasskey();
}

async function verify(receipt, key, policy) {
  const file = path.join(folder, `${randomUUID()}.receipt`);
  await writeFile(file, receipt);
  return run(program, ['receipt', 'verify', file, '--key', key, '--policy', policy]);
}

// A receipt is valid as it is and seen by enough agencies. With any one byte changed it is not, or one agency fewer
// has seen it.
async function checkReceipt(receipt, key, policyContent) {
  const policy = path.join(folder, `${randomUUID()}.policy`);
  await writeFile(policy, policyContent);
  const good = await verify(receipt.content, key, policy);
  assert.match(good.stdout, /^VALID[^]*quorum +reached/);
  const missing = ({ stdout }) => stdout.split(' missing\n').length;
  const step = Math.ceil(receipt.content.length / 60);
  for (let at = 0; at < receipt.content.length; at += step) {
    const changed = Buffer.from(receipt.content);
    changed[at] ^= 1;
    const answer = await verify(changed, key, policy).catch((error) => error);
    assert.ok(answer.code === 1 || (answer.code === undefined && missing(answer) > missing(good)),
      `byte ${at} of ${receipt.name}`);
  }
}

// All uses in one file: each is true and none between is left out, which would be seen.
async function checkEveryUse(file, key) {
  const check = async (content) => {
    const name = path.join(folder, `${randomUUID()}.receipts`);
    await writeFile(name, content);
    return run(program, ['receipt', 'verify', name, '--key', key]);
  };
  assert.match((await check(file.content)).stdout, /^VALID[^]*COMPLETE {2}usage: 1 to \d+, nothing/);
  const fewer = JSON.parse(file.content);
  assert.ok(fewer.receipts.length > 4);
  fewer.receipts.splice(2, 1);
  const refused = await check(JSON.stringify(fewer, null, 2)).catch((error) => error);
  assert.match(refused.stderr ?? '', /left_out/);
}

async function pdfText(content) {
  const file = path.join(folder, `${randomUUID()}.pdf`);
  await writeFile(file, content);
  return (await run('pdftotext', ['-enc', 'UTF-8', file, '-'])).stdout;
}

// The officers' part: four agencies, one supplement.
async function review(applicant, officers, casePath, ministry) {
  const { nia, wda, boca } = officers;
  await asOfficer.claim(nia, casePath);
  await asOfficer.mark(nia, '/passport_copy', 'unclear', 'too dark');
  await asOfficer.askForSupplement(nia);
  await asApplicant.answerSupplement(applicant, casePath);
  await applicant.rest();
  await asOfficer.decide(nia, casePath, 'pass');
  await asOfficer.claim(wda, casePath);
  await asOfficer.decide(wda, casePath, 'complete');
  await asOfficer.claim(officers[ministry], casePath);
  await asOfficer.decide(officers[ministry], casePath, 'qualified');
  await asOfficer.claim(wda, casePath);
  await asOfficer.decide(wda, casePath, 'pass');
  await asOfficer.claim(boca, casePath);
  await asOfficer.decide(boca, casePath, 'pass');
  await asOfficer.claim(nia, casePath);
  await asOfficer.decide(nia, casePath, 'approve');
}

// The pages that stand beside the work: asked for once, so that each is seen.
async function lookAround(applicant, officers, casePath) {
  await asApplicant.writeMessage(applicant, casePath);
  for (const more of ['/answers', '/process', '/why']) await applicant.go(casePath + more);
  for (const page of ['/cases', '/consents', '/account', '/account/profile', '/find?q=gold', '/developers'])
    await applicant.go(page);
  const desk = officers.wda;
  for (const more of ['/messages', '/course']) await desk.go(`/desk${casePath}${more}`);
  for (const page of ['', '?urgent=yes', '/search', '/account']) await desk.go(`/desk${page}`);
  for (const page of ['figures', 'services/gold-card/waiting']) await officers.lead.go(`/desk/${page}`);
}

// The owner's part: cases under two versions, and some that are stuck.
async function operate(owner, { how, step }) {
  await asOfficer.moveCases(owner, how);
  const note = `The joint review was missed: ${how}.`;
  const casePath = await asOfficer.moveByHand(owner, step, note);
  assert.ok((await owner.text()).includes(note), 'what was done by hand is told on the page of its case');
  await owner.go('/desk/services/gold-card/operations', { look: false });
  const log = owner.page.locator('main tr', { has: owner.page.locator(`a[href$="${casePath}"]`), hasText: note });
  assert.match(await log.first().innerText(), /吳美玲/, 'and in the log, with who did it');
}

const usageRows = (applicant) => applicant.page.locator('main tbody tr').evaluateAll((all) => all.map((row) => ({
  at: row.querySelector('time').dateTime, cells: [...row.cells].map((cell) => cell.innerText.trim()) })));

// Which agency used the data, for what, when: the four fetches one was asked about, and each agency's looks.
async function checkUsage(applicant, casePath, ministry, language) {
  const names = agencyNames[language];
  const list = `/usage?case=${casePath.split('/').pop()}`;
  await applicant.go(list);
  for (const agency of ['nia', 'wda', ministry, 'boca']) {
    await applicant.go(`${list}&kind=viewed&agency=${agency}`, { look: false });
    const looks = await usageRows(applicant);
    assert.ok(looks.length > 0 && looks.every(({ cells }) => cells[1].includes(names[agency])), agency);
  }
  await applicant.waitFor(`${list}&kind=fetched`, 'main tbody tr:nth-child(4) a[href$="/receipt"]');
  const fetched = await usageRows(applicant);
  assert.equal(fetched.length, 4);
  for (const { at, cells } of fetched) {
    assert.ok(Math.abs(Date.now() - Date.parse(at)) < 15 * 60_000, at);
    assert.ok(cells.every((cell) => cell !== ''), cells.join('|'));
  }
  const between = fetched.map(({ cells }) => `${cells[1]}|${cells[2]}`);
  for (const [by, from] of [['nia', 'boca'], ['nia', 'wda'], ['wda', 'nia']])
    assert.ok(between.some((row) => { const [who, how] = row.split('|'); return who.includes(names[by]) && how.includes(names[from]); }),
      `${by} from ${from}: ${between}`);
}

async function signInStaff() {
  const look = new Look('staff');
  for (const post of ['nia', 'wda', 'moda', 'nstc', 'boca', 'lead']) {
    const email = post === 'lead' ? 'lead@nia.example' : `officer@${post}.example`;
    const first = Object.keys(staff).length === 0;
    staff[post] = await Visitor.open({ browser, country, look: first ? look : unseen, language: 'en', name: post, email });
    await asOfficer.signIn(staff[post]);
  }
  assert.deepEqual(look.faults, []);
}

async function journey({ name, language, person, field, regulation, ministry, operation, script = true, seen }) {
  const look = new Look(name, seen);
  const applicant = await Visitor.open({ browser, country, look, language, name: 'applicant',
    email: `journey.${name}.${process.pid}@people.example` });
  const officers = {};
  for (const post of ['nia', 'wda', ministry, 'boca', 'lead']) officers[post] = await staff[post].again({ look, language });
  if (!script) {
    await signInFirst(applicant);
    for (const visitor of [applicant, ...Object.values(officers)]) await visitor.withoutScript();
  }
  await asApplicant.checkEligibility(applicant, { field, regulation });
  if (script) await signInOnTheWay(applicant);
  await applicant.submit('/apply');
  const casePath = await asApplicant.apply(applicant, person, { field, regulation });
  assert.equal(await asApplicant.consent(applicant, casePath), 4);
  await asApplicant.pay(applicant, casePath);
  await applicant.rest();
  await review(applicant, officers, casePath, ministry);
  await applicant.waitFor(casePath, 'main a[href*="/documents/"]');
  const card = await applicant.download('main a[href*="/documents/"]');
  assert.match(await pdfText(card.content), /就業金卡/);
  await lookAround(applicant, officers, casePath);
  await operate(officers.lead, operation);
  await checkUsage(applicant, casePath, ministry, language);
  await applicant.page.locator('main a[href$="/receipt"]').first().locator('xpath=ancestor::details/summary').click();
  const receipt = await applicant.download('main details[open] a[href$="/receipt"]');
  const key = await applicant.download('main a[href="/ledger/keys"]');
  await applicant.go('/ledger');
  assert.match(await applicant.text(), language === 'en' ? /Enough witnesses/ : /見證數已足/);
  const policy = await applicant.download('main a[href="/ledger/policy"]');
  await applicant.go('/usage', { look: false }); // now that the witnesses have seen the newest use, too
  const everyUse = await applicant.download('main a[href*="/usage/receipts"]');
  await checkReceipt(receipt, key.content.toString().trim(), policy.content);
  await checkEveryUse(everyUse, key.content.toString().trim());
  Object.assign(proof, { receipt, key, everyUse });
  for (const visitor of [applicant, ...Object.values(officers)]) await visitor.context.close();
  assert.deepEqual(look.faults, []);
}

// One after the other: on two cores three browsers at once only slow each other down.
test('in English', () => journey({ name: 'en', language: 'en', person: people[0], field: 'digital',
  regulation: 'digital-1', ministry: 'moda', operation: { how: 'rehearse', step: 'joint_review' } }));
test('in Chinese', () => journey({ name: 'zh-Hant', language: 'zh-Hant', person: people[1], field: 'science',
  regulation: 'science-2', ministry: 'nstc', operation: { how: 'rehearse', step: 'final_review' }, seen: onPhone }));
test('without script', () => journey({ name: 'plain', language: 'en', person: people[2], field: 'digital',
  regulation: 'digital-2', ministry: 'moda', operation: { how: 'move', step: 'joint_review' }, script: false,
  seen: onDesktop }));

// Anyone drops the receipt that was downloaded above, and the file of all of them; the browser checks them alone.
test('a receipt is checked in the browser', async () => {
  const look = new Look('receipts', { often: 7 });
  await checkReceiptPage({ browser, country, look, receipt: proof.receipt, everyUse: proof.everyUse.content });
  assert.deepEqual(look.faults, []);
});

// Somebody else's refusal: which ground, on what law, and what the rules saw.
test('a refusal is explained', async () => {
  const look = new Look('refused', onPhone);
  const { email } = country.ready.accounts.find(({ role }) => role.includes('refused'));
  const applicant = await Visitor.open({ browser, country, look, language: 'zh-Hant', name: 'refused', email });
  await applicant.go('/sign-in', { look: false });
  await applicant.signInWithCode(email);
  await applicant.go('/cases', { look: false });
  await applicant.follow(applicant.page.locator('main .mb-card a', { hasText: '就業金卡' }).first());
  assert.match(await applicant.text(), /駁回事由/);
  assert.match(await applicant.text(), /規則查看|由承辦人員判斷/);
  await applicant.follow('main a[href$="/why"]');
  for (const part of [/申請資格/, /由哪個機關審查/, /規費/]) assert.match(await applicant.text(), part);
  const record = JSON.parse((await applicant.download('main a[href$="/why.json"]')).content);
  assert.deepEqual(record.map(({ about }) => about), ['eligibility', 'routing', 'fee', 'grounds']);
  await applicant.context.close();
  assert.deepEqual(look.faults, []);
});

// The comparison of the worked example in docs/simulation.md, as a page.
test('the report of a simulation', async () => {
  const look = new Look('simulation');
  const files = 'docs/examples/gold-card-simulation';
  const report = path.join(folder, 'report.html');
  await run(program, ['service', 'simulate', `${files}/gold-card-before`, '--arrivals', `${files}/arrivals.toml`,
    '--staff', `${files}/staff-before.toml`, '--compare', 'packages/gold-card', '--staff2', `${files}/staff-today.toml`,
    '--runs', '3', '--html', report], { cwd: root });
  const page = await browser.newPage();
  await page.goto(`file://${report}`);
  await look.at({ page, name: 'planner', allowScript: async () => {} });
  await page.close();
  assert.deepEqual(look.faults, []);
});

// What README tells its reader to type, beside ./run and ./test, which the other tests are about: at this country's
// address, and with the ID that an earlier command printed. A command fails by any part of its pipe, or by saying nothing.
test('the commands of README', async () => {
  const text = await readFile(path.join(root, 'README.md'), 'utf8');
  const commands = [...text.matchAll(/^ {4}(\S.*?)(?: +#.*)?$/gm)].map(([, command]) => command);
  for (const name of ['build', 'packages']) await symlink(path.join(root, name), path.join(folder, name));
  await writeFile(path.join(folder, 'receipt.json'), proof.receipt.content);
  await writeFile(path.join(folder, 'ledger.vkey'), proof.key.content);
  const typed = commands.filter((command) => !/^\.\/(run|test)$/.test(command));
  for (const part of ['build/release/minben', 'curl'])
    assert.ok(typed.filter((command) => command.startsWith(part)).length >= 4, text);
  let id;
  for (const command of typed) {
    const here = command.replace('http://localhost:8080', country.origin).replace(/\bID\b/, () => id)
      .replace(/^curl -s/, 'curl -fsS');
    const { stdout } = await run('bash', ['-o', 'pipefail', '-c', here], { cwd: folder, maxBuffer: 1 << 28 });
    assert.notEqual(stdout.trim(), '', here);
    if (/^[0-9a-f-]{36}$/.test(stdout.trim())) id = stdout.trim();
  }
});
