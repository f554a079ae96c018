// A system of somebody else that signs people in with the platform: a small web server of its own, the certified
// openid-client, and, for what that would never do, requests made by hand.
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import * as jose from 'jose';
import * as oidc from 'openid-client';
import { program } from './country.mjs';

const run = promisify(execFile);
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export class RelyingParty {
  // options: {country, folder, id, metadata, alg, fetch}: metadata comes on top of what every client has; with `fetch`,
  // which shows a certificate (certificates.mjs), that is the proof of the client instead of assertions
  static async open({ country, folder, id, metadata = {}, alg = 'ES256', fetch }) {
    const party = Object.assign(new RelyingParty(), { country, folder, id, alg, fetch, logoutTokens: [], arrived: [] });
    await party.#serve();
    party.keys = await oidc.randomDPoPKeyPair(alg); // of the client; DPoP keys are made by each visit
    party.jwk = { ...await jose.exportJWK(party.keys.publicKey), kid: 'k1', alg, use: 'sig' };
    party.metadata = {
      client_id: id, client_name: `System ${id}`, 'client_name#zh-Hant': `系統 ${id}`,
      redirect_uris: [`${party.origin}/callback`], post_logout_redirect_uris: [`${party.origin}/bye`],
      backchannel_logout_uri: `${party.origin}/backchannel`, grant_types: ['authorization_code', 'refresh_token'],
      scope: 'openid profile email offline_access', token_endpoint_auth_method: 'private_key_jwt',
      ...fetch ? {} : { jwks: { keys: [party.jwk] } }, ...metadata,
    };
    const added = await party.register();
    if (added.code !== 0) throw new Error(added.text);
    party.config = await party.discover();
    return party;
  }

  async register(metadata = this.metadata) {
    const file = path.join(this.folder, `${this.id}.json`);
    await writeFile(file, JSON.stringify(metadata));
    return run(program, ['openid', 'client', 'add', file, '--config', this.serveToml])
      .then(({ stdout }) => ({ code: 0, text: stdout }), ({ code, stderr }) => ({ code, text: stderr }));
  }

  get serveToml() { return path.join(this.country.data, 'country/platform/serve.toml'); }
  get callback() { return `${this.origin}/callback`; }

  // fetch: another certificate than the party's own
  discover({ fetch = this.fetch } = {}) {
    const { userinfo_signed_response_alg } = this.metadata;
    if (fetch)
      return oidc.discovery(new URL(this.country.origin), this.id,
        { id_token_signed_response_alg: 'ES256', use_mtls_endpoint_aliases: true }, oidc.TlsClientAuth(),
        { execute: [oidc.allowInsecureRequests], [oidc.customFetch]: fetch });
    return oidc.discovery(new URL(this.country.origin), this.id,
      { id_token_signed_response_alg: 'ES256', userinfo_signed_response_alg },
      oidc.PrivateKeyJwt({ key: this.keys.privateKey, kid: 'k1' }), { execute: [oidc.allowInsecureRequests] });
  }

  async #serve() {
    this.server = createServer(async (request, response) => {
      let body = '';
      for await (const piece of request) body += piece;
      if (request.url.startsWith('/backchannel')) {
        this.logoutTokens.push(new URLSearchParams(body).get('logout_token'));
        response.end();
        return;
      }
      this.arrived.push(new URL(request.url, this.origin));
      response.setHeader('Content-Type', 'text/html');
      response.end(`<!doctype html><html lang="en"><title>${this.id}</title><main><h1>Back at ${this.id}</h1></main></html>`);
    });
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.origin = `http://localhost:${this.server.address().port}`;
  }

  close() { return new Promise((resolve) => { this.server.closeAllConnections(); this.server.close(resolve); }); }

  // One sign-in from its beginning: → {url, checks, DPoP}
  async start(parameters = {}, { bound = true } = {}) {
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    const visit = { checks: { pkceCodeVerifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce(),
      idTokenExpected: true } };
    visit.DPoP = bound ? oidc.getDPoPHandle(this.config, await oidc.randomDPoPKeyPair('ES256')) : undefined;
    visit.url = await oidc.buildAuthorizationUrlWithPAR(this.config, {
      redirect_uri: this.callback, scope: this.metadata.scope, state: visit.checks.expectedState,
      nonce: visit.checks.expectedNonce, code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256', ...parameters,
    }, { DPoP: visit.DPoP });
    return visit;
  }

  // The browser's latest way back, as the client sees it.
  async backAt(page) {
    await page.waitForURL((url) => url.origin === this.origin, { timeout: 15_000 });
    return new URL(page.url());
  }

  exchange(visit, url) {
    return oidc.authorizationCodeGrant(this.config, url, visit.checks, undefined, { DPoP: visit.DPoP });
  }

  // ------------------------------------------------------------------------------- by hand

  assertion(claims = {}, { key = this.keys.privateKey, header = {} } = {}) {
    const now = Math.floor(Date.now() / 1000);
    return new jose.SignJWT({ iss: this.id, sub: this.id, aud: this.country.origin, jti: crypto.randomUUID(), iat: now,
      exp: now + 60, ...claims }).setProtectedHeader({ alg: this.alg, kid: 'k1', ...header }).sign(key);
  }

  async dpop(keys, url, claims = {}, header = {}) {
    const jwk = await jose.exportJWK(keys.publicKey);
    return new jose.SignJWT({ htm: 'POST', htu: url, jti: crypto.randomUUID(), iat: Math.floor(Date.now() / 1000), ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header }).sign(keys.privateKey);
  }

  // → {status, error, why, nonce, json, text}
  async post(endpoint, fields, { headers = {}, assertion } = {}) {
    const body = new URLSearchParams(fields);
    if (assertion !== null) {
      body.append('client_assertion_type', assertionType);
      body.append('client_assertion', assertion ?? await this.assertion());
    }
    const answer = await fetch(`${this.country.origin}/openid/${endpoint}`, { method: 'POST', body, headers, redirect: 'manual' });
    const text = await answer.text();
    const json = text.startsWith('{') ? JSON.parse(text) : {};
    return { status: answer.status, error: json.error, why: json.error_description, json, text,
      nonce: answer.headers.get('dpop-nonce') };
  }
}
