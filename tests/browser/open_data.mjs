// Open data in a real browser: somebody finds a dataset by a vague phrase, narrows its table, sees the map, and gets the same
// numbers from the call that the page shows; reports a problem and follows the answer; the agency's data steward publishes a
// new version and answers. In both languages, at both widths, without script.
//   MINBEN_COUNTRY=… node --test tests/browser/open_data.mjs
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Country } from './lib/country.mjs';
import { Look } from './lib/look.mjs';
import { scratchFolder } from './lib/scratch.mjs';
import { Visitor, launch } from './lib/visitor.mjs';

const look = new Look('open_data');
let country, browser, folder, reader, steward, report;

const dataset = '/datasets/gold-card-applications';
const account = (words) => country.ready.accounts.find(({ role }) => role.includes(words)).email;

before(async () => {
  [country, browser, folder] = await Promise.all([Country.start(), launch(), scratchFolder('open-data')]);
  reader = await Visitor.open({ browser, country, look, language: 'zh-Hant', name: 'reader', email: account('citizen proven') });
  await reader.signInWithCode(reader.email);
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
  assert.deepEqual(look.faults, []);
});

test('a vague phrase leads to a dataset, its table to a map, and the call to the same numbers', async () => {
  await reader.waitFor('/datasets?q=' + encodeURIComponent('請問各縣市戶政事務所要等多久'), 'main a[href$="/datasets/counter-waiting"]');
  await reader.follow('main a[href$="/datasets/counter-waiting"]');
  await reader.follow('main a[href*="/tables/"]');
  assert.ok(await reader.page.locator('main svg').count() >= 1, 'a map or chart is drawn');
  await reader.page.locator('main details summary').first().click();
  await reader.fill({ 'is.縣市': '臺北市' });
  await reader.follow(reader.page.locator('main form.mb-conditions button').first());
  const shown = await reader.page.locator('main .mb-rows tbody tr').count();
  const call = (await reader.page.locator('main pre', { hasText: '/api/3/action/datastore_search' }).first().textContent()).trim();
  const { result } = await (await fetch(call)).json();
  assert.equal(result.total, shown);
  assert.ok(result.records.every((record) => record['縣市'] === '臺北市'));
});

test('what narrows a search is beside the results, and on a phone one line above them that opens', async () => {
  const { page } = reader;
  const facet = page.locator('main nav a[href*="publisher="]', { hasText: '移民署' });
  await reader.go('/datasets');
  assert.ok(await facet.isVisible(), 'open without a click');
  await facet.focus();
  assert.ok(await facet.evaluate((link) => link === document.activeElement), 'by keyboard too');
  await page.setViewportSize({ width: 390, height: 844 });
  assert.ok(!await facet.isVisible());
  const result = await page.locator('main .mb-result a').first().boundingBox();
  assert.ok(result.y < 844, 'the first result is on the first screen');
  await page.locator('main nav > details > summary').click();
  await reader.follow(facet);
  assert.match(page.url(), /publisher=nia/);
  await reader.go('/publishers?q=' + encodeURIComponent('數位'));
  assert.equal(await page.locator('main tbody tr').count(), 1);
  await page.setViewportSize({ width: 1280, height: 900 });
});

test('what programs read says the same', async () => {
  const get = async (address) => (await fetch(country.origin + address)).json();
  const found = await get('/api/3/action/package_search?q=%E7%AD%89%E5%80%99&facet.field=[%22organization%22]');
  assert.equal(found.result.count, 1);
  assert.equal(found.result.results[0].name, 'counter-waiting');
  const turtle = await fetch(country.origin + '/dataset/counter-waiting.ttl');
  assert.match(turtle.headers.get('content-type'), /text\/turtle/);
  assert.match(await turtle.text(), /a dcat:Dataset/);
});

test('a problem is reported in public, and answered with a new version', async () => {
  await reader.go(dataset + '/reports');
  await reader.fill({ kind: 'wrong_values', words: '115年10月的件數少一位數' });
  await reader.submit('/reports');
  report = new URL(reader.page.url()).pathname.split('/').at(-1);

  const file = path.join(folder, 'new.csv');
  await writeFile(file, '年月,專業領域,申請件數,核准件數,平均審查天數\n115/10/01,科技,201,170,27.5\n115/11/01,科技,205,168,27.0\n');
  await steward.waitFor('/desk/data', `main a[href*="/reports/"]`);
  await steward.go('/desk/data/datasets');
  await steward.follow(steward.page.locator('main table a', { hasText: 'Employment Gold Card' }).first());
  await steward.follow('main a[href*="/files/"]:not([href$="/new"])');
  await steward.fill({ file, note: '更正十月的件數' });
  await steward.follow(steward.page.locator('main form[enctype="multipart/form-data"] button').first());
  const upload = new URL(steward.page.url()).pathname.replace('/en', '');
  await steward.waitFor(upload, 'main form[action$="/take"]');
  assert.match(await steward.text(), /2 rows and 5 columns were read/);
  assert.match(await steward.text(), /Republic/); // its dates were repaired
  await steward.submit('/take');

  await reader.go(dataset + '/versions');
  assert.match(await reader.text(), /更正十月的件數/);
  await reader.go(dataset);
  assert.match(await reader.text(), /2 列/);
  const kept = await reader.download('main a[href*="/datastore/original/"]');
  assert.equal(kept.name, 'new.csv');
  assert.deepEqual(kept.content, await readFile(file));
});

test('who reported it follows the answer to its end', async () => {
  await steward.go(`/desk/data/reports/${report}`);
  await steward.fill({ fixed_words: '已更正為三位數，見新版本。' });
  await steward.submit('/fixed');
  await reader.go(`/data-reports/${report}`);
  const answered = await reader.text();
  assert.match(answered, /已更正為三位數，見新版本。/);
  assert.match(answered, /已修正/); // its state
  await reader.go(dataset + '/reports');
  await reader.follow(`main a[href$="/data-reports/${report}"]`);
});

test('nothing on the way was wrong', () => assert.deepEqual(look.faults, []));
