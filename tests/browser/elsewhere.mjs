// Signing in with other OpenID providers: oidc-provider, which is certified, in a real browser, in both languages, with
// script and without; and one that lies in one place at a time.
//   MINBEN_COUNTRY=… node --test tests/browser/elsewhere.mjs
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';
import { BentProvider } from './lib/bent_provider.mjs';
import { Country } from './lib/country.mjs';
import { Look } from './lib/look.mjs';
import { startSecondNode } from './lib/second_node.mjs';
import { Visitor, launch } from './lib/visitor.mjs';

let country, browser, node, formosa, bent;
const look = new Look('elsewhere');

// Certified; its own pages ask for a name, any password will do, and for leave.
class Formosa {
  static async listen() {
    const formosa = new Formosa();
    formosa.server = createServer();
    await new Promise((resolve) => formosa.server.listen(0, 'localhost', resolve));
    formosa.issuer = `http://localhost:${formosa.server.address().port}`;
    return formosa;
  }
  stop() {
    this.server.close();
    this.server.closeAllConnections();
  }

  // Once its client is there, whose key it asks for.
  async serve(portal) {
    const jwks = await (await fetch(`${portal}/sign-in/keys`)).json();
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const provider = new Provider(this.issuer, {
      clients: [{ client_id: 'minben', token_endpoint_auth_method: 'private_key_jwt', jwks,
        token_endpoint_auth_signing_alg: 'ES256', id_token_signed_response_alg: 'ES256',
        require_pushed_authorization_requests: true, grant_types: ['authorization_code'],
        redirect_uris: ['en', 'zh-Hant'].map((language) => `${portal}/${language}/sign-in/with/formosa/callback`) }],
      jwks: { keys: [{ ...await exportJWK(privateKey), alg: 'ES256', use: 'sig', kid: 'one' }] },
      cookies: { keys: ['only for this test'] },
      pkce: { required: () => true },
      features: { devInteractions: { enabled: true }, pushedAuthorizationRequests: { enabled: true } },
      findAccount: (context, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    });
    provider.on('server_error', (context, error) => console.error(error));
    this.server.on('request', provider.callback());
  }
}

before(async () => {
  [country, browser, bent, formosa] = await Promise.all([Country.start(), launch(), BentProvider.start(), Formosa.listen()]);
  const table = (id, name, chinese, issuer) => `[[sign_in.provider]]\nid = "${id}"\nname = "${name}"\n` +
    `name_zh_hant = "${chinese}"\nissuer = "${issuer}"\nclient_id = "minben"\nalgorithms = ["ES256"]\n`;
  node = await startSecondNode(country, {
    more: table('formosa', 'Formosa ID', '福爾摩沙帳號', formosa.issuer) + table('bent', 'Bent', '不誠實的網站', bent.issuer) });
  await formosa.serve(node.portal);
});

after(async () => {
  await browser?.close();
  node?.process.kill('SIGTERM');
  formosa?.stop();
  bent?.stop();
  await country?.stop();
});

const visitor = (options) => Visitor.open({ browser, country: { ...country, origin: node.portal,
  mailedCode: country.mailedCode.bind(country), ready: country.ready }, look, ...options });

// At the other provider; its pages are not ours to look at.
async function signInThere(person, name) {
  const { page } = person;
  await page.locator('input[name=login]').fill(name);
  await page.locator('input[name=password]').fill('any');
  await Promise.all([page.waitForEvent('load'), page.locator('button[type=submit]').first().click()]);
  if (page.url().includes('/interaction/')) await page.locator('button[type=submit]').first().click();
  await page.waitForURL(`${node.portal}/**`);
}

async function addAndUse(person, { without = false, name }) {
  await person.go('/sign-in');
  await person.follow('main a[href*="/sign-in/with/formosa"]', { look: false });
  await signInThere(person, name);
  assert.match(person.page.url(), /\/sign-in\?return=/, 'nobody is signed in by an identity that is connected to no account');
  await look.at(person);
  await person.signInWithCode(person.email);
  assert.match(person.page.url(), /\/account\/methods\/with\/formosa$/);
  await person.submit('/account/methods/with/formosa');
  assert.match(person.page.url(), /\/account$/);
  if (without) {
    await person.withoutScript();
    await person.go('/account');
  }
  await person.follow('form[action$="/sign-out"] button');
  await person.go('/sign-in');
  await person.follow('main a[href*="/sign-in/with/formosa"]', { look: false });
  if (person.page.url().startsWith(formosa.issuer)) await signInThere(person, name);
  await person.page.waitForURL(/\/cases$/);
  await look.at(person);
}

test('an account elsewhere is added, and signs in from then on', async () => {
  const person = await visitor({ language: 'en', name: 'Mei', email: 'mei.elsewhere@example.test' });
  await addAndUse(person, { name: 'mei' });
});

test('in Chinese, and without script', async () => {
  const person = await visitor({ language: 'zh-Hant', name: '美', email: 'mei2.elsewhere@example.test' });
  await addAndUse(person, { name: 'mei2', without: true });
  assert.deepEqual(look.faults.filter((fault) => !fault.includes(formosa.issuer)), []); // its pages are not ours
});

test('whoever cancels there is told, and can choose another way', async () => {
  const person = await visitor({ language: 'en', name: 'Wu', email: 'wu.elsewhere@example.test' });
  await person.go('/sign-in');
  await person.follow('main a[href*="/sign-in/with/formosa"]', { look: false });
  await person.page.locator('a[href$="/abort"]').click();
  await person.page.waitForURL(`${node.portal}/**`);
  assert.ok((await person.text()).includes('You cancelled signing in on that site'));
  await look.at(person);
});

test('one account elsewhere is never two people here', async () => {
  const person = await visitor({ language: 'en', name: 'Lin', email: 'lin.elsewhere@example.test' });
  await person.go('/sign-in');
  await person.signInWithCode(person.email);
  const before = await person.text();
  await person.go('/sign-in/with/formosa?return=/en/account', { look: false, status: 200 }).catch(() => {});
  await signInThere(person, 'mei'); // who is somebody else here: it is her session now, not Lin's with hers added
  await person.go('/account');
  assert.ok((await person.text()).includes('mei.elsewhere@example.test'), before);
});

// ------------------------------------------------------------------------------ what is refused

// As a browser would, with cookies. → {status, text, url}
async function throughBent({ change = (url) => url } = {}) {
  const cookies = new Map();
  let url = `${node.portal}/en/sign-in/with/bent`;
  for (let hops = 0; hops < 6; ++hops) {
    const ours = url.startsWith(node.portal);
    const answer = await fetch(url, { redirect: 'manual', headers: { Accept: 'text/html',
      ...ours && { Cookie: [...cookies].map((pair) => pair.join('=')).join('; ') } } });
    if (ours) for (const line of answer.headers.getSetCookie()) {
      const [name, value] = line.split(';')[0].split('=');
      cookies.set(name, value);
    }
    if (answer.status !== 302 && answer.status !== 303) return { status: answer.status, text: await answer.text(), url };
    url = new URL(answer.headers.get('location'), url).href;
    if (url.includes('/callback')) url = await change(url, cookies);
  }
  throw new Error('no end');
}

const refusals = { // → what the page says
  proof: 'could not be verified', answer: 'does not belong to this sign-in', other: 'came from another site',
};

const lies = {
  'another issuer in the token': [() => ({ claims: { iss: 'https://other.example' } }), refusals.proof],
  'another audience': [() => ({ claims: { aud: 'another' } }), refusals.proof],
  'several audiences, and not for us': [() => ({ claims: { aud: ['minben', 'another'], azp: 'another' } }), refusals.proof],
  'another nonce': [() => ({ claims: { nonce: 'replayed' } }), refusals.proof],
  'no nonce': [() => ({ claims: { nonce: undefined } }), refusals.proof],
  'expired': [() => ({ claims: { exp: Math.floor(Date.now() / 1000) - 61 } }), refusals.proof],
  'from the future': [() => ({ claims: { iat: Math.floor(Date.now() / 1000) + 120 } }), refusals.proof],
  'no kid, and two keys': [() => ({ header: { kid: undefined } }), refusals.proof],
  'a retired key': [(provider) => ({ key: provider.retired }), refusals.proof],
  'signed by another key than it names': [(provider) => ({ key: provider.other, header: { kid: provider.key.jwk.kid } }), refusals.proof],
  'alg none': [() => ({ unsecured: true }), refusals.proof],
  'the issuer of the answer': [() => ({ answer: { iss: 'https://other.example' } }), refusals.other],
  'no issuer in the answer': [() => ({ answer: { iss: undefined } }), refusals.other],
  'another state': [() => ({ answer: { state: 'of-another' } }), refusals.answer],
};

for (const [what, [bend, said]] of Object.entries(lies))
  test(`refused: ${what}`, async () => {
    bent.straighten();
    Object.assign(bent.bend, bend(bent));
    const { status, text, url } = await throughBent();
    assert.equal(status, 422, `${url}\n${text}`);
    assert.ok(text.includes(said), text);
  });

test('the same without a lie is taken', async () => {
  bent.straighten();
  const { status, url } = await throughBent();
  assert.equal(status, 200);
  assert.match(url, /\/sign-in\?return=%2Fen%2Faccount%2Fmethods%2Fwith%2Fbent$/);
});

test('refused: an answer in another browser, and one that comes twice', async () => {
  bent.straighten();
  const foreign = await throughBent({ change: (url, cookies) => { cookies.clear(); return url; } });
  assert.equal(foreign.status, 422);
  assert.ok(foreign.text.includes('begun in another browser'));
  const twice = await throughBent({ change: async (url, cookies) => {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
    const first = await fetch(url, { redirect: 'manual', headers: { Cookie: cookie } });
    assert.equal(first.status, 303);
    return url; // the same code once more, with the old ticket: the provider has spent it
  } });
  assert.equal(twice.status, 422);
});

test('nothing of it is in a log', async () => {
  assert.match(node.said(), /id_token_refused/);
  assert.doesNotMatch(node.said(), /eyJ|code=|client_assertion/);
});
