// What an applicant does, from the first question to the receipt. Page by page, as the portal asks.
import assert from 'node:assert/strict';
import { pdf, portrait } from './papers.mjs';

const passportUntil = [new Date().getFullYear() + 5, 8, 30];

const upload = (name, mimeType, buffer) => ({ name, mimeType, buffer });

// By the service's life event to the eligibility check; what is missing is said first.
export async function checkEligibility(applicant, { field, regulation }) {
  await applicant.go('');
  await applicant.follow('main a[href$="/life-events/work-in-taiwan"]');
  await applicant.follow('main a[href$="/services/gold-card"]');
  await applicant.follow('main a[href$="/services/gold-card/check"]');
  await applicant.submit('/check', { status: 422 });
  assert.equal(await applicant.page.locator('.govuk-error-summary').count(), 1, 'missing answers are named');
  await applicant.fill({ nationality_class: 'general', field, regulation, situation: 'overseas' });
  await applicant.fillDate('passport_valid_until', passportUntil);
  await applicant.submit('/check');
}

// Answers every page of the application and submits it. → path of the case
export async function apply(applicant, person, answers) {
  const { page } = applicant;
  const [surname, ...given] = person.name_latin.toUpperCase().split(' ').reverse();
  const pages = {
    field: () => applicant.fill({ field: answers.field, regulation: answers.regulation }),
    situation: () => applicant.fill({ nationality_class: 'general', situation: 'overseas', years: '3' }),
    person: async () => {
      await applicant.fill({ name_latin: `${surname}, ${given.reverse().join(' ')}`, sex: person.sex,
        nationality: person.nationality });
      await applicant.fillDate('birth_date', person.birth_date.split('-'));
    },
    passport: async () => {
      await applicant.fill({ passport_no: person.passport,
        passport_copy: upload('passport.pdf', 'application/pdf', pdf(['PASSPORT (specimen)', person.passport])) });
      await applicant.fillDate('passport_valid_until', passportUntil);
    },
    photo: () => applicant.fill({ photo: upload('photo.png', 'image/png', portrait()) }),
    evidence: () => applicant.fill({ evidence: upload('contracts.pdf', 'application/pdf', pdf(['Employment contracts'])),
      evidence_note: 'Eight years as lead engineer of a payment platform; the contracts are attached.' }),
    background: () => applicant.fill({ prc_employment: 'false' }),
    contact: () => applicant.fill({ email: applicant.email, phone: '+46 8 000 0000' }),
  };
  await applicant.follow('main a[href*="/pages/field"]');
  const asked = [];
  for (let at; (at = /\/pages\/([a-z-]+)/.exec(page.url()));) {
    assert.ok(!asked.includes(at[1]), `asked twice: ${page.url()} ${await applicant.text()}`);
    asked.push(at[1]);
    await pages[at[1]]();
    await applicant.submit(`/pages/${at[1]}`);
  }
  assert.deepEqual(asked, Object.keys(pages));
  assert.match(page.url(), /\/check$/);
  await applicant.submit('/submit', { status: 422 });
  await applicant.fill({ declared: 'yes' });
  await applicant.submit('/submit');
  assert.match(page.url(), /\/submitted$/);
  return new URL(page.url()).pathname.replace(/^\/[^/]+/, '').replace(/\/submitted$/, '');
}

// → how many items were agreed to
export async function consent(applicant, path) {
  let granted = 0;
  await applicant.go(`${path}/consents`);
  for (; await applicant.page.locator('button[value=grant]').count() > 0; ++granted)
    await applicant.follow('button[value=grant]', { look: granted === 0 });
  return granted;
}

export async function pay(applicant, path) {
  await applicant.waitFor(`${path}/pay`, 'main form[action$="/pay"]');
  const slip = await applicant.download('main a[href$="/slip.pdf"]');
  assert.ok(slip.content.subarray(0, 5).equals(Buffer.from('%PDF-')));
  await applicant.submit('/pay');
  assert.equal(new URL(applicant.page.url()).origin, applicant.country.ready.payments, 'paid outside the platform');
  await applicant.fill({ card: '4242 4242 4242 4242' });
  await applicant.follow('main form button');
  assert.equal(new URL(applicant.page.url()).origin, applicant.country.origin);
}

export async function answerSupplement(applicant, path) {
  await applicant.waitFor(path, 'main a[href$="/supplement"]');
  await applicant.follow('main a[href$="/supplement"]');
  await applicant.fill({ passport_copy: upload('passport-again.pdf', 'application/pdf', pdf(['PASSPORT', 'in colour'])) });
  await applicant.submit('/supplement');
}

export async function writeMessage(applicant, path) {
  await applicant.go(`${path}/messages`);
  await applicant.fill({ text: 'Can I collect the card at the airport?' });
  await applicant.submit('/messages');
}
