// A visitor without a browser: cookies, pages, forms. For load and kill tests, where a browser would be too slow.
import { parse } from 'node-html-parser';

export class Walker {
  constructor(origin, { address } = {}) {
    this.origin = origin;
    this.cookies = new Map();
    this.address = address;
  }

  async request(path, init = {}) {
    const headers = new Headers(init.headers);
    if (this.cookies.size > 0)
      headers.set('cookie', [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    headers.set('accept-language', 'en');
    const response = await fetch(new URL(path, this.origin), { ...init, headers, redirect: 'manual',
      signal: AbortSignal.timeout(20_000) });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair, ...attributes] = cookie.split(';');
      const at = pair.indexOf('=');
      const gone = attributes.some((a) => /^\s*max-age=0/i.test(a));
      if (gone) this.cookies.delete(pair.slice(0, at));
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return response;
  }

  // → {status, url, document, text}; redirects are followed as a browser would
  async visit(path, init) {
    let response = await this.request(path, init);
    let url = new URL(path, this.origin);
    for (let hops = 0; response.status >= 300 && response.status < 400 && hops < 10; ++hops) {
      await response.arrayBuffer();
      url = new URL(response.headers.get('location'), url);
      if (url.origin !== new URL(this.origin).origin) return { status: response.status, url: url.href, document: parse('') };
      response = await this.request(url.href);
    }
    const text = await response.text();
    this.page = { status: response.status, url: url.href, text, document: parse(text) };
    return this.page;
  }

  // Sends the form whose action contains `action`, with its own values overlaid by `values`.
  // A value may be {file: Buffer, name, type}.
  async submit(action, values = {}, { button } = {}) {
    const form = this.page.document.querySelectorAll('form')
      .find((f) => (f.getAttribute('action') ?? '').includes(action) && (f.getAttribute('method') ?? '').toLowerCase() === 'post');
    if (!form) throw new Error(`no form to ${action} on ${this.page.url} (${this.page.status})`);
    const fields = new Map();
    for (const input of form.querySelectorAll('input, textarea, select')) {
      const name = input.getAttribute('name');
      if (!name) continue;
      const type = input.getAttribute('type');
      if (['checkbox', 'radio'].includes(type) && input.getAttribute('checked') === undefined) continue;
      if (['submit', 'file'].includes(type)) continue;
      if (input.tagName === 'SELECT') {
        const chosen = input.querySelector('option[selected]') ?? input.querySelector('option');
        fields.set(name, chosen?.getAttribute('value') ?? '');
      } else if (input.tagName === 'TEXTAREA') fields.set(name, input.textContent);
      else fields.set(name, input.getAttribute('value') ?? '');
    }
    if (button) fields.set(button[0], button[1]);
    for (const [name, value] of Object.entries(values)) fields.set(name, value);
    const multipart = (form.getAttribute('enctype') ?? '').includes('multipart');
    const body = multipart ? new FormData() : new URLSearchParams();
    for (const [name, value] of fields)
      for (const one of Array.isArray(value) ? value : [value]) {
        if (one?.file) body.append(name, new Blob([one.file], { type: one.type }), one.name);
        else body.append(name, String(one));
      }
    return this.visit(new URL(form.getAttribute('action'), this.page.url).href, { method: 'POST', body });
  }

  link(text) {
    const found = this.page.document.querySelectorAll('a').find((a) => a.textContent.includes(text));
    if (!found) throw new Error(`no link "${text}" on ${this.page.url}`);
    return new URL(found.getAttribute('href'), this.page.url).href;
  }
}
