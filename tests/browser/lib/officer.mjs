// What officers do at the desk.

// Code first, then a passkey of one's own, then in again with the passkey alone.
export async function signIn(officer) {
  await officer.go('/desk/sign-in');
  await officer.signInWithCode(officer.email, '/desk');
  await officer.go('/desk/account');
  await officer.enrolPasskey();
  await officer.follow('form[action$="/sign-out"] button');
  await officer.go('/desk/sign-in', { look: false });
  await officer.signInWithPasskey();
  await officer.rest();
}

export async function claim(officer, path) {
  await officer.waitFor(`/desk${path}`, 'main form[action$="/claim"]');
  await officer.submit('/claim');
}

export async function mark(officer, field, value, note) {
  const form = officer.page.locator('main form[action$="/mark"]')
    .filter({ has: officer.page.locator(`input[name=field][value="${field}"]`) });
  const name = await form.locator('input[name=names]').inputValue();
  await form.locator('xpath=ancestor::details/summary').click();
  await officer.fill({ [`value-${name}`]: value, [`note-${name}`]: note });
  await officer.follow(form.locator('button'));
}

export async function askForSupplement(officer) {
  await officer.follow('main a[href$="/supplement"]');
  await officer.submit('/supplement', { status: 422 });
  await officer.fill({ reason: 'document_unreadable', field: '/passport_copy',
    text: 'The passport page is dark.\nPlease scan it again in colour.' });
  await officer.submit('/supplement');
  await officer.rest();
}

export async function decide(officer, path, outcome) {
  await officer.waitFor(`/desk${path}`, 'main a[href$="/decide"]');
  await officer.follow('main a[href$="/decide"]');
  await officer.fill({ outcome, text: 'The documents show what they have to show.' });
  await officer.submit('/decide');
  await officer.rest();
}

const operations = '/desk/services/gold-card/operations';

// The owner of the service rehearses moving the cases of the former version to the one served now, or moves them.
export async function moveCases(owner, how) {
  await owner.go(operations);
  await owner.follow(owner.form('/operations/move').locator(`button[value=${how}]`), { look: false });
  const batch = new URL(owner.page.url()).pathname.replace(/^\/[^/]+/, '');
  await owner.waitFor(batch, 'main p:text-matches("Finished on|已於")');
}

// A stuck case is tried again, in vain, and goes on at another step after a look at what that does. When none is stuck
// any more, a case that was moved before is moved once more. → path of its page
export async function moveByHand(owner, step, note) {
  await owner.go(operations, { look: false });
  await owner.follow('main a[href*="/operations/cases/"]');
  const path = new URL(owner.page.url()).pathname.replace(/^\/[^/]+/, '');
  if (await owner.form('/retry').count() > 0) await owner.submit('/retry', { look: false });
  await owner.submit('/modification', { status: 422, look: owner.language === 'en' });
  await owner.page.locator('main input[name=leave]').first().check();
  await owner.fill({ go_on_at: step, note });
  await owner.submit('/modification');
  await owner.submit('/modification', { look: false });
  return path;
}
