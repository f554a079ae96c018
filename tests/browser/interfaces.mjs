// The interfaces of open data as their OpenAPI 3.1 document says: the document is one, every example in it is called
// against the running platform, and every answer is what its schema says. Taiwan's own specification (Swagger 2, in
// $MINBEN_SHARED) is held the same way. And the page for developers is looked at.
//   MINBEN_COUNTRY=… node --test tests/browser/interfaces.mjs
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { Country, program } from './lib/country.mjs';
import { Look } from './lib/look.mjs';
import { Visitor, launch } from './lib/visitor.mjs';

const run = promisify(execFile);
const shared = path.join(process.env.MINBEN_SHARED ?? '../shared', 'conformance/tw-open-data-api/common_data_access_api_swagger2.yaml');
const publishing = path.join(path.dirname(shared), 'open_data_cross_platform_swagger2.yaml');
const skip = existsSync(shared) ? false : `no specification in ${shared}`;
const look = new Look('interfaces');

let country, browser, document, key;
const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
addFormats(ajv);
const get = (target, headers = {}) => fetch(country.origin + target, { redirect: 'manual', headers });

before(async () => {
  [country, browser] = await Promise.all([Country.start(), launch()]);
  document = await (await get('/api/openapi.json')).json();
  const { organization } = await sampleOf('package_show');
  const { stdout } = await run(program, ['client', 'add', 'Interfaces', '--agency', organization.name, '--scope', 'publish',
    '--config', path.join(country.data, 'country/platform/serve.toml')]);
  key = /minben_[A-Za-z0-9_-]+/.exec(stdout)[0];
  ajv.addSchema(document, 'document');
});
after(async () => {
  await browser?.close();
  await country?.stop();
});

async function sampleOf(id) {
  const { target } = exampleOf(...operations().find(([, , operation]) => operation.operationId === id));
  return (await (await get(target)).json()).result;
}

function operations() {
  return Object.entries(document.paths).flatMap(([at, methods]) =>
    Object.entries(methods).map(([method, operation]) => [at, method, operation]));
}

// The address, body and key that the document's examples give.
function exampleOf(at, method, operation) {
  const text = (value) => typeof value === 'object' ? JSON.stringify(value) : String(value);
  let target = at;
  const query = new URLSearchParams();
  for (const { name, in: where, example, required } of operation.parameters ?? []) {
    if (required) assert.notEqual(example, undefined, `${operation.operationId}: ${name} has no example`);
    if (example === undefined) continue;
    if (where === 'path') target = target.replace(`{${name}}`, encodeURIComponent(text(example)));
    else query.append(name, text(example));
  }
  assert.doesNotMatch(target, /\{/, operation.operationId);
  const [media, body] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  return { target: target + (query.size ? `?${query}` : ''), method: method.toUpperCase(), media, body: body && JSON.stringify(body.example) };
}

const pointer = (...steps) => 'document#/' + steps.map((step) => encodeURIComponent(String(step).replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');

// resource: what the document's example of a resource stands for
async function call(at, method, operation, resource) {
  const { target, media, body, method: verb } = exampleOf(at, method, operation);
  const put = (text) => resource ? text?.replaceAll('01900000-0000-7000-8000-0000000000e0', resource) : text;
  const response = await fetch(country.origin + target, { method: verb, redirect: 'manual', body: put(body),
    headers: { ...(media && { 'Content-Type': media }), ...(operation.security.length && { Authorization: key }) } });
  const told = `${operation.operationId} ${target} → ${response.status}`;
  const described = operation.responses[response.status];
  assert.ok(described, `${told} is not in the document`);
  const content = Object.entries(described.content ?? {})[0];
  if (!content) return { response, told };
  const type = response.headers.get('content-type').split(';')[0];
  if (content[0] === '*/*') return { response, told, text: await response.text() };
  assert.equal(type, content[0], told);
  if (type === 'text/event-stream') { // never ends
    await response.body.cancel();
    return { response, told };
  }
  if (!type.endsWith('json')) return { response, told, text: await response.text() };
  const answer = await response.json();
  const check = ajv.getSchema(pointer('paths', at, method, 'responses', response.status, 'content', content[0], 'schema'));
  assert.ok(check(answer), `${told}: ${ajv.errorsText(check.errors)} in ${JSON.stringify(answer).slice(0, 600)}`);
  return { response, told, answer };
}

test('the document is OpenAPI 3.1, and its examples name what is there', async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  assert.ok(valid, JSON.stringify(errors, null, 1)?.slice(0, 3000));
  assert.doesNotMatch(JSON.stringify(document), /\$\{/);
  assert.equal(document.servers[0].url, country.origin);
  const ids = operations().map(([, , { operationId }]) => operationId);
  assert.equal(new Set(ids).size, ids.length);
  for (const [, , { summary, operationId, ...rest }] of operations()) assert.ok(summary && rest['x-zh-Hant'], operationId);
});

test('every example that needs no key is answered as its schema says', async () => {
  let answered = 0;
  for (const [at, method, operation] of operations()) {
    if (operation.security.length) continue;
    const { response, told } = await call(at, method, operation);
    const first = Number(Object.keys(operation.responses)[0]);
    const promised = operation.tags[0] === 'ckan_refused' || operation.operationId === 'vocabulary_show' ? [400, 403, 404, 409] : [200, 303];
    assert.ok(promised.includes(response.status), told);
    assert.ok(first <= response.status, told);
    ++answered;
  }
  console.log(`${answered} examples without a key`);
  assert.ok(answered > 100);
});

test('every example with a key is answered, one after the other', async () => {
  const keyed = operations().filter(([, , { security }]) => security.length);
  const order = ['package_create', 'package_patch', 'package_update', 'resource_create', 'resource_patch', 'resource_update', 'package_resource_reorder',
    'datastore_create', 'datastore_upsert', 'datastore_records_delete', 'datastore_delete', 'resource_delete', 'package_delete',
    'organization_patch', 'organization_update', 'national_publish', 'national_replace_v2', 'national_replace', 'national_end_v2', 'national_end'];
  const by = (id) => keyed.find(([, , { operationId }]) => operationId === id);
  let resource;
  for (const id of order) {
    if (id === 'national_end') { // a second one, as what was ended is not ended again
      const body = structuredClone(by('national_publish')[2].requestBody.content['application/json'].example);
      body.identifier = 'A99000000A-000002';
      const made = await fetch(`${country.origin}/api/v2/rest/dataset`, { method: 'POST', body: JSON.stringify(body),
        headers: { Authorization: key, 'Content-Type': 'application/json' } });
      assert.equal(made.status, 200, await made.text());
    }
    const { response, told, answer } = await call(...by(id), resource);
    assert.equal(response.status, 200, `${told} ${JSON.stringify(answer)}`);
    if (id === 'resource_create') resource = answer.result.id;
  }
  // Streams are of others here: tests/portal/interop/streams_test.cpp publishes to its own.
  const others = keyed.filter(([, , { operationId, tags }]) => !order.includes(operationId) && tags[0] !== 'streams_own');
  for (const [at, method, operation] of others) {
    const { response, told } = await call(at, method, operation);
    assert.equal(operation.tags[0], 'ckan_refused', told);
    assert.ok([403, 409].includes(response.status), told);
  }
  const stranger = await fetch(`${country.origin}/api/3/action/package_create`, { method: 'POST', body: '{}' });
  assert.equal(stranger.status, 403);
});

test('a table has a document of its own, whose types its rows have', async () => {
  const table = exampleOf(...operations().find(([, , { operationId }]) => operationId === 'datastore_info')).target.split('=')[1];
  const own = await (await get(`/datastore/openapi/${table}.json`)).json();
  const { valid, errors } = await new Validator().validate(structuredClone(own));
  assert.ok(valid, JSON.stringify(errors));
  const { fields } = (await (await get(`/api/3/action/datastore_info?resource_id=${table}`)).json()).result;
  assert.deepEqual(own.components.schemas.FieldName.enum, ['_id', ...fields.map(({ id }) => id)]);
  const check = ajv.compile({ ...own.components.schemas.Row, additionalProperties: false });
  const { records } = (await (await get(`/api/3/action/datastore_search?resource_id=${table}&limit=1000`)).json()).result;
  assert.ok(records.length > 5);
  for (const record of records) assert.ok(check(record), ajv.errorsText(check.errors));
  const [first] = fields;
  const filters = { [first.id]: [records[0][first.id]] };
  ajv.addSchema(own, 'table');
  assert.ok(ajv.getSchema('table#/components/schemas/Filters')(filters));
  assert.ok(!ajv.getSchema('table#/components/schemas/Filters')({ 'no such field': 1 }));
  const target = Object.keys(own.paths)[0];
  const query = new URLSearchParams({ resource_id: table, filters: JSON.stringify(filters), limit: '1' });
  const found = await (await get(`${target}?${query}`)).json();
  assert.equal(found.result.records[0][first.id], records[0][first.id]);
  assert.equal((await get('/datastore/openapi/nobody.json')).status, 404);
});

test('Taiwan\'s specification of reading is answered path by path', { skip }, async () => {
  const swagger = parse(await readFile(shared, 'utf8'));
  const table = exampleOf(...operations().find(([, , { operationId }]) => operationId === 'datastore_info')).target.split('=')[1];
  const base = swagger.basePath;
  const list = async (target) => (await (await get(base + target)).json()).result;
  const [identifier] = await list('/rest/dataset?limit=1');
  const [tagName] = await list('/rest/tag?limit=1');
  const values = { categoryCode: 'I00', tagName, identifier, resourceID: table };
  const check = (schema, answer, told) => {
    const validate = new Ajv2020({ strict: false }).compile({ ...schema, definitions: swagger.definitions });
    assert.ok(validate(answer), `${told}: ${JSON.stringify(validate.errors)}`);
  };
  let paths = 0;
  for (const [at, { get: operation }] of Object.entries(swagger.paths)) {
    let target = at.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values[name]));
    if (at.startsWith('/rest/datastore')) {
      const { result } = await (await get(`/api/3/action/datastore_info?resource_id=${table}`)).json();
      target += `?limit=2&offset=1&fields=${encodeURIComponent(result.fields.map(({ id }) => id).slice(0, 2).join(','))}`;
    }
    ++paths;
    if (operation.produces.includes('application/x-gzip')) {
      for (const format of operation.parameters.find(({ name }) => name === 'format').enum) {
        const response = await get(`${base}${target}?format=${format}`);
        assert.equal(response.status, 200);
        assert.equal(response.headers.get('content-type'), 'application/x-gzip');
        assert.ok(gunzipSync(Buffer.from(await response.arrayBuffer())).length > 100, format);
      }
      continue;
    }
    const response = await get(base + target);
    const answer = await response.json();
    assert.equal(response.status, 200, `${target}: ${JSON.stringify(answer)}`);
    assert.equal(answer.success, true);
    assert.ok(!('error' in answer));
    const { schema } = operation.responses[200];
    check(schema, answer, target);
    // Every member that the schema names is there; "error" only where something failed.
    for (const name of Object.keys(schema.properties.result.properties ?? swagger.definitions[schema.properties.result.$ref?.split('/').at(-1)]?.properties ?? {}))
      assert.ok(name in answer.result, `${target}: ${name}`);
  }
  assert.equal(paths, 8);
  const rows = `${base}/rest/datastore/`;
  for (const [target, status, type] of [[`${rows}nobody?fields=x`, 404, 'ER0100'], [`${rows}${table}?colour=red`, 400, 'ER0200'],
    [`${rows}${table}?limit=11.5`, 400, 'ER0210'], [`${rows}${table}?offset=all`, 400, 'ER0210'], [`${rows}${table}?filters=a:b`, 400, 'ER0210'],
    [`${rows}${table}?fields=nobody`, 400, 'ER0220'], [`${rows}${table}?sort=nobody`, 400, 'ER0220']]) {
    const response = await get(target);
    const answer = await response.json();
    assert.equal(answer.error?.type, type, `${target}: ${JSON.stringify(answer)}`);
    assert.equal(response.status, status, target);
    assert.equal(answer.success, false);
    assert.ok(answer.error.message && !('result' in answer));
    check(swagger.definitions.DataStoreError, answer.error, target);
  }
});

test('each call of Taiwan\'s two specifications is in the document', { skip }, async () => {
  const described = new Set(operations().map(([at, method]) => `${method} ${at.replace('{version}', 'v1').replace(/\{\w+\}/g, '{}')}`));
  for (const file of [shared, publishing]) {
    const swagger = parse(await readFile(file, 'utf8'));
    for (const [at, methods] of Object.entries(swagger.paths))
      for (const method of Object.keys(methods)) {
        const both = ['v1', 'v2'].map((version) => `${method} /api/${version}${at.replace(/\{\w+\}/g, '{}')}`);
        assert.ok(both.some((each) => described.has(each) || described.has(each.replace('/v2/', '/v1/'))), both[0]);
      }
  }
});

test('the page for developers has commands that work where they are read, and forms without script', async () => {
  for (const [language, width] of [['zh-Hant', 1200], ['en', 390]]) {
    const visitor = await Visitor.open({ browser, country, look, language, name: `developer-${width}` });
    await visitor.withoutScript();
    await visitor.page.setViewportSize({ width, height: 900 });
    await visitor.go('/developers');
    await visitor.follow('main a[href$="/developers/open-data"]');
    const commands = await visitor.page.locator('main pre code').allTextContents();
    const plain = commands.filter((each) => /^curl 'http/.test(each) && !each.includes('$KEY'));
    assert.ok(plain.length > 50);
    for (const [i, command] of plain.entries()) {
      if (i % 7) continue; // each was called above; here it is the shell that must agree
      const { stdout } = await run('bash', ['-c', `${command} -sS -o /dev/null -w '%{http_code}'`]);
      assert.match(stdout, /^[23]0[03]$/, command);
    }
    await Promise.all([visitor.page.waitForURL(/datastore_search/),
      visitor.page.locator('main form[action$="/datastore_search"] button').click()]);
    const { result } = JSON.parse(await visitor.page.locator('pre').first().textContent());
    assert.equal(result.limit, 5);
    assert.ok(result.records.length > 0);
    await visitor.page.close();
  }
});

test('nothing on the way was wrong', () => assert.deepEqual(look.faults, []));
