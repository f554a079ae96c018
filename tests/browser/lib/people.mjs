// Applicants and officers made of software: they look at a page, do what it offers, and try again what
// failed, as people would.
import { randomInt } from 'node:crypto';
import { SoftAuthenticator } from './authenticator.mjs';
import { Walker } from './walker.mjs';
import { pdf, portrait } from './papers.mjs';

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const patience = 90_000;
const face = portrait();
const idIn = (url, folder) => new RegExp(`/${folder}/([0-9a-f-]{36})`).exec(url)?.[1];

class Person {
  constructor(world, email) {
    this.world = world;
    this.email = email;
    const from = `127.${1 + randomInt(250)}.${randomInt(256)}.${1 + randomInt(250)}`;
    const options = { from, patience, onError: (problem) => world.saw(problem) };
    this.walker = new Walker(world.ready.portal, options);
    this.mailbox = new Walker(world.ready.mailbox, options);
    this.cashier = new Walker(world.ready.payments, options);
  }

  get page() { return this.walker.page; }

  async codeAfter(known) {
    for (const until = Date.now() + 40_000; Date.now() < until; await pause(200)) {
      const fresh = (await this.mails()).find((mail) => !known.has(mail.id) && /\b\d{6}\b/.test(mail.text));
      if (fresh) return /\b(\d{6})\b/.exec(fresh.text)[1];
    }
    return undefined;
  }

  async mails() {
    const answer = await this.mailbox.request(`/mails.json?to=${encodeURIComponent(this.email)}`);
    return JSON.parse(answer.text).mails;
  }

  // By a code from the mailbox. door: "/en" or "/en/desk"
  async signIn(door) {
    for (let tries = 0; tries < 5; ++tries) {
      const known = new Set((await this.mails()).map((mail) => mail.id));
      await this.walker.visit(`${door}/sign-in`);
      await this.walker.submit('/sign-in/code', { email: this.email });
      const code = await this.codeAfter(known);
      if (!code || !this.walker.form('/sign-in')) continue;
      await this.walker.submit('/sign-in', { code });
      if (!new URL(this.page.url).pathname.includes('/sign-in')) return;
    }
    throw new Error(`${this.email} cannot sign in: ${this.page.status} ${this.page.url}`);
  }
}

export class Applicant extends Person {
  constructor(world, number) {
    super(world, `kill-${world.run}-${number}@people.example`);
    this.key = world.residents[number % world.residents.length];
  }

  island() { return this.page.document.querySelector('[data-island=passkey]'); }

  // A passkey makes the assurance substantial. Challenges work once, so every try begins anew; a key whose
  // registration was not answered may be registered all the same.
  async makePasskey() {
    let made;
    for (let tries = 0; tries < 12; ++tries) {
      if (made && await this.usePasskey(made)) return;
      await this.walker.visit('/en/account/passkey');
      const register = this.island();
      if (!register) continue;
      const csrf = register.getAttribute('data-csrf');
      const asked = await this.walker.post(register.getAttribute('data-options'), {}, csrf);
      if (asked.status !== 200) continue;
      made = new SoftAuthenticator(this.world.ready.portal);
      await this.walker.post(register.getAttribute('data-finish'),
        { credential: made.create(asked.json), label: 'Software key' }, csrf);
    }
    throw new Error(`${this.email} cannot make a passkey`);
  }

  async usePasskey(passkey) {
    await this.walker.visit('/en/sign-in?why=strongly');
    const box = this.island();
    if (!box) return false;
    const csrf = box.getAttribute('data-csrf');
    const asked = await this.walker.post(box.getAttribute('data-options'), {}, csrf);
    if (asked.status !== 200) return false;
    const used = await this.walker.post(box.getAttribute('data-finish'), { credential: passkey.get(asked.json) }, csrf);
    return used.status === 200;
  }

  answers() {
    const paper = { file: pdf([`${this.email} ${Date.now()}`]), name: 'copy.pdf', type: 'application/pdf' };
    return {
      field: { field: 'digital', regulation: 'digital-1' },
      situation: { nationality_class: 'general', situation: 'overseas', years: '3' },
      person: { name_latin: 'DOE, JANE', 'birth_date.year': '1990', 'birth_date.month': '2', 'birth_date.day': '3',
        sex: 'F', nationality: 'US' },
      passport: { passport_no: this.key, 'passport_valid_until.year': String(new Date().getFullYear() + 5),
        'passport_valid_until.month': '8', 'passport_valid_until.day': '30', passport_copy: paper },
      photo: { photo: { file: face, name: 'me.png', type: 'image/png' } },
      evidence: { evidence_note: 'Eight years as lead engineer of a payment platform.', evidence: paper },
      background: { prc_employment: 'false' },
      contact: { email: this.email, phone: '+1 555 0100 000' },
    };
  }

  // → the number of the case in addresses
  async apply() {
    await this.walker.visit('/en/services/gold-card/apply');
    await this.walker.submit('/apply');
    const draft = idIn(this.page.url, 'drafts');
    if (!draft) throw new Error(`no draft: ${this.page.status} ${this.page.url}`);
    for (const [name, values] of Object.entries(this.answers())) {
      for (let tries = 0; ; ++tries) {
        await this.walker.visit(`/en/drafts/${draft}/pages/${name}`);
        await this.walker.submit(`/pages/${name}`, values);
        if (this.page.status === 200 && !this.page.url.endsWith(`/pages/${name}`)) break;
        if (tries === 5) throw new Error(`page ${name} is not taken: ${this.page.status}`);
      }
    }
    for (let tries = 0; tries < 6; ++tries) {
      await this.walker.visit(`/en/drafts/${draft}/check`);
      if (this.walker.form('/submit')) await this.walker.submit('/submit', { declared: 'yes' });
      const made = idIn(this.page.url, 'cases') ?? await this.openCase();
      if (made) return made;
    }
    throw new Error(`not submitted: ${this.page.status} ${this.page.url}`);
  }

  async openCase() {
    await this.walker.visit('/en/cases');
    for (const card of this.page.document.querySelectorAll('.mb-card'))
      if (!/Approved|Refused|Withdrawn|Closed/.test(card.textContent))
        return idIn(card.querySelector('a').getAttribute('href'), 'cases');
    return undefined;
  }

  async consent(id) {
    for (;;) {
      await this.walker.visit(`/en/cases/${id}/consents`);
      const open = this.walker.forms().find((form) => form.getAttribute('action').includes(`/cases/${id}/consents/`));
      if (!open) return;
      await this.walker.submit(new URL(open.getAttribute('action'), this.page.url).pathname, { answer: 'grant' });
    }
  }

  // Impatient people press twice: every third payment is sent two times at once.
  async pay(id) {
    await this.walker.visit(`/en/cases/${id}/pay`);
    if (!this.walker.form('/pay')) return;
    const sent = await this.walker.submit('/pay');
    if (!sent.url.startsWith(this.world.ready.payments)) return;
    await this.cashier.visit(sent.url);
    if (this.cashier.forms().length > 0) {
      const card = { card: '4242 4242 4242 4242', do: 'pay' };
      const times = randomInt(3) === 0 ? 2 : 1;
      await Promise.all(Array.from({ length: times }, () => this.cashier.submit('', card)));
    }
    await this.walker.visit(`/en/cases/${id}/pay/return`);
  }

  async supplement(id) {
    await this.walker.visit(`/en/cases/${id}/supplement`);
    if (this.walker.form('/supplement'))
      await this.walker.submit('/supplement', { evidence: this.answers().evidence.evidence });
  }

  // Does what the case's page asks for until it is decided. → the state in which it ended
  async follow(id) {
    for (;;) {
      await this.walker.visit(`/en/cases/${id}`);
      const state = this.page.document.querySelector('main .govuk-summary-list .govuk-tag')?.textContent.trim() ?? '';
      if (/Approved|Refused|Withdrawn|Closed|Expired/.test(state)) return state;
      const asked = this.page.document.querySelectorAll('.govuk-notification-banner__link')
        .map((link) => link.getAttribute('href').split('/').at(-1));
      if (asked.includes('consents')) await this.consent(id);
      if (asked.includes('pay')) await this.pay(id);
      if (asked.includes('supplement')) await this.supplement(id);
      if (this.world.closing) return undefined;
      await pause(300 + randomInt(700));
    }
  }

  async live() {
    await this.signIn('/en');
    await this.makePasskey();
    while (!this.world.ending) {
      const id = await this.openCase() ?? await this.apply();
      this.world.cases.add(id);
      const state = await this.follow(id);
      this.world.cases.delete(id);
      this.world.finished(id, state);
    }
  }
}

const goodOutcomes = ['complete', 'qualified', 'approve', 'pass'];

export class Officer extends Person {
  async live() {
    await this.signIn('/en/desk');
    while (!this.world.closing) {
      const cases = [...this.world.cases];
      const id = cases[randomInt(Math.max(cases.length, 1))] ?? await this.fromQueue();
      if (id) await this.work(id);
      await pause(50 + randomInt(250));
    }
  }

  async fromQueue() {
    await this.walker.visit('/en/desk?active=yes');
    const links = this.page.document.querySelectorAll('th a').map((a) => idIn(a.getAttribute('href'), 'cases'));
    return links[randomInt(Math.max(links.length, 1))];
  }

  async work(id) {
    await this.walker.visit(`/en/desk/cases/${id}`);
    if (this.page.status !== 200) return;  // not of this agency, or not yet
    if (this.walker.form(`/${id}/claim`)) {
      await this.walker.submit(`/${id}/claim`);
      await this.walker.visit(`/en/desk/cases/${id}`);
    }
    const links = this.page.document.querySelectorAll('a').map((a) => a.getAttribute('href') ?? '');
    if (links.some((href) => href.endsWith(`/${id}/confirm`))) return this.confirm(id);
    const decides = links.some((href) => href.endsWith(`/${id}/decide`));
    const mayAsk = links.some((href) => href.endsWith(`/${id}/supplement`));
    if (decides && mayAsk && randomInt(12) === 0) return this.ask(id);
    if (decides) return this.decide(id);
  }

  async decide(id) {
    await this.walker.visit(`/en/desk/cases/${id}/decide`);
    const form = this.walker.form('/decide');
    if (!form) return;  // a colleague was faster
    const offered = form.querySelectorAll('input[name=outcome]').map((input) => input.getAttribute('value'));
    const grounds = form.querySelectorAll('input[name=ground]').map((input) => input.getAttribute('value'));
    // An agency's only approver cannot confirm a refusal of their own.
    const refuses = offered.includes('refuse') && !this.email.startsWith('approver') && randomInt(15) === 0;
    const outcome = refuses ? 'refuse' : goodOutcomes.find((code) => offered.includes(code));
    await this.walker.submit('/decide', { outcome, text: 'The evidence was examined.',
      ...(refuses ? { ground: grounds[0] } : {}) });
  }

  async ask(id) {
    await this.walker.visit(`/en/desk/cases/${id}/supplement`);
    const form = this.walker.form('/supplement');
    if (!form) return;
    const reason = form.querySelector('input[name=reason]').getAttribute('value');
    await this.walker.submit('/supplement', { reason, field: '/evidence', text: 'Please add the last year.', days: '10' });
  }

  async confirm(id) {
    await this.walker.visit(`/en/desk/cases/${id}/confirm`);
    if (!this.walker.form('/confirm')) return;
    const agree = randomInt(4) !== 0;
    await this.walker.submit('/confirm', { agree: agree ? 'yes' : 'no', note: agree ? '' : 'Please look again.' });
  }
}
