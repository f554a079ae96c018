// Certificates of other systems, as their authorities make them, and a fetch that shows one.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { request as https } from 'node:https';
import path from 'node:path';
import { promisify } from 'node:util';

const openssl = (...words) => promisify(execFile)('openssl', words);
const extensions = (usage) => `basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n` +
  `extendedKeyUsage=${usage}\nsubjectAltName=DNS:localhost\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n`;

// With an RSA key, as most that exist.
export class Authority {
  static async create(folder, name) {
    const authority = Object.assign(new Authority(), { folder, name, at: (file) => path.join(folder, `${name}-${file}`), issued: 0 });
    await openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', `/C=TW/O=${name}/CN=${name}`,
      '-keyout', authority.at('ca.key'), '-out', authority.at('ca.pem'), '-addext', 'keyUsage=critical,keyCertSign,cRLSign');
    authority.certificate = authority.at('ca.pem');
    authority.pem = await readFile(authority.certificate, 'utf8');
    await writeFile(authority.at('index'), '');
    return authority;
  }

  // → {key, cert} as PEM, {keyFile, certFile}; from and until: YYYYMMDDHHMMSSZ
  async issue(subject, { usage = 'clientAuth', from, until } = {}) {
    const file = (kind) => this.at(`${++this.issued}.${kind}`);
    const [keyFile, asked, certFile, extra] = ['key', 'csr', 'pem', 'ext'].map(file);
    await openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', subject,
      '-keyout', keyFile, '-out', asked);
    await writeFile(extra, extensions(usage));
    const config = this.at('ca.cnf');
    await writeFile(config, `[ca]\ndefault_ca=a\n[a]\ndatabase=${this.at('index')}\nrand_serial=yes\nnew_certs_dir=${this.folder}\n` +
      `default_md=sha256\npolicy=p\nunique_subject=no\n[p]\nC=optional\nO=optional\nCN=supplied\n`);
    await openssl('ca', '-batch', '-notext', '-preserveDN', '-config', config, '-cert', this.certificate, '-keyfile', this.at('ca.key'),
      '-in', asked, '-out', certFile, '-extfile', extra, ...from ? ['-startdate', from, '-enddate', until] : ['-days', '7']);
    const [key, cert] = await Promise.all([readFile(keyFile, 'utf8'), readFile(certFile, 'utf8')]);
    return { key, cert, keyFile, certFile };
  }
}

// A fetch for openid-client, which shows the certificate wherever the server asks for one.
export const fetchWith = (own, ca) => async (url, options) => {
  const request = new Request(url, options);
  if (request.url.startsWith('http:')) return fetch(request);
  const body = await request.text();
  return new Promise((resolve, reject) => {
    const sent = https(request.url, { method: request.method, headers: Object.fromEntries(request.headers), key: own?.key,
      cert: own?.cert, ca, agent: false },
      async (answer) => {
        const pieces = [];
        for await (const piece of answer) pieces.push(piece);
        resolve(new Response(pieces.length ? Buffer.concat(pieces) : null, { status: answer.statusCode, headers: answer.headers }));
      });
    sent.on('error', reject);
    sent.end(body || undefined);
  });
};
