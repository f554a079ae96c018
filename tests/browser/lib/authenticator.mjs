// A passkey in software, for load and kill tests that drive the HTTP interface without a browser:
// WebAuthn Level 3 §6 with ES256, attestation "none", user verification done.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const b64 = (bytes) => Buffer.from(bytes).toString('base64url');
const sha256 = (data) => createHash('sha256').update(data).digest();

// The few CBOR forms (RFC 8949) that attestation objects need.
function cborHead(major, n) {
  if (n < 24) return Buffer.from([major << 5 | n]);
  if (n < 256) return Buffer.from([major << 5 | 24, n]);
  return Buffer.from([major << 5 | 25, n >> 8, n & 255]);
}
function cbor(value) {
  if (typeof value === 'number') return value >= 0 ? cborHead(0, value) : cborHead(1, -1 - value);
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return Buffer.concat([cborHead(3, text.length), text]);
  }
  if (Buffer.isBuffer(value)) return Buffer.concat([cborHead(2, value.length), value]);
  const entries = [...value.entries()];
  return Buffer.concat([cborHead(5, entries.length), ...entries.flatMap(([k, v]) => [cbor(k), cbor(v)])]);
}

const PRESENT_AND_VERIFIED = 0x05;
const HAS_KEY = 0x40;

export class SoftAuthenticator {
  constructor(origin) {
    this.origin = origin;
    this.id = randomBytes(32);
    this.keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.counter = 0;
  }

  #clientData(type, challenge) {
    return Buffer.from(JSON.stringify({ type, challenge, origin: this.origin, crossOrigin: false }));
  }

  #authenticatorData(rpId, flags, more = Buffer.alloc(0)) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(++this.counter);
    return Buffer.concat([sha256(rpId), Buffer.from([flags]), counter, more]);
  }

  // options: PublicKeyCredentialCreationOptionsJSON → RegistrationResponseJSON
  create(options) {
    const jwk = this.keys.publicKey.export({ format: 'jwk' });
    const cose = cbor(new Map([[1, 2], [3, -7], [-1, 1],
      [-2, Buffer.from(jwk.x, 'base64url')], [-3, Buffer.from(jwk.y, 'base64url')]]));
    const length = Buffer.from([this.id.length >> 8, this.id.length & 255]);
    const attested = Buffer.concat([Buffer.alloc(16), length, this.id, cose]);
    const authData = this.#authenticatorData(options.rp.id, PRESENT_AND_VERIFIED | HAS_KEY, attested);
    this.rpId = options.rp.id;
    this.userHandle = options.user.id;
    return {
      id: b64(this.id), rawId: b64(this.id), type: 'public-key', authenticatorAttachment: 'platform',
      clientExtensionResults: {},
      response: {
        clientDataJSON: b64(this.#clientData('webauthn.create', options.challenge)),
        attestationObject: b64(cbor(new Map([['fmt', 'none'], ['attStmt', new Map()], ['authData', authData]]))),
        transports: ['internal'],
      },
    };
  }

  // options: PublicKeyCredentialRequestOptionsJSON → AuthenticationResponseJSON
  get(options) {
    const clientData = this.#clientData('webauthn.get', options.challenge);
    const authData = this.#authenticatorData(this.rpId, PRESENT_AND_VERIFIED);
    const signature = sign('sha256', Buffer.concat([authData, sha256(clientData)]), this.keys.privateKey);
    return {
      id: b64(this.id), rawId: b64(this.id), type: 'public-key', authenticatorAttachment: 'platform',
      clientExtensionResults: {},
      response: {
        clientDataJSON: b64(clientData), authenticatorData: b64(authData), signature: b64(signature),
        userHandle: this.userHandle,
      },
    };
  }
}
