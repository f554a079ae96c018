// A second opinion about passkeys: what Chromium's authenticator makes on our pages is verified by @simplewebauthn/server
// too, and both must say the same, of what was made and of what was altered on its way.
//   MINBEN_COUNTRY=… node --test tests/browser/passkeys.mjs
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server';
import { Country } from './lib/country.mjs';
import { unseen } from './lib/look.mjs';
import { Visitor, launch } from './lib/visitor.mjs';

let country, browser;

before(async () => { [country, browser] = await Promise.all([Country.start(), launch()]); });
after(async () => {
  await browser?.close();
  await country?.stop();
});

const bytes = (text) => Buffer.from(text, 'base64url');
const flipped = (text, at) => {
  const copy = bytes(text);
  copy[at < 0 ? copy.length + at : at] ^= 1;
  return copy.toString('base64url');
};

// What goes over the wire at each ceremony: {options, credential, status}. `alter` changes a credential on its way.
class Wire {
  constructor(page) {
    this.seen = [];
    this.alter = (credential) => credential;
    page.on('response', async (answer) => {
      if (answer.request().method() !== 'POST' || !answer.url().endsWith('/options')) return;
      this.options = answer.json();
    });
    page.route(/\/(sign-in\/passkey|account\/passkeys)$/, async (route) => {
      if (route.request().method() !== 'POST' || !route.request().postData()?.includes('clientDataJSON')) return route.continue();
      const body = route.request().postDataJSON();
      body.credential = this.alter(structuredClone(body.credential));
      const answer = await route.fetch({ postData: JSON.stringify(body), maxRedirects: 0 });
      this.seen.push({ options: await this.options, credential: body.credential, status: answer.status() });
      await route.fulfill({ response: answer });
    });
  }
  get last() { return this.seen.at(-1); }
}

async function theirs(seen, credential) {
  const common = { response: { clientExtensionResults: {}, ...seen.credential }, expectedChallenge: seen.options.challenge,
    expectedOrigin: country.origin, expectedRPID: 'localhost', requireUserVerification: true };
  try {
    const answer = credential ? await verifyAuthenticationResponse({ ...common, credential })
      : await verifyRegistrationResponse(common);
    return answer.verified ? answer : undefined;
  } catch { return undefined; }
}

test('both take what the authenticator made, and refuse what was altered', async () => {
  const person = await Visitor.open({ browser, country, look: unseen, language: 'en', name: 'Mei', email: 'mei.passkeys@example.test' });
  await person.go('/sign-in');
  await person.signInWithCode(person.email);
  const wire = new Wire(person.page);
  await person.go('/account/passkey');
  await person.enrolPasskey();
  const registered = await theirs(wire.last);
  assert.ok(wire.last.status < 300 && registered, `${wire.last.status}`);
  const { credential } = registered.registrationInfo;

  const signIn = async () => {
    await person.go('/sign-in', { look: false });
    await person.signInWithPasskey();
  };
  await signIn();
  const used = await theirs(wire.last, credential);
  assert.ok(wire.last.status < 300 && used, `${wire.last.status}`);
  assert.equal(used.authenticationInfo.userVerified, true);

  const alterations = {
    signature: (made) => { made.response.signature = flipped(made.response.signature, -1); },
    'authenticator data': (made) => { made.response.authenticatorData = flipped(made.response.authenticatorData, 0); },
    'user verification': (made) => { made.response.authenticatorData = flipped(made.response.authenticatorData, 32); },
    counter: (made) => { made.response.authenticatorData = flipped(made.response.authenticatorData, 33); },
    challenge: (made) => {
      const data = JSON.parse(bytes(made.response.clientDataJSON));
      made.response.clientDataJSON = Buffer.from(JSON.stringify({ ...data, challenge: flipped(data.challenge, 0) })).toString('base64url');
    },
    origin: (made) => {
      const data = JSON.parse(bytes(made.response.clientDataJSON));
      made.response.clientDataJSON = Buffer.from(JSON.stringify({ ...data, origin: 'https://evil.example' })).toString('base64url');
    },
    type: (made) => {
      const data = JSON.parse(bytes(made.response.clientDataJSON));
      made.response.clientDataJSON = Buffer.from(JSON.stringify({ ...data, type: 'webauthn.create' })).toString('base64url');
    },
  };
  credential.counter = used.authenticationInfo.newCounter;
  for (const [what, alter] of Object.entries(alterations)) {
    wire.alter = (made) => { alter(made); return made; };
    await person.go('/sign-in', { look: false });
    const before = wire.seen.length;
    await person.page.locator('main [data-island=passkey] button').click();
    while (wire.seen.length === before) await person.page.waitForTimeout(50);
    assert.equal(wire.last.status, 401, `we took another ${what}`);
    assert.equal(await theirs(wire.last, credential), undefined, `they took another ${what}`);
  }
  wire.alter = (made) => made;
  await signIn();
  assert.ok(wire.last.status < 300 && await theirs(wire.last, credential), 'the control');
});
