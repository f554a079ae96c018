// Another system proves itself by a certificate of an authority (RFC 8705): npm openid-client over mutual TLS, tokens bound to
// the certificate, and every certificate that must not do.
//   MINBEN_COUNTRY=… node --test tests/browser/openid_tls.mjs
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import * as oidc from 'openid-client';
import { Authority, fetchWith } from './lib/certificates.mjs';
import { Country } from './lib/country.mjs';
import { Look } from './lib/look.mjs';
import { RelyingParty } from './lib/relying_party.mjs';
import { startSecondNode } from './lib/second_node.mjs';
import { Visitor, launch } from './lib/visitor.mjs';

let country, browser, folder, node, place, agencies, server, land, person;
const look = new Look('openid-tls');
const subject = '/C=TW/O=Land Office/CN=land.example';

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'minben-openid-tls-'));
  [country, browser, agencies, server] = await Promise.all([
    Country.start(), launch(), Authority.create(folder, 'agencies'), Authority.create(folder, 'servers')]);
  const own = await server.issue('/CN=localhost', { usage: 'serverAuth' });
  const other = await Authority.create(folder, 'ministry'); // one of two
  await writeFile(path.join(folder, 'authorities.pem'), other.pem + agencies.pem);
  const port = country.port + 51;
  node = await startSecondNode(country, { openid: `mtls_address = "127.0.0.1"\nmtls_port = ${port}\n` +
    `mtls_origin = "https://localhost:${port}"\nmtls_certificate = "${own.certFile}"\nmtls_key = "${own.keyFile}"\n` +
    `client_authorities = "${path.join(folder, 'authorities.pem')}"\n` });
  place = { ...country, origin: node.portal, mailedCode: country.mailedCode.bind(country), ready: country.ready };
  land = await RelyingParty.open({ country: place, folder, id: 'land-tls', fetch: fetchWith(await agencies.issue(subject), server.pem),
    metadata: { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=land.example,O=Land Office,C=TW',
      tls_client_certificate_bound_access_tokens: true } });
  person = await Visitor.open({ browser, country: place, look, language: 'en', name: 'chen', email: 'chen@openid-tls.example' });
});

after(async () => {
  await browser?.close();
  await land?.close();
  node?.process.kill('SIGTERM');
  await country?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const refused = (promise, code) => assert.rejects(promise, (error) => {
  const told = error.error ?? error.cause?.error ?? error.cause?.[0]?.parameters?.error ?? error.code;
  assert.equal(told, code, `${error} ${JSON.stringify(error.cause ?? {})}`);
  return true;
});
const as = async (own) => land.discover({ fetch: fetchWith(own, server.pem) });

let visit, url, tokens;

test('discovery names the endpoints for certificates, and the way', async () => {
  const metadata = land.config.serverMetadata();
  assert.ok(metadata.token_endpoint_auth_methods_supported.includes('tls_client_auth'));
  assert.match(metadata.mtls_endpoint_aliases.token_endpoint, /^https:\/\/localhost:\d+\/openid\/token$/);
  assert.equal(metadata.tls_client_certificate_bound_access_tokens, true);
});

test('sign-in with a pushed request, tokens bound to the certificate, userinfo, introspection', async () => {
  visit = await land.start({}, { bound: false });
  await person.page.goto(visit.url.href);
  await person.signInWithCode(person.email);
  await person.follow('main button[name=decision][value=allow]', { look: false });
  url = await land.backAt(person.page);
  tokens = await land.exchange(visit, url);
  assert.equal(tokens.token_type, 'bearer');
  const { sub } = tokens.claims();
  assert.equal((await oidc.fetchUserInfo(land.config, tokens.access_token, sub)).email, person.email);
  const about = await oidc.tokenIntrospection(land.config, tokens.access_token);
  assert.equal(about.active, true);
  assert.equal(about.cnf['x5t#S256'].length, 43);
});

test('a token is worth nothing with another certificate of the same name, nor without one', async () => {
  const renewed = await as(await agencies.issue(subject)); // a thief could not have it; the client itself, after a renewal
  await refused(oidc.fetchUserInfo(renewed, tokens.access_token, oidc.skipSubjectCheck), 'invalid_token');
  assert.equal((await oidc.tokenIntrospection(renewed, tokens.access_token)).active, true, 'the client is the same, though');
  await refused(oidc.refreshTokenGrant(renewed, tokens.refresh_token), 'invalid_grant');
  const plain = await fetch(`${node.portal}/openid/userinfo`, { headers: { Authorization: `Bearer ${tokens.access_token}` } });
  assert.equal(plain.status, 401);
  tokens = await oidc.refreshTokenGrant(land.config, tokens.refresh_token);
  assert.equal((await oidc.fetchUserInfo(land.config, tokens.access_token, oidc.skipSubjectCheck)).email, person.email);
});

const others = {
  'of another name': () => agencies.issue('/C=TW/O=Tax Office/CN=tax.example'),
  'of the same name in another order': () => agencies.issue('/CN=land.example/O=Land Office/C=TW'),
  'expired': () => agencies.issue(subject, { from: '20240101000000Z', until: '20240601000000Z' }),
  'not in force yet': () => agencies.issue(subject, { from: '20990101000000Z', until: '20990601000000Z' }),
  'for servers': () => agencies.issue(subject, { usage: 'serverAuth' }),
  'of an authority that is not configured': async () => (await Authority.create(folder, 'strangers')).issue(subject),
  'of an authority that took the name of ours': async () => {
    const twin = path.join(folder, 'twin');
    await (await import('node:fs/promises')).mkdir(twin, { recursive: true });
    return (await Authority.create(twin, 'agencies')).issue(subject);
  },
};
for (const [what, make] of Object.entries(others))
  test(`refused: a certificate ${what}`, async () => {
    const config = await as(await make());
    await refused(oidc.tokenIntrospection(config, tokens.access_token), 'invalid_client');
    await refused(oidc.refreshTokenGrant(config, tokens.refresh_token), 'invalid_client');
  });

test('refused: no certificate, and an assertion instead of one', async () => {
  await assert.rejects(oidc.tokenIntrospection(await as(undefined), tokens.access_token));
  const { status, error } = await land.post('introspect', { token: tokens.access_token });
  assert.deepEqual([status, error], [401, 'invalid_client']);
  assert.equal((await oidc.tokenIntrospection(land.config, tokens.access_token)).active, true, 'nothing has ended by all this');
});

test('the log says why, and holds no token', async () => {
  for (const why of ['certificate_expired', 'certificate_not_yet_valid', 'certificate_other_usage', 'untrusted_certificate',
    'the certificate is of CN=tax.example,O=Tax Office,C=TW']) assert.ok(node.said().includes(why), why);
  for (const secret of [tokens.access_token, tokens.refresh_token, url.searchParams.get('code'), person.email])
    assert.ok(!node.said().includes(secret), 'a secret in the log');
  assert.deepEqual(look.faults, []);
});
