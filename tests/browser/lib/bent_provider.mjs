// An OpenID provider that signs everybody in at once, and whose answers can be bent in one place: for showing what a
// relying party refuses. Its tokens are made with a JOSE library of another language than ours.
import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';
import { SignJWT, UnsecuredJWT, calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';

async function newKey() {
  const pair = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...await exportJWK(pair.publicKey), use: 'sig', alg: 'ES256' };
  return { ...pair, jwk: { ...jwk, kid: await calculateJwkThumbprint(jwk) } };
}

export class BentProvider {
  static async start() {
    const provider = new BentProvider();
    [provider.key, provider.other, provider.retired] = [await newKey(), await newKey(), await newKey()];
    provider.server = createServer((request, response) => provider.#answer(request, response)
      .catch((error) => { response.statusCode = 500; response.end(String(error)); }));
    await new Promise((resolve) => provider.server.listen(0, '127.0.0.1', resolve));
    provider.issuer = `http://127.0.0.1:${provider.server.address().port}`;
    provider.straighten();
    return provider;
  }

  straighten() {
    this.bend = { claims: {}, answer: {}, header: {} };
    this.codes = new Map();
  }

  stop() { this.server.close(); }

  async #idToken(nonce) {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: this.issuer, sub: 'bent-mei', aud: 'minben', nonce, iat: now, exp: now + 300, ...this.bend.claims };
    for (const name of Object.keys(claims)) if (claims[name] === undefined) delete claims[name];
    if (this.bend.unsecured) return new UnsecuredJWT(claims).encode();
    const key = this.bend.key ?? this.key;
    const header = { alg: 'ES256', kid: key.jwk.kid, ...this.bend.header };
    if (header.kid === undefined) delete header.kid;
    return new SignJWT(claims).setProtectedHeader(header).sign(key.privateKey);
  }

  async #answer(request, response) {
    const url = new URL(request.url, this.issuer);
    const json = (body, status = 200) => {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (url.pathname === '/.well-known/openid-configuration')
      return json({ issuer: this.issuer, authorization_endpoint: `${this.issuer}/authorize`,
        token_endpoint: `${this.issuer}/token`, jwks_uri: `${this.issuer}/keys`,
        authorization_response_iss_parameter_supported: true });
    if (url.pathname === '/keys') return json({ keys: [this.key.jwk, this.other.jwk] });
    if (url.pathname === '/authorize') {
      const code = randomBytes(16).toString('base64url');
      this.codes.set(code, url.searchParams.get('nonce'));
      const back = new URL(url.searchParams.get('redirect_uri'));
      const query = { code, state: url.searchParams.get('state'), iss: this.issuer, ...this.bend.answer };
      for (const [name, value] of Object.entries(query)) if (value !== undefined) back.searchParams.set(name, value);
      response.writeHead(302, { Location: back.href });
      return response.end();
    }
    if (url.pathname === '/token') {
      let body = '';
      for await (const chunk of request) body += chunk;
      const code = new URLSearchParams(body).get('code');
      if (!this.codes.has(code)) return json({ error: 'invalid_grant' }, 400);
      const nonce = this.codes.get(code);
      this.codes.delete(code); // once
      return json({ access_token: 'at', token_type: 'Bearer', id_token: await this.#idToken(nonce) });
    }
    return json({}, 404);
  }
}
