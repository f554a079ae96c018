// An unrelated client of CKAN's Action API (the official ckanapi, from its public documentation) publishes hundreds of
// datasets with rows, takes everything back as a harvester does, asks for what is new, and withdraws some.
//   MINBEN_COUNTRY=… node --test tests/browser/ckan_client.mjs
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { Country, program, root } from './lib/country.mjs';
import { scratchFolder } from './lib/scratch.mjs';

const datasets = 300;
const withRows = 200;
const rowsEach = 40;
const python = path.join(root, 'build/python/ckan_client/bin');
const run = promisify(execFile);

let country, folder, key;
const here = (name) => path.join(folder, name);
const environment = () => ({ ...process.env, PATH: `${python}:${process.env.PATH}`, PYTHONDONTWRITEBYTECODE: '1' });
const ckanapi = (...words) => run(path.join(python, 'ckanapi'), [...words, '-r', country.origin],
  { env: environment(), maxBuffer: 256 << 20 });
const script = async (...words) => JSON.parse((await run(path.join(python, 'python'),
  [path.join(root, 'tests/browser/ckan_client/rows.py'), ...words], { env: environment(), maxBuffer: 64 << 20 })).stdout);
const action = async (name, ...given) => JSON.parse((await ckanapi('action', name, ...given, '-j')).stdout);
const lines = (text) => text.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));

const name = (number) => `harvested-${String(number).padStart(3, '0')}`;
const written = (number) => ({
  name: name(number), owner_org: 'moda', title: `第 ${number} 個資料集`, notes: `說明「${number}」& <i>`, license_id: 'OGDL-Taiwan-1.0',
  maintainer: '資料組', maintainer_email: 'data@example.tw', version: `1.${number}`, url: `https://data.example.tw/${number}`,
  tags: [{ name: '大量' }, { name: `標籤${number % 7}` }], groups: [{ name: number % 2 ? 'a00' : 'e00' }],
  extras: [{ key: 'internal number', value: String(number) }],
  resources: [{ name: '檔案', url: `https://data.example.tw/${number}.csv`, format: 'CSV', description: '逐筆' },
    { name: '說明', url: `https://data.example.tw/${number}.pdf`, format: 'PDF' }] });

// The index follows the database within seconds.
async function counted(wanted, ...given) {
  for (let i = 0; i < 100; ++i) {
    const found = await action('package_search', 'rows:0', ...given);
    if (found.count === wanted) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const found = await action('package_search', 'rows:0', ...given);
  assert.equal(found.count, wanted);
}

before(async () => {
  [country, folder] = await Promise.all([Country.start(), scratchFolder('ckan-client')]);
  const { stdout } = await run(program, ['client', 'add', 'CKAN client', '--agency', 'moda', '--scope', 'publish',
    '--config', path.join(country.data, 'country/platform/serve.toml')]);
  key = /minben_[A-Za-z0-9_-]+/.exec(stdout)[0];
});
after(async () => {
  await country?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

test('hundreds of datasets come in by "load datasets"', async () => {
  await writeFile(here('load.jsonl'), Array.from({ length: datasets }, (_, i) => JSON.stringify(written(i))).join('\n') + '\n');
  const began = Date.now();
  await ckanapi('load', 'datasets', '-I', here('load.jsonl'), '-p', '3', '-l', here('load.log'), '-q', '-a', key);
  console.log(`${datasets} datasets loaded in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  const told = lines(await readFile(here('load.log'), 'utf8'));
  assert.equal(told.length, datasets);
  assert.deepEqual(told.filter(([, , , error]) => error !== null), []);
  await counted(datasets, 'fq=tags:大量');
});

test('their tables are made by datastore_create', async () => {
  const parts = await Promise.all([0, 1].map((half) =>
    script('fill', country.origin, key, String(half * withRows / 2), String(withRows / 2), String(rowsEach))));
  console.log(`${withRows} tables made in ${Math.max(...parts.map(({ seconds }) => seconds)).toFixed(1)} s`);
  const large = (await action('package_show', `id=${name(datasets - 1)}`)).resources[0].id;
  await script('fill', country.origin, key, String(datasets - 1), '1', '5000');
  const seen = await script('page', country.origin, large, '700');
  assert.deepEqual(seen, { total: seen.total, rows: 5000, different: 5000, same: true, sum: 1.5 * 4999 * 5000 / 2,
    towns: Object.fromEntries(['信義區', '大安區', '中正區', '萬華區', '文山區'].map((town) => [town, 1000])) });
});

test('a harvest takes all of it back, with fields of tables and views', async () => {
  const began = Date.now();
  await ckanapi('dump', 'datasets', '--all', '-O', here('dump.jsonl.gz'), '-z', '-d', '-R', '-p', '3', '-q');
  console.log(`everything dumped in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  const dumped = lines(gunzipSync(await readFile(here('dump.jsonl.gz'))).toString());
  const names = await action('package_list');
  assert.deepEqual(dumped.map((each) => each.name), names);
  const ours = dumped.filter((each) => each.name.startsWith('harvested-'));
  assert.equal(ours.length, datasets);
  for (const [i, each] of ours.entries()) {
    const wanted = written(i);
    for (const member of ['name', 'title', 'notes', 'license_id', 'maintainer', 'maintainer_email', 'version', 'url'])
      assert.equal(each[member], wanted[member], `${each.name} ${member}`);
    assert.equal(each.organization.name, 'moda');
    assert.deepEqual(each.tags.map((tag) => tag.name).sort(), wanted.tags.map((tag) => tag.name).sort());
    assert.deepEqual(each.groups.map((group) => group.name), wanted.groups.map((group) => group.name));
    assert.ok(each.extras.some((extra) => extra.key === 'internal number' && extra.value === String(i)));
    assert.equal(each.num_resources, 2);
    for (const [j, resource] of each.resources.entries())
      for (const member of ['name', 'url', 'format']) assert.equal(resource[member], wanted.resources[j][member]);
    const rows = i < withRows || i === datasets - 1;
    assert.equal(each.resources[0].datastore_active, rows);
    assert.deepEqual(each.resources[0].datastore_fields?.map((field) => field.id), rows ? ['_id', '編號', '行政區', '金額', '日期'] : undefined);
    assert.equal(each.resources[0].resource_views?.length, rows ? 1 : undefined);
  }
});

test('search, organizations and groups say the same', async () => {
  await ckanapi('search', 'datasets', 'fq=tags:大量 +groups:a00', 'sort=name asc', '-O', here('found.jsonl'));
  const found = lines(await readFile(here('found.jsonl'), 'utf8'));
  assert.deepEqual(found.map((each) => each.name), Array.from({ length: datasets / 2 }, (_, i) => name(2 * i + 1)));
  // As harvesters of CKAN page: by id, 100 at once.
  const paged = [];
  for (let start = 0; ; start += 100) {
    const { results } = await action('package_search', 'rows:100', `start:${start}`, 'sort=id asc', 'fq=organization:moda');
    paged.push(...results.map((each) => each.name));
    if (results.length < 100) break;
  }
  assert.ok(paged.length > datasets && new Set(paged).size === paged.length);
  const facets = await action('package_search', 'fq=tags:大量', 'facet.field:["tags"]', 'rows:0');
  assert.equal(facets.search_facets.tags.items.find((item) => item.name === '標籤0').count, Math.ceil(datasets / 7));
  for (const [thing, list] of [['organizations', 'organization_list'], ['groups', 'group_list']]) {
    await ckanapi('dump', thing, '--all', '-O', here(`${thing}.jsonl`), '-q');
    const all = lines(await readFile(here(`${thing}.jsonl`), 'utf8'));
    assert.deepEqual(all.map((each) => each.name), await action(list));
    assert.ok(all.every((each) => each.id && each.title));
  }
  const moda = lines(await readFile(here('organizations.jsonl'), 'utf8')).find((each) => each.name === 'moda');
  assert.equal(moda.package_count, (await action('package_search', 'fq=organization:moda', 'rows:0')).count);
});

test('a second harvest asks only for what is new', async () => {
  const newest = (await action('package_search', 'rows:1', 'sort=metadata_modified desc')).results[0].metadata_modified;
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const changed = [3, 4, 5].map((number) => ({ ...written(number), title: `第 ${number} 個資料集（新）` }));
  await writeFile(here('again.jsonl'), changed.map((each) => JSON.stringify(each)).join('\n') + '\n');
  await ckanapi('load', 'datasets', '-I', here('again.jsonl'), '-q', '-a', key, '-o');
  await counted(3, `fq=metadata_modified:{${newest}Z TO *]`);
  await ckanapi('search', 'datasets', `fq=metadata_modified:{${newest}Z TO *]`, '-O', here('new.jsonl'));
  const found = lines(await readFile(here('new.jsonl'), 'utf8'));
  assert.deepEqual(found.map((each) => each.title).sort(), changed.map((each) => each.title).sort());
  const history = await action('package_activity_list', `id=${name(3)}`);
  assert.deepEqual(history.map((each) => each.activity_type), ['changed package', 'new package']);
  const before = await action('activity_data_show', `id=${history[1].id}`, 'object_type=package');
  assert.equal(before.title, written(3).title);
});

test('what it deletes is withdrawn, and its rows are closed', async () => {
  const gone = await action('package_show', `id=${name(0)}`);
  await ckanapi('delete', 'datasets', ...[0, 1, 2].map(name), '-q', '-a', key);
  await counted(datasets - 3, 'fq=tags:大量');
  assert.ok(!(await action('package_list')).includes(name(0)));
  await assert.rejects(action('package_show', `id=${name(0)}`), /Not found/i);
  await assert.rejects(action('datastore_search', `resource_id=${gone.resources[0].id}`), /not found/i);
});

test('each refusal is the exception that the client has for it', async () => {
  for (const { action: called, wanted, got } of await script('errors', country.origin, key)) assert.equal(got, wanted, called);
});
