// Another system signs people in with the platform: npm openid-client, which is certified, does all that a relying
// party does, and by hand comes what it never would. Pages are examined in both languages, without script.
//   MINBEN_COUNTRY=… node --test tests/browser/openid.mjs
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import * as jose from 'jose';
import * as oidc from 'openid-client';
import { Country } from './lib/country.mjs';
import { exchangeReady } from './lib/exchange_ready.mjs';
import { Look } from './lib/look.mjs';
import { RelyingParty } from './lib/relying_party.mjs';
import { Visitor, launch } from './lib/visitor.mjs';

let country, browser, folder, land, tax, look, person;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'minben-openid-'));
  [country, browser] = await Promise.all([
    process.env.MINBEN_READY ? Country.attach(process.env.MINBEN_READY) : Country.start(), launch()]);
  tax = await RelyingParty.open({ country, folder, id: 'tax-office', alg: 'Ed25519',
    metadata: { sector_identifier_uri: 'https://tax.example/sector.json', userinfo_signed_response_alg: 'ES256' } }); // hosts alone are the same here
  land = await RelyingParty.open({ country, folder, id: 'land-office', metadata: { minben_introspectors: ['tax-office'] } });
  look = new Look('openid');
  person = await Visitor.open({ browser, country, look, language: 'en', name: 'wang', email: 'wang@openid.example' });
});

after(async () => {
  await browser?.close();
  for (const party of [land, tax]) await party?.close();
  await country?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const jwks = () => jose.createRemoteJWKSet(new URL(`${country.origin}/openid/jwks`));
const decide = (who, value, options) => who.follow(`main button[name=decision][value=${value}]`, { look: false, ...options });
const refused = (promise, code) => assert.rejects(promise, (error) => {
  assert.equal(error.error ?? error.cause?.error ?? error.code, code, `${error} ${JSON.stringify(error.cause ?? {})}`);
  return true;
});
// Follows to the client however many pages of ours lie between.
const arrive = (party, page) => party.backAt(page);

test('discovery and keys are as the standards want them', async () => {
  const server = land.config.serverMetadata();
  assert.equal(server.issuer, country.origin);
  assert.deepEqual(server.code_challenge_methods_supported, ['S256']);
  assert.equal(server.authorization_response_iss_parameter_supported, true);
  assert.deepEqual(server.token_endpoint_auth_signing_alg_values_supported, ['ES256', 'PS256', 'EdDSA', 'Ed25519']);
  const other = await (await fetch(`${country.origin}/.well-known/oauth-authorization-server`)).json();
  assert.equal(other.pushed_authorization_request_endpoint, server.pushed_authorization_request_endpoint);
  const { keys } = await (await fetch(server.jwks_uri)).json();
  assert.equal(keys.length, 2, 'the one that signs, and the one that comes next');
  assert.ok(keys.every((key) => key.kty === 'EC' && key.d === undefined && key.use === 'sig'));
});

test('a client file with faults is refused, and every fault is named', async () => {
  const { code, text } = await land.register({ client_id: 'Land Office', redirect_uris: ['http://land.example/cb#x'],
    require_pushed_authorization_requests: false, token_endpoint_auth_method: 'client_secret_basic', redirect_urls: [] });
  assert.equal(code, 1);
  for (const fault of ['client_id', 'client_name', 'redirect_uris', 'require_pushed', 'token_endpoint_auth_method',
    'redirect_urls']) assert.match(text, new RegExp(fault), text);
});

let tokens, visit; // of the first sign-in

test('sign-in, consent, tokens bound to a key, userinfo', async () => {
  visit = await land.start({ login_hint: person.email });
  await person.page.goto(visit.url.href);
  assert.match(person.page.url(), /\/en\/sign-in\?return=/);
  assert.equal(await person.page.locator('main [name=email]').inputValue(), person.email, 'login_hint');
  await person.signInWithCode(person.email);
  await look.at(person);
  const text = await person.text();
  assert.match(text, /System land-office/);
  assert.match(text, /Your e-mail address/);
  assert.match(text, /also while you are away/);
  assert.ok(!/national identification/i.test(text), 'only what was asked for');
  const url = await (async () => { await decide(person, 'allow'); return arrive(land, person.page); })();
  assert.equal(url.searchParams.get('iss'), country.origin);
  tokens = await land.exchange(visit, url);
  visit.answered = url;
  assert.equal(tokens.token_type, 'dpop');
  const claims = tokens.claims();
  assert.equal(claims.aud, 'land-office');
  assert.equal(claims.acr, '0', 'nobody has vouched for who she is');
  assert.deepEqual(claims.amr, ['otp']);
  assert.ok(Math.abs(claims.auth_time - Date.now() / 1000) < 120);
  const info = await oidc.fetchUserInfo(land.config, tokens.access_token, claims.sub, { DPoP: visit.DPoP });
  assert.equal(info.email, person.email);
  assert.equal(info.national_id, undefined);
  const about = await oidc.tokenIntrospection(land.config, tokens.access_token);
  assert.equal(about.active, true);
  assert.equal(about.sub, claims.sub);
  assert.ok(about.cnf.jkt);
  const { text: jwt } = await land.post('introspect', { token: tokens.access_token },
    { headers: { Accept: 'application/token-introspection+jwt' } }); // RFC 9701
  const answer = await jose.jwtVerify(jwt, jwks(), { issuer: country.origin, audience: land.id, typ: 'token-introspection+jwt' });
  assert.equal(answer.payload.token_introspection.sub, claims.sub);
});

test('another client knows the same person by another name, and may ask about tokens only where it is named', async () => {
  const other = await tax.start({ scope: 'openid' });
  await person.page.goto(other.url.href);
  await decide(person, 'allow');
  const theirs = await tax.exchange(other, await arrive(tax, person.page));
  assert.notEqual(theirs.claims().sub, tokens.claims().sub);
  const about = await oidc.tokenIntrospection(tax.config, tokens.access_token);
  assert.equal(about.active, true, 'named as introspector');
  assert.equal(about.sub, theirs.claims().sub, 'as the asker knows the person');
  assert.deepEqual(await oidc.tokenIntrospection(land.config, theirs.access_token), { active: false });
  assert.equal(theirs.refresh_token, undefined, 'offline_access was not asked for');
  const { sub } = theirs.claims();
  const info = await oidc.fetchUserInfo(tax.config, theirs.access_token, sub, { DPoP: other.DPoP });
  assert.deepEqual(info, { sub, iss: country.origin, aud: 'tax-office' }, 'signed, and nothing but who it is');
});

test('consent is remembered: prompt=none answers at once, and max_age and acr_values are kept to', async () => {
  const silent = await land.start({ prompt: 'none' });
  await person.page.goto(silent.url.href);
  const again = await land.exchange(silent, await arrive(land, person.page));
  assert.equal(again.claims().sub, tokens.claims().sub);

  const stranger = await browser.newContext();
  const page = await stranger.newPage();
  await page.goto((await land.start({ prompt: 'none' })).url.href);
  assert.equal((await arrive(land, page)).searchParams.get('error'), 'login_required');
  await stranger.close();

  const strong = await land.start({ acr_values: 'http://eidas.europa.eu/LoA/substantial' });
  await person.page.goto(strong.url.href);
  await look.at(person);
  assert.match(await person.text(), /needs to be surer/);
  await decide(person, 'too-weak');
  const back = await arrive(land, person.page);
  await refused(land.exchange(strong, back), 'unmet_authentication_requirements');
  const unknown = await land.start({ acr_values: 'urn:gold' });
  await person.page.goto(unknown.url.href);
  assert.equal((await arrive(land, person.page)).searchParams.get('error'), 'unmet_authentication_requirements');

  const fresh = await land.start({ max_age: '0' });
  await person.page.goto(fresh.url.href);
  assert.match(person.page.url(), /\/sign-in\?return=/, 'signed in, but not just now');
  await person.signInWithCode(person.email).catch(() => {}); // leads on to the client by itself
  const answered = await land.exchange({ ...fresh, checks: { ...fresh.checks, maxAge: 60 } }, await arrive(land, person.page));
  assert.ok(Date.now() / 1000 - answered.claims().auth_time < 60);
});

// Approves on the phone what this browser asks for, from the sign-in page on.
async function byPhone(visitor, who, { first = false } = {}) {
  await visitor.follow('main a[href*="/sign-in/mobile"]', { look: false });
  await visitor.fill({ national_id: who.number });
  await visitor.submit('/sign-in/mobile', { look: false });
  const phone = await (await browser.newContext()).newPage();
  await phone.goto(`${country.ready.phones}/phone/${who.number}`);
  await phone.locator('button[value=approve]').first().click();
  await phone.context().close();
  await new Promise((resolve) => setTimeout(resolve, 4200)); // the service is asked every four seconds
  await visitor.follow('main a.govuk-button[href*="/sign-in/mobile/request"]', { look: false });
  if (!first) return;
  await visitor.fill({ household_number: who.household_number });
  await visitor.submit('/sign-in/mobile/first', { look: false });
}

test('in the middle of a request somebody becomes as sure as the system needs, and signs in anew when it asks', async () => {
  await exchangeReady(country, 'ris', 'nhi');
  const books = await readFile(path.join(country.ready.data, 'outside/phones/people.jsonl'), 'utf8');
  const who = JSON.parse(books.trim().split('\n')[26]);
  const visitor = await Visitor.open({ browser, country, look, language: 'en', name: 'hsu' });
  await visitor.withoutScript();
  const substantial = 'http://eidas.europa.eu/LoA/substantial';
  const asked = await land.start({ acr_values: substantial, scope: 'openid' });
  await visitor.page.goto(asked.url.href);
  await visitor.follow('main a[href*="/sign-in/health-card"]', { look: false }); // weak: numbers that others may know
  await visitor.fill({ national_id: who.number, household_number: who.household_number, health_card_number: who.health_card });
  await visitor.submit('/sign-in/health-card', { look: false });
  assert.match(await visitor.text(), /needs to be surer/);
  await visitor.follow('main a.govuk-button[href*="/sign-in"]', { look: false });
  await byPhone(visitor, who, { first: true });
  assert.match(await visitor.text(), /If you agree, it gets/, 'back in the request that it began with');
  await look.at(visitor);
  await decide(visitor, 'allow');
  const first = (await land.exchange(asked, await arrive(land, visitor.page))).claims();
  assert.equal(first.acr, substantial);
  assert.notDeepEqual(first.amr, ['otp']);

  const began = Math.floor(Date.now() / 1000);
  const anew = await land.start({ acr_values: substantial, scope: 'openid', prompt: 'login' });
  await visitor.page.goto(anew.url.href);
  assert.match(visitor.page.url(), /\/sign-in\?return=/, 'sure enough, but asked to show it again');
  await byPhone(visitor, who);
  const again = (await land.exchange(anew, await arrive(land, visitor.page))).claims();
  assert.equal(again.sub, first.sub);
  assert.equal(again.acr, substantial);
  assert.ok(again.auth_time >= began, 'auth_time is of the sign-in that was asked for');

  const high = await land.start({ acr_values: 'http://eidas.europa.eu/LoA/high', scope: 'openid', prompt: 'none' });
  await visitor.page.goto(high.url.href);
  assert.equal((await arrive(land, visitor.page)).searchParams.get('error'), 'unmet_authentication_requirements');
  await visitor.context.close();
});

test('without script, in Chinese, one says no', async () => {
  const lin = await person.again({ language: 'zh-Hant', name: 'wang-zh' });
  await lin.withoutScript();
  const asked = await land.start({ prompt: 'consent', ui_locales: 'zh-TW en' });
  await lin.page.goto(asked.url.href);
  await look.at(lin);
  assert.match(await lin.text(), /系統 land-office/);
  await decide(lin, 'refuse');
  await refused(land.exchange(asked, await arrive(land, lin.page)), 'access_denied');
});

test('a refresh token changes with each use, and one that comes again ends everything', async () => {
  const first = tokens.refresh_token;
  const second = await oidc.refreshTokenGrant(land.config, first, undefined, { DPoP: visit.DPoP });
  assert.notEqual(second.refresh_token, first);
  const fewer = await oidc.refreshTokenGrant(land.config, second.refresh_token, { scope: 'openid' }, { DPoP: visit.DPoP });
  assert.equal(fewer.scope, 'openid');
  const thief = oidc.getDPoPHandle(land.config, await oidc.randomDPoPKeyPair('ES256'));
  await refused(oidc.refreshTokenGrant(land.config, fewer.refresh_token, undefined, { DPoP: thief }), 'invalid_grant');
  const still = await oidc.refreshTokenGrant(land.config, fewer.refresh_token, undefined, { DPoP: visit.DPoP });
  await refused(oidc.refreshTokenGrant(land.config, first, undefined, { DPoP: visit.DPoP }), 'invalid_grant');
  await refused(oidc.refreshTokenGrant(land.config, still.refresh_token, undefined, { DPoP: visit.DPoP }), 'invalid_grant');
  assert.deepEqual(await oidc.tokenIntrospection(land.config, still.access_token), { active: false });
});

// Signed in, consent remembered: → {visit, url, tokens?}
async function signIn(party, { exchange = true, ...parameters } = {}) {
  const started = await party.start(parameters);
  await person.page.goto(started.url.href);
  const url = await arrive(party, person.page);
  return { visit: started, url, tokens: exchange ? await party.exchange(started, url) : undefined };
}

test('replays: a code, a pushed request, an assertion, a proof', async () => {
  const one = await signIn(land);
  await refused(land.exchange(one.visit, one.url), 'invalid_grant');
  assert.deepEqual(await oidc.tokenIntrospection(land.config, one.tokens.access_token), { active: false },
    'what came of the code has ended with it');

  const answer = await fetch(one.visit.url, { redirect: 'manual' });
  assert.equal(answer.status, 400, 'request_uri is for once');
  assert.match(await answer.text(), /invalid_request_uri/);

  const assertion = await land.assertion();
  const token = one.tokens.access_token;
  assert.equal((await land.post('introspect', { token }, { assertion })).status, 200);
  const again = await land.post('introspect', { token }, { assertion });
  assert.deepEqual([again.status, again.error], [401, 'invalid_client']);

  const keys = await oidc.randomDPoPKeyPair('ES256');
  const url = `${country.origin}/openid/token`;
  const { nonce } = await land.post('token', { grant_type: 'refresh_token', refresh_token: 'x' },
    { headers: { DPoP: await land.dpop(keys, url) } });
  const headers = { DPoP: await land.dpop(keys, url, { nonce }) };
  const fields = { grant_type: 'refresh_token', refresh_token: 'x' };
  assert.equal((await land.post('token', fields, { headers })).error, 'invalid_grant');
  assert.equal((await land.post('token', fields, { headers })).why, 'this statement was used before (jti)');
});

test('another key, another client, another verifier, another issuer', async () => {
  const thief = oidc.getDPoPHandle(land.config, await oidc.randomDPoPKeyPair('ES256'));
  const one = await signIn(land);
  await refused(oidc.fetchUserInfo(land.config, one.tokens.access_token, oidc.skipSubjectCheck, { DPoP: thief }).catch((error) => {
    throw Object.assign(new Error('refused'), { error: error.cause?.[0]?.parameters?.error ?? error.error ?? String(error) });
  }), 'invalid_token');
  const bearer = await fetch(`${country.origin}/openid/userinfo`, { headers: { Authorization: `Bearer ${one.tokens.access_token}` } });
  assert.equal(bearer.status, 401, 'a bound token is no bearer token');
  assert.match(bearer.headers.get('www-authenticate'), /error="invalid_token"/);

  // The code is bound to the key of the pushed request (dpop_jkt).
  const two = await signIn(land, { exchange: false });
  await refused(land.exchange({ ...two.visit, DPoP: thief }, two.url), 'invalid_grant');

  const three = await signIn(land, { exchange: false });
  await refused(land.exchange({ ...three.visit, checks: { ...three.visit.checks, pkceCodeVerifier: oidc.randomPKCECodeVerifier() } },
    three.url), 'invalid_grant');

  const four = await signIn(land, { exchange: false });
  const stolen = new URL(four.url);
  const mine = oidc.getDPoPHandle(tax.config, await oidc.randomDPoPKeyPair('ES256'));
  await refused(tax.exchange({ checks: four.visit.checks, DPoP: mine }, stolen), 'invalid_grant');
  const mixed = new URL(four.url);
  mixed.searchParams.set('iss', 'https://evil.example');
  await assert.rejects(land.exchange(four.visit, mixed), (error) => /"iss"/.test(error.cause?.message),
    'RFC 9207: the client notices');
  assert.ok((await land.exchange(four.visit, four.url)).access_token, 'and the rightful client still gets it');
});

test('assertions that are not to be believed', async () => {
  const ask = async (assertion) => {
    const { status, error, why } = await land.post('introspect', { token: 'x' }, { assertion });
    assert.deepEqual([status, error], [401, 'invalid_client'], why);
    return why;
  };
  const origin = country.origin;
  assert.match(await ask(await land.assertion({ aud: [origin] })), /aud/, 'a list, even of one');
  assert.match(await ask(await land.assertion({ aud: `${origin}/openid/token` })), /aud/);
  assert.match(await ask(await land.assertion({ aud: 'https://evil.example' })), /aud/);
  assert.match(await ask(await land.assertion({ exp: Math.floor(Date.now() / 1000) - 60 })), /exp/);
  assert.match(await ask(await land.assertion({ exp: Math.floor(Date.now() / 1000) + 3600 })), /exp/);
  assert.match(await ask(await land.assertion({ jti: undefined })), /jti/);
  assert.match(await ask(await land.assertion({ iss: 'tax-office' })), /iss/);
  await ask(await land.assertion({ sub: 'tax-office', iss: 'tax-office' }));
  await ask(await land.assertion({}, { header: { kid: 'k2' } }));
  const { privateKey } = await jose.generateKeyPair('RS256');
  await ask(await land.assertion({}, { key: privateKey, header: { alg: 'RS256' } }));
  const now = Math.floor(Date.now() / 1000);
  await ask(new jose.UnsecuredJWT({ iss: land.id, sub: land.id, aud: origin, jti: 'n', exp: now + 60 }).encode());
  await ask(await new jose.SignJWT({ iss: land.id, sub: land.id, aud: origin, jti: 'h', exp: now + 60 })
    .setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(new TextEncoder().encode(land.jwk.x + land.jwk.y)));
  const basic = await land.post('token', { grant_type: 'authorization_code', code: 'x' },
    { assertion: null, headers: { Authorization: `Basic ${btoa('land-office:secret')}` } });
  assert.deepEqual([basic.status, basic.error], [401, 'invalid_client']);
});

test('proofs that are not to be believed', async () => {
  const url = `${country.origin}/openid/token`;
  const keys = await oidc.randomDPoPKeyPair('ES256');
  const fields = { grant_type: 'refresh_token', refresh_token: 'x' };
  const ask = (proof) => land.post('token', fields, { headers: proof === undefined ? {} : { DPoP: proof } });
  const first = await ask(await land.dpop(keys, url));
  assert.deepEqual([first.status, first.error], [400, 'use_dpop_nonce']);
  assert.ok(first.nonce);
  const { nonce } = first;
  const bad = async (proof) => assert.equal((await ask(proof)).error, 'invalid_dpop_proof');
  await bad(undefined);
  await bad(await land.dpop(keys, url, { nonce, htm: 'GET' }));
  await bad(await land.dpop(keys, `${country.origin}/openid/userinfo`, { nonce }));
  await bad(await land.dpop(keys, url, { nonce, iat: Math.floor(Date.now() / 1000) - 600 }));
  await bad(await land.dpop(keys, url, { nonce }, { typ: 'JWT' }));
  await bad(await land.dpop(keys, url, { nonce, jti: undefined }));
  const secret = await jose.generateKeyPair('ES256', { extractable: true });
  await bad(await land.dpop(keys, url, { nonce }, { jwk: await jose.exportJWK(secret.privateKey) }));
  await bad(await land.dpop(keys, url, { nonce }, { jwk: await jose.exportJWK(secret.publicKey) }));
  assert.equal((await ask(await land.dpop(keys, url, { nonce: 'old' }))).error, 'use_dpop_nonce');
});

test('requests that are refused before anybody sees them', async () => {
  const good = { response_type: 'code', redirect_uri: land.callback, scope: 'openid', state: 's', nonce: 'n',
    code_challenge: 'A'.repeat(43), code_challenge_method: 'S256' };
  const push = async (changes, expected) => {
    const { error, why, status } = await land.post('par', Object.fromEntries(Object.entries({ ...good, ...changes })
      .filter(([, value]) => value !== undefined)));
    assert.equal(error, expected, `${JSON.stringify(changes).slice(0, 200)} ${status} ${why}`);
  };
  await push({}, undefined);
  await push({ redirect_uri: `${land.callback}/../evil` }, 'invalid_request');
  await push({ redirect_uri: `${land.callback}?x=1` }, 'invalid_request');
  await push({ redirect_uri: 'https://evil.example/callback' }, 'invalid_request');
  await push({ code_challenge: undefined }, 'invalid_request');
  await push({ code_challenge_method: 'plain' }, 'invalid_request');
  await push({ code_challenge_method: undefined }, 'invalid_request');
  await push({ response_type: 'token' }, 'unsupported_response_type');
  await push({ response_type: 'code id_token' }, 'unsupported_response_type');
  await push({ response_mode: 'fragment' }, 'invalid_request');
  await push({ scope: 'openid national_id' }, 'invalid_scope');
  await push({ scope: 'profile' }, 'invalid_scope');
  await push({ request: 'eyJ' }, 'request_not_supported');
  await push({ request_uri: 'https://evil.example/r' }, 'invalid_request');
  await push({ prompt: 'none login' }, 'invalid_request');
  await push({ max_age: '-1' }, 'invalid_request');
  await push({ state: 'x'.repeat(2000) }, 'invalid_request');
  await push({ login_hint: 'x'.repeat(5000) }, 'invalid_request');
  const twice = new URLSearchParams([...Object.entries(good), ['scope', 'openid profile']]);
  assert.equal((await land.post('par', twice)).error, 'invalid_request', 'a parameter twice');
  const huge = await land.post('par', { ...good, x: 'x'.repeat(100_000) });
  assert.equal(huge.status, 413);

  const page = async (query) => {
    const answer = await fetch(`${country.origin}/openid/authorize?${new URLSearchParams(query)}`, { redirect: 'manual' });
    return { status: answer.status, location: answer.headers.get('location'), text: await answer.text() };
  };
  const plain = await page({ client_id: land.id, ...good });
  assert.equal(plain.status, 303);
  assert.match(plain.location, /error=invalid_request/, 'not pushed: the client hears of it at its own address');
  const open = await page({ client_id: land.id, ...good, redirect_uri: 'https://evil.example/' });
  assert.equal(open.status, 400, 'never to an address that is not the client’s');
  assert.equal(open.location, null);
  assert.equal((await page({ client_id: 'nobody', request_uri: 'x' })).status, 400);
  const theirs = await land.start();
  theirs.url.searchParams.set('client_id', tax.id);
  assert.equal((await page(theirs.url.searchParams)).status, 400, 'another client’s request');
});

test('the consent page is framed by nobody and its form comes from nowhere else', async () => {
  const asked = await land.start({ prompt: 'consent' });
  const shown = await person.page.goto(asked.url.href);
  const headers = shown.headers();
  assert.equal(headers['x-frame-options'], 'DENY');
  assert.match(headers['content-security-policy'], /frame-ancestors 'none'/);
  assert.match(headers['content-security-policy'], new RegExp(`form-action 'self' ${land.origin}$`));
  const consent = person.page.url();

  const cookies = (await person.context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const send = (extra, fields) => fetch(consent, { method: 'POST', redirect: 'manual',
    headers: { Cookie: cookies, Accept: 'text/html', ...extra }, body: new URLSearchParams(fields) });
  assert.equal((await send({}, { decision: 'allow' })).status, 403, 'without the token of the form');
  const csrf = await person.page.locator('main input[name=_csrf]').first().inputValue();
  assert.equal((await send({ Origin: 'https://evil.example' }, { decision: 'allow', _csrf: csrf })).status, 403);
  assert.equal((await send({ 'Sec-Fetch-Site': 'cross-site' }, { decision: 'allow', _csrf: csrf })).status, 403);

  // For good measure, in the browser: a page elsewhere that frames it shows nothing.
  const evil = createServer((request, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end(`<!doctype html><title>evil</title><iframe src="${consent}"></iframe>`);
  });
  await new Promise((resolve) => evil.listen(0, '127.0.0.1', resolve));
  const trap = await person.context.newPage();
  await trap.goto(`http://localhost:${evil.address().port}/`);
  const inside = await trap.frames()[1]?.locator('main button').count().catch(() => 0);
  assert.equal(inside, 0);
  await trap.close();
  evil.close();

  await decide(person, 'allow');
  const url = await arrive(land, person.page);
  assert.ok(url.searchParams.get('code'));
  await person.page.goto(consent);
  assert.equal(person.status, 404, 'an answer is given once');
  await look.at(person);
});

test('revocation', async () => {
  const one = await signIn(land);
  await oidc.tokenRevocation(tax.config, one.tokens.access_token);
  assert.equal((await oidc.tokenIntrospection(land.config, one.tokens.access_token)).active, true, 'not another’s');
  await oidc.tokenRevocation(land.config, one.tokens.access_token);
  assert.deepEqual(await oidc.tokenIntrospection(land.config, one.tokens.access_token), { active: false });
  const next = await oidc.refreshTokenGrant(land.config, one.tokens.refresh_token, undefined, { DPoP: one.visit.DPoP });
  await oidc.tokenRevocation(land.config, next.refresh_token);
  await refused(oidc.refreshTokenGrant(land.config, next.refresh_token, undefined, { DPoP: one.visit.DPoP }), 'invalid_grant');
  assert.deepEqual(await oidc.tokenIntrospection(land.config, next.access_token), { active: false });
});

async function logoutToken(party) {
  const until = Date.now() + 20_000;
  while (party.logoutTokens.length === 0) {
    assert.ok(Date.now() < until, 'no logout token came');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return jose.jwtVerify(party.logoutTokens.shift(), jwks(), { issuer: country.origin, audience: party.id, typ: 'logout+jwt' });
}

test('the list of systems: one is ended, it is told, and its tokens are worth nothing', async () => {
  const one = await signIn(land);
  land.logoutTokens.length = 0;
  await person.go('/account');
  await person.follow('main a[href$="/account/systems"]');
  assert.match(await person.text(), /System land-office/);
  await person.submit('/account/systems/land-office/end', { look: false });
  assert.ok(!/System land-office/.test(await person.text()));
  assert.deepEqual(await oidc.tokenIntrospection(land.config, one.tokens.access_token), { active: false });
  await refused(oidc.refreshTokenGrant(land.config, one.tokens.refresh_token, undefined, { DPoP: one.visit.DPoP }), 'invalid_grant');
  const { payload } = await logoutToken(land);
  assert.equal(payload.sub, one.tokens.claims().sub);
  assert.deepEqual(payload.events, { 'http://schemas.openid.net/event/backchannel-logout': {} });
  const asked = await land.start();
  await person.page.goto(asked.url.href);
  assert.match(await person.text(), /If you agree, it gets/, 'asked again');
  await decide(person, 'allow');
  await land.exchange(asked, await arrive(land, person.page));
});

test('a key takes over, and what the old one signed still holds', async () => {
  const before = await signIn(land);
  const kid = (token) => jose.decodeProtectedHeader(token).kid;
  const { execFile } = await import('node:child_process');
  const { promisify } = await import('node:util');
  const { program } = await import('./lib/country.mjs');
  const rotate = (...words) => promisify(execFile)(program, ['openid', 'rotate', ...words, '--config', land.serveToml]);
  await rotate('--at-once');
  await assert.rejects(rotate(), /announced_lately/, 'the one after it was published just now');
  await new Promise((resolve) => setTimeout(resolve, 11_000)); // nodes read anew every ten seconds
  const since = await signIn(land);
  assert.notEqual(kid(since.tokens.id_token), kid(before.tokens.id_token));
  await jose.jwtVerify(before.tokens.id_token, jwks(), { issuer: country.origin });
});

test('sign-out by a client ends the session and tells the others', async () => {
  const mine = await signIn(land), theirs = await signIn(tax, { scope: 'openid' });
  land.logoutTokens.length = 0;
  tax.logoutTokens.length = 0;
  const away = (parameters) => oidc.buildEndSessionUrl(land.config, parameters).href;
  const bad = await person.page.goto(away({ id_token_hint: mine.tokens.id_token, post_logout_redirect_uri: 'https://evil.example/' }));
  assert.equal(bad.status(), 400);
  await person.page.goto(away({}));
  assert.match(await person.text(), /Do you want to sign out/, 'nobody says for whom: it is asked');
  await look.at(person);
  await person.page.goto(away({ id_token_hint: mine.tokens.id_token, post_logout_redirect_uri: `${land.origin}/bye`, state: 'st' }));
  const bye = await arrive(land, person.page);
  assert.equal(bye.pathname + bye.search, '/bye?state=st');
  const { payload } = await logoutToken(tax);
  assert.equal(payload.sid, theirs.tokens.claims().sid);
  assert.equal((await logoutToken(land)).payload.sid, mine.tokens.claims().sid);
  assert.deepEqual(await oidc.tokenIntrospection(tax.config, theirs.tokens.access_token), { active: false });
  assert.equal((await oidc.tokenIntrospection(land.config, mine.tokens.access_token)).active, true, 'offline_access was allowed');
  await person.page.goto(`${country.origin}/en/account`);
  assert.match(person.page.url(), /\/sign-in/);
  await person.page.goto(away({ id_token_hint: mine.tokens.id_token }));
  assert.match(await person.text(), /You are signed out/);
});

test('what was seen has no faults, and the log holds no secrets', async () => {
  assert.deepEqual(look.faults, []);
  const { readdir } = await import('node:fs/promises');
  const logs = path.join(country.data, 'country/logs');
  let text = '';
  for (const file of await readdir(logs)) text += await readFile(path.join(logs, file), 'utf8');
  assert.match(text, /openid: code used again/);
  assert.match(text, /openid: refresh token used again/);
  assert.match(text, /openid: \/openid\/token refused: invalid_client/);
  for (const secret of [tokens.access_token, tokens.refresh_token, visit.answered.searchParams.get('code'), person.email])
    assert.ok(!text.includes(secret), 'a secret in the log');
});
