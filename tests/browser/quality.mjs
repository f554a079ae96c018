// Quality in a real browser: somebody sees how good a dataset is and why it is no better; what programs read says the
// same; the agency's data steward publishes a new version and sees the badge rise. In both languages, at both widths, without script.
//   MINBEN_COUNTRY=… node --test tests/browser/quality.mjs
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Country } from './lib/country.mjs';
import { Look } from './lib/look.mjs';
import { scratchFolder } from './lib/scratch.mjs';
import { Visitor, launch } from './lib/visitor.mjs';

const look = new Look('quality');
const dataset = '/datasets/gold-card-applications';
const all = ['gold-card-applications', 'counter-waiting', 'service-points', 'company-registrations', 'air-hourly'];
let country, browser, folder, reader, steward;

const account = (words) => country.ready.accounts.find(({ role }) => role.includes(words)).email;
const get = async (address) => (await fetch(country.origin + address)).json();
const quality = (name) => get(`/en/datasets/${name}/quality.json`);
// A country that is opened at another port than before has its addresses looked at anew; a check that has trouble of
// its own is tried again after a minute.
async function checked(name, wanted = ({ checking }) => !checking) {
  for (let i = 0; i < 180 && !wanted(await quality(name)); ++i)
    await new Promise((resolve) => setTimeout(resolve, 1000));
  return quality(name);
}

before(async () => {
  [country, browser, folder] = await Promise.all([Country.start(), launch(), scratchFolder('quality')]);
  reader = await Visitor.open({ browser, country, look, language: 'zh-Hant', name: 'reader', email: account('citizen proven') });
  await reader.withoutScript();
  steward = await Visitor.open({ browser, country, look, language: 'en', name: 'steward', email: account('immigration, publishes') });
  await steward.go('/desk/sign-in');
  await steward.signInWithCode(steward.email, '/desk');
  await steward.go('/desk/account');
  await steward.enrolPasskey();
  await steward.withoutScript();
});

after(async () => {
  await browser?.close();
  await country?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

test('the datasets of the demonstration are excellent by their metadata, and not all have the highest badge', async () => {
  const badges = {};
  for (const name of all) {
    const found = await checked(name);
    badges[name] = found.badge;
    assert.ok(found.mqa.total >= 351, `${name}: ${found.mqa.total}`);
    assert.equal(found.mqa.rating, 'excellent');
    assert.deepEqual(found.dcat_ap_faults, []);
    assert.equal(found.checking, false);
    for (const { url } of found.links) assert.ok(url.startsWith(country.origin + '/'), url);
  }
  console.log(badges, (await quality('counter-waiting')).mqa.total);
  assert.equal(badges['gold-card-applications'], 'gold');
  assert.equal(badges['air-hourly'], 'gold');
  assert.equal(badges['counter-waiting'], 'platinum');
});

test('a search is narrowed to a badge, and its reasons are told', async () => {
  await reader.go('/datasets?mark=gold');
  assert.match(await reader.text(), /金標章/);
  await reader.follow(`main .mb-results a[href$="${dataset}"]`);
  await reader.follow(`main a[href$="${dataset}/quality"]`);
  const said = await reader.text();
  assert.match(said, /升為白金標章/);
  assert.match(said, /新資料已逾承諾的時間/);
  assert.ok(await reader.page.locator('main svg.mb-chart').count() >= 1, 'the points are drawn');
  await reader.go('/quality');
  assert.match(await reader.text(), /內政部移民署/);
  assert.ok(await reader.page.locator('main svg.mb-chart').count() >= 2, 'publishers and time are drawn');
  await reader.follow('main table a[href$="/publishers/nia/quality"]');
});

test('what programs read says the same', async () => {
  const { success, result } = await get('/api/v2/rest/qc/2.16.886.101.20003.20001.20066');
  assert.equal(success, true);
  assert.equal(result.length, 1);
  assert.deepEqual([result[0].linkable, result[0].desc_match, result[0].dataQuality], ['1', '1', '金']);
  const one = (await get(`/api/v2/rest/quality_result/gold-card-applications`)).result;
  assert.equal(one.resources.length, 2, 'the table, and the file as it was uploaded');
  const league = await (await fetch(country.origin + '/en/quality.csv')).text();
  assert.match(league, /,nia,1,1,0,0,0,1,0,100\.0,/);
});

test('a new version of what was late raises the badge', async () => {
  await steward.go('/desk/data/quality');
  assert.match(await steward.text(), /Comes as promised/);
  const file = path.join(folder, 'new.csv');
  await writeFile(file, '年月,專業領域,申請件數,核准件數,平均審查天數\n115/10/01,科技,201,170,27.5\n115/11/01,科技,205,168,27.0\n');
  await steward.go('/desk/data/datasets');
  await steward.follow(steward.page.locator('main table a', { hasText: 'Employment Gold Card' }).first());
  assert.match(await steward.text(), /Gold/);
  await steward.follow('main a[href*="/files/"]:not([href$="/new"])');
  await steward.fill({ file, note: '十一月' });
  await steward.follow(steward.page.locator('main form[enctype="multipart/form-data"] button').first());
  await steward.waitFor(new URL(steward.page.url()).pathname.replace('/en', ''), 'main form[action$="/take"]');
  await steward.submit('/take');
  await checked('gold-card-applications', (found) => found.badge === 'platinum');
  await reader.go(`${dataset}/quality`);
  assert.ok(await reader.page.locator('main .mb-badge--platinum').count() >= 1);
  const { badge, badges } = await quality('gold-card-applications');
  assert.equal(badge, 'platinum');
  assert.deepEqual(badges.map((change) => [change.before, change.badge]), [['gold', 'platinum'], [null, 'gold']]);
  await steward.go('/desk/data/datasets');
  await steward.follow(steward.page.locator('main table a', { hasText: 'Employment Gold Card' }).first());
  assert.match(await steward.text(), /Platinum/);
  await steward.go('/desk/data/quality');
});

test('nothing on the way was wrong', () => assert.deepEqual(look.faults, []));
