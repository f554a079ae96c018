// A visitor without a browser: cookies, pages, forms, and the patience of a person. For load and kill
// tests, where a browser would be too slow.
import http from 'node:http';
import { parse } from 'node-html-parser';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// What a person answers by trying again: nothing came, or "try again later".
const worthRetrying = (status) => status === 429 || status >= 500;

export class GaveUp extends Error {}

export class Walker {
  // from: the loopback address this visitor comes from, so that limits per address count them apart.
  // patience: milliseconds for which the same request is repeated. onError: told of each failed attempt.
  constructor(origin, { from = '127.0.0.1', patience = 0, onError = () => {} } = {}) {
    this.origin = new URL(origin).origin;
    this.from = from;
    this.patience = patience;
    this.onError = onError;
    this.cookies = new Map();
  }

  // → {status, headers, text}, without following redirects. body: FormData, URLSearchParams or text.
  async request(path, { method = 'GET', headers = {}, body } = {}) {
    const url = new URL(path, this.origin);
    const prepared = body === undefined ? undefined : new Request(url, { method, headers, body });
    const bytes = prepared && Buffer.from(await prepared.arrayBuffer());
    const given = prepared ? Object.fromEntries(prepared.headers) : headers;
    for (const started = Date.now(); ;) {
      let problem;
      try {
        const answer = await this.#once(url, method, given, bytes);
        if (!worthRetrying(answer.status)) return answer;
        if (Date.now() - started >= this.patience) return answer;
        problem = `${answer.status}`;
      } catch (error) {
        problem = error.code ?? error.message;
        if (Date.now() - started >= this.patience) throw new GaveUp(`${method} ${url.pathname}: ${problem}`);
      }
      this.onError(problem);
      await pause(150 + Math.random() * 350);
    }
  }

  #once(url, method, given, bytes) {
    const headers = { 'accept-language': 'en', ...given, host: url.host };
    if (this.cookies.size > 0)
      headers.cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    if (bytes) headers['content-length'] = bytes.length;
    return new Promise((resolve, reject) => {
      const asked = http.request({ host: '127.0.0.1', port: url.port, path: url.pathname + url.search, method, headers,
        localAddress: this.from, timeout: 20_000 }, (response) => {
        const pieces = [];
        response.on('data', (piece) => pieces.push(piece));
        response.on('error', reject);
        response.on('aborted', () => reject(new Error('cut off')));
        response.on('end', () => {
          if (!response.complete) return reject(new Error('cut off'));
          this.#keepCookies(response.headers['set-cookie'] ?? []);
          resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(pieces).toString() });
        });
      });
      asked.on('timeout', () => asked.destroy(new Error('no answer')));
      asked.on('error', reject);
      asked.end(bytes);
    });
  }

  #keepCookies(lines) {
    for (const line of lines) {
      const [pair, ...attributes] = line.split(';');
      const at = pair.indexOf('=');
      const gone = attributes.some((a) => /^\s*max-age=0/i.test(a));
      if (gone) this.cookies.delete(pair.slice(0, at));
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }

  // → {status, url, document, text}; redirects are followed as a browser would, but not to other sites.
  async visit(path, init) {
    let url = new URL(path, this.origin);
    let response = await this.request(url.href, init);
    for (let hops = 0; response.status >= 300 && response.status < 400 && hops < 10; ++hops) {
      url = new URL(response.headers.location, url);
      if (url.origin !== this.origin) return { status: response.status, url: url.href, text: '', document: parse('') };
      response = await this.request(url.href);
    }
    this.page = { status: response.status, url: url.href, text: response.text, document: parse(response.text) };
    return this.page;
  }

  forms() {
    return this.page.document.querySelectorAll('form')
      .filter((form) => (form.getAttribute('method') ?? '').toLowerCase() === 'post');
  }

  // The form that is sent to a path ending like this; "" means the first one.
  form(ending) {
    return this.forms().find((form) => new URL(form.getAttribute('action') ?? '', this.page.url).pathname.endsWith(ending));
  }

  // Sends a form of the page with its own values overlaid by `values`. A value may be a list, or
  // {file: Buffer, name, type}.
  async submit(ending, values = {}) {
    const form = this.form(ending);
    if (!form) throw new Error(`no form to ${ending} on ${this.page.url} (${this.page.status})`);
    const fields = new Map([...ownValues(form), ...Object.entries(values)]);
    const multipart = (form.getAttribute('enctype') ?? '').includes('multipart');
    const body = multipart ? new FormData() : new URLSearchParams();
    for (const [name, value] of fields)
      for (const one of Array.isArray(value) ? value : [value]) {
        if (one?.file) body.append(name, new Blob([one.file], { type: one.type }), one.name);
        else body.append(name, String(one));
      }
    return this.visit(new URL(form.getAttribute('action') ?? '', this.page.url).href, { method: 'POST', body });
  }

  // As the script of an island does: → {status, json}
  async post(path, json, csrf) {
    const response = await this.request(path, { method: 'POST', body: JSON.stringify(json),
      headers: { 'content-type': 'application/json', 'x-minben-csrf': csrf } });
    let parsed;
    try { parsed = JSON.parse(response.text); } catch { parsed = undefined; }
    return { status: response.status, json: parsed };
  }
}

function ownValues(form) {
  const fields = new Map();
  for (const input of form.querySelectorAll('input, textarea, select')) {
    const name = input.getAttribute('name');
    if (!name) continue;
    const type = input.getAttribute('type');
    if (['submit', 'file'].includes(type)) continue;
    if (['checkbox', 'radio'].includes(type) && input.getAttribute('checked') === undefined) continue;
    if (input.tagName === 'SELECT') {
      const chosen = input.querySelector('option[selected]') ?? input.querySelector('option');
      fields.set(name, chosen?.getAttribute('value') ?? '');
    } else if (input.tagName === 'TEXTAREA') fields.set(name, input.textContent);
    else fields.set(name, input.getAttribute('value') ?? '');
  }
  return fields;
}
