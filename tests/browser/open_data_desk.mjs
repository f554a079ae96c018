// Open data where script runs, and the platform's data steward: suggestions while typing, by keyboard and while an input
// method composes; a large file whose reading is followed; another catalogue, a real server, that is tried, switched on,
// harvested and followed; a series of datasets.
//   MINBEN_COUNTRY=… node --test tests/browser/open_data_desk.mjs
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Country } from './lib/country.mjs';
import { Look } from './lib/look.mjs';
import { scratchFolder } from './lib/scratch.mjs';
import { Visitor, launch } from './lib/visitor.mjs';

const look = new Look('open_data_desk');
let country, browser, folder, reader, publisher, keeper, portal;

const account = (words) => country.ready.accounts.find(({ role }) => role.includes(words)).email;

// A CKAN with datasets that a test may change; slow on demand.
class Portal {
  packages = new Map();
  pause = 0;
  add(number, title) {
    this.packages.set(`id-${number}`, { id: `id-${number}`, name: `set-${number}`, title: `${title} ${number}`, notes: '每日更新',
      state: 'active', private: false, license_id: 'cc-by', organization: { name: 'env', title: '環保局' },
      resources: [{ id: `r-${number}`, format: 'CSV', name: '檔案', url: `https://data.example.tw/${number}.csv` }] });
  }
  async listen() {
    this.server = createServer((request, response) => void this.#answer(request, response)).listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }
  async #answer(request, response) {
    const url = new URL(request.url, this.url);
    await new Promise((resolve) => setTimeout(resolve, this.pause));
    const start = Number(url.searchParams.get('start') ?? 0), rows = Number(url.searchParams.get('rows') ?? 10);
    const all = [...this.packages.values()];
    response.setHeader('Content-Type', 'application/json');
    if (url.pathname !== '/api/3/action/package_search') response.statusCode = 404;
    response.end(JSON.stringify({ success: response.statusCode === 200, result: { count: all.length, results: all.slice(start, start + rows) } }));
  }
}

async function officer(name, words) {
  const visitor = await Visitor.open({ browser, country, look, language: 'en', name, email: account(words) });
  await visitor.go('/desk/sign-in', { look: false });
  await visitor.signInWithCode(visitor.email, '/desk');
  await visitor.go('/desk/account', { look: false });
  await visitor.enrolPasskey();
  return visitor;
}

before(async () => {
  [country, browser, folder] = await Promise.all([Country.start(), launch(), scratchFolder('open-data-desk')]);
  portal = await new Portal().listen();
  reader = await Visitor.open({ browser, country, look, language: 'zh-Hant', name: 'reader' });
  publisher = await officer('publisher', 'immigration, publishes');
  keeper = await officer('keeper', 'looks at what people say about open data');
});

after(async () => {
  portal?.server.close();
  await browser?.close();
  await country?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
  assert.deepEqual(look.faults, []);
});

const options = () => reader.page.locator('[role=option]');
const field = () => reader.page.locator('main input[name=q]');

test('suggestions help while typing, by keyboard alone', async () => {
  await reader.go('/datasets', { look: false });
  const before = await reader.page.locator('main h1').boundingBox();
  const below = await reader.page.locator('.mb-count').boundingBox();
  await field().focus();
  await reader.page.keyboard.type('公司', { delay: 30 });
  await options().first().waitFor();
  await reader.page.screenshot({ path: path.join(look.directory, 'suggestions-1280.png') });
  assert.deepEqual(await reader.page.locator('main h1').boundingBox(), before);
  assert.deepEqual(await reader.page.locator('.mb-count').boundingBox(), below, 'nothing moves');
  await look.at(reader);
  await field().focus();
  await reader.page.keyboard.press('ArrowDown'); // closed by the look around: asked for again
  await options().first().waitFor();
  assert.equal(await field().getAttribute('aria-expanded'), 'true');
  await reader.page.keyboard.press('ArrowDown');
  const chosen = await field().getAttribute('aria-activedescendant');
  assert.equal(await reader.page.locator(`#${chosen}`).getAttribute('aria-selected'), 'true');
  await reader.page.keyboard.press('Escape');
  assert.equal(await field().getAttribute('aria-expanded'), 'false');
  assert.equal(await field().inputValue(), '公司');
  await reader.page.keyboard.press('ArrowDown');
  await options().first().waitFor();
  await reader.page.keyboard.press('ArrowUp'); // the last one
  const text = await reader.page.locator('[role=option][aria-selected=true]').innerText();
  await Promise.all([reader.page.waitForNavigation(), reader.page.keyboard.press('Enter')]);
  assert.notEqual(new URL(reader.page.url()).pathname, '/zh-Hant/datasets', text);
});

test('what an input method composes is not taken for what is meant', async () => {
  await reader.go('/datasets', { look: false });
  let asked = 0;
  reader.page.on('request', (request) => { if (request.url().includes('dataset-suggestions')) ++asked; });
  await field().focus();
  const keys = await reader.context.newCDPSession(reader.page);
  await keys.send('Input.imeSetComposition', { text: 'ㄍㄨㄥ', selectionStart: 3, selectionEnd: 3 });
  await reader.page.waitForTimeout(500);
  assert.equal(asked, 0);
  assert.equal(await reader.page.locator('[role=listbox]').isVisible(), false);
  await keys.send('Input.insertText', { text: '公司' });
  await options().first().waitFor();
  assert.ok(asked >= 1);
  await reader.page.keyboard.press('Enter'); // none is chosen: the form searches
  await reader.page.waitForURL(/datasets\?q=/);
});

test('the front page suggests services first, and then data', async () => {
  await reader.go('', { look: false });
  await reader.page.locator('main input[name=q]').first().focus();
  await reader.page.keyboard.type('就業', { delay: 30 });
  await options().first().waitFor();
  await look.at(reader);
  assert.match(await options().first().innerText(), /服務/);
});

test('a large file is read while its steward watches', async () => {
  const file = path.join(folder, 'large.csv');
  const rows = ['編號,日期,說明'];
  for (let i = 0; i < 300_000; ++i) rows.push(`${i},115/${String(i % 12 + 1).padStart(2, '0')}/01,這是第 ${i} 列的說明文字`);
  await writeFile(file, rows.join('\n') + '\n');
  await publisher.go('/desk/data/datasets');
  await publisher.follow(publisher.page.locator('main table a', { hasText: 'Employment Gold Card' }).first());
  await publisher.follow('main a[href$="/files/new"]');
  await publisher.fill({ file, title: '大檔案' });
  await publisher.page.locator('main form[enctype="multipart/form-data"] button').first().click();
  await publisher.page.waitForURL(/uploads/);
  await look.at(publisher); // while it is read
  // The page itself finds out, without a reload.
  await publisher.page.locator('main form[action$="/take"]').waitFor({ timeout: 60_000 });
  assert.match(await publisher.text(), /300,?000 rows and 3 columns were read/);
  assert.match(await publisher.text('[role=status]'), /The reading is over/);
  await look.at(publisher);
  await publisher.submit('/take');
  assert.match(await publisher.text(), /It was added to the draft/);
});

test('another catalogue is tried, switched on, and harvested before the eyes of the steward', async () => {
  for (let i = 100; i < 130; ++i) portal.add(i, '縣市資料');
  await keeper.go('/desk/data');
  await keeper.follow('main a[href$="/desk/data/harvest"]');
  await keeper.follow('main a[href$="/harvest/new"]');
  await keeper.fill({ code: 'City!', url: 'gopher://x' });
  await keeper.submit('/harvest/new', { status: 422 });
  await keeper.fill({ code: 'city', title_zh: '某市', title_en: 'A city', url: portal.url, pause_ms: '0' });
  await keeper.submit('/harvest/new');
  portal.pause = 3000;
  await keeper.submit('/city/run');
  assert.match(await keeper.text(), /Waiting|Running/);
  portal.pause = 0;
  await keeper.page.locator('[role=status]', { hasText: 'The run is over' }).waitFor({ timeout: 60_000 });
  assert.match(await keeper.text(), /id-110/);
  await keeper.go('/desk/data/harvest/city');
  await keeper.submit('/city/activate');
  // Harvested at once, as it is due; then one dataset changes.
  await keeper.waitFor('/desk/data/harvest/city', 'main table tbody tr:nth-child(2)', 120);
  for (const until = Date.now() + 60_000; ; await keeper.page.waitForTimeout(300)) {
    const found = await fetch(country.origin + '/api/3/action/package_show?id=set-110');
    if (found.ok) break;
    assert.ok(Date.now() < until, 'the dataset never came');
  }
  portal.add(110, '新名稱');
  await keeper.go('/desk/data/harvest/city');
  await keeper.page.locator('main form:has(input[name=dry][value=no]) button').click();
  await keeper.page.waitForURL(/runs/);
  await keeper.page.locator('[role=status]', { hasText: 'The run is over' }).waitFor({ timeout: 60_000 });
  await keeper.go(new URL(keeper.page.url()).pathname.replace('/en', '') + '?state=changed');
  await keeper.page.locator('main table details summary').click();
  assert.match(await keeper.text(), /縣市資料 110[\s\S]*新名稱 110/);
  await keeper.go('/desk/data/harvest');
  await reader.go('/datasets/set-110');
  assert.match(await reader.text(), /city[\s\S]*讀入/);
});

test('the datasets of a series are found from each other', async () => {
  await reader.go('/datasets/company-registrations-2024');
  await reader.follow('main a[href*="/series/"]');
  const links = await reader.page.locator('main table a').evaluateAll((all) => all.map((each) => each.getAttribute('href')));
  assert.deepEqual(links.map((each) => each.split('/').at(-1)), ['company-registrations', 'company-registrations-2024']);
  const turtle = await (await fetch(country.origin + '/dataset/company-registrations.ttl')).text();
  const [, series] = /dcat:inSeries <([^>]+)>/.exec(turtle);
  const page = await fetch(series, { headers: { Accept: 'text/html', 'Accept-Language': 'en' } });
  assert.match(page.url, /\/en\/series\/company-registrations-by-year/);
  const graph = await fetch(series, { headers: { Accept: 'text/turtle' } });
  assert.match(await graph.text(), /dcat:DatasetSeries/);
});

test('nothing on the way was wrong', () => assert.deepEqual(look.faults, []));
