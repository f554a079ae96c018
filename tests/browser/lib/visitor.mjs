// A person at a browser of their own: a context, a page, a virtual authenticator. Whatever page comes up is looked at.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

export const launch = () => chromium.launch({
  executablePath: process.env.MINBEN_CHROMIUM ?? '/usr/bin/chromium-headless-shell',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

const authenticator = { protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true,
  hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };

export class Visitor {
  // options: {browser, country, look, language, name, email, window}; window: more options of the browser's window
  static async open(options) {
    const visitor = Object.assign(new Visitor(), options);
    await visitor.#enter();
    return visitor;
  }

  // The same person in the same session, at another window with a language and a look of its own.
  async again(options) {
    const visitor = Object.assign(new Visitor(), this, { debugger: undefined }, options);
    await visitor.#enter(await this.context.storageState());
    return visitor;
  }

  async #enter(storageState) {
    this.context = await this.browser.newContext({ storageState, acceptDownloads: true,
      locale: this.language, viewport: { width: 1280, height: 900 }, ...this.window });
    this.context.setDefaultTimeout(15_000);
    this.page = await this.context.newPage();
    this.#watch();
  }

  // Remembers the status of the page shown, and what goes wrong behind its face.
  #watch() {
    this.page.on('response', (response) => {
      const top = response.request().isNavigationRequest() && response.frame() === this.page.mainFrame();
      if (top) this.status = response.status();
    });
    const fault = (kind, text) => this.look.faults.push(`${this.name} ${this.page.url()}: ${kind}: ${text}`);
    this.page.on('pageerror', (error) => fault('script', error.message));
    this.page.on('console', (message) => {
      const expected = /the server responded with a status of 4\d\d/; // a form that was sent with mistakes
      if (message.type() === 'error' && !expected.test(message.text())) fault('console', message.text());
    });
  }

  // From here on without script: the session moves to a context whose page runs none.
  async withoutScript() {
    const storageState = await this.context.storageState();
    await this.context.close();
    await this.#enter(storageState);
    this.debugger = await this.context.newCDPSession(this.page);
    await this.allowScript(false);
  }

  // For the examination only, which is a script itself.
  async allowScript(value) {
    await this.debugger?.send('Emulation.setScriptExecutionDisabled', { value: !value });
  }

  url(path) { return `${this.country.origin}/${this.language}${path}`; }

  async #seen(status) {
    assert.equal(this.status, status, `${this.name} at ${this.page.url()}`);
    await this.look.at(this);
  }

  async go(path, { status = 200, look = true } = {}) {
    await this.page.goto(this.url(path));
    if (look) await this.#seen(status);
    else assert.equal(this.status, status, `${this.name} at ${this.page.url()}`);
  }

  // Clicks what leads to another page and waits for it.
  async follow(target, { status = 200, look = true } = {}) {
    const element = typeof target === 'string' ? this.page.locator(target).first() : target;
    const loaded = this.page.waitForEvent('load');
    loaded.catch(() => {});
    await element.click();
    await loaded;
    if (look) await this.#seen(status);
  }

  // Leaves the portal until the next step: pages that stay open follow what happens and work along.
  rest() { return this.page.goto('about:blank'); }

  form(action) { return this.page.locator(`main form[action$="${action}"]`).first(); }

  // Sends the form whose action ends so, by its first submit button.
  async submit(action, options) {
    await this.follow(this.form(action).locator('button:not([type=button])').first(), options);
  }

  async fill(values) {
    for (const [name, value] of Object.entries(values)) {
      const inputs = this.page.locator(`main [name="${name}"]`);
      const kind = await inputs.first().evaluate((one) => one.type);
      if (kind === 'radio' || kind === 'checkbox') await inputs.and(this.page.locator(`[value="${value}"]`)).check();
      else if (kind === 'select-one') await inputs.selectOption(value);
      else if (kind === 'file') await inputs.setInputFiles(value);
      else await inputs.fill(value);
    }
  }

  fillDate(name, [year, month, day]) {
    return this.fill({ [`${name}.year`]: String(year), [`${name}.month`]: String(month), [`${name}.day`]: String(day) });
  }

  // Reloads until the element is there: what jobs do in the background takes a moment.
  async waitFor(path, selector, seconds = 60) {
    const until = Date.now() + seconds * 1000;
    for (;;) {
      await this.page.goto(this.url(path)); // not for this agency's eyes until the case is with it
      if (await this.page.locator(selector).count() > 0) break;
      assert.ok(Date.now() < until, `${this.name}: no ${selector} at ${this.page.url()}`);
      await this.page.waitForTimeout(250);
    }
    await this.#seen(200);
  }

  // → {name, content: Buffer}
  async download(selector) {
    const arrived = this.page.waitForEvent('download');
    await this.page.locator(selector).first().click();
    const file = await arrived;
    const chunks = [];
    for await (const chunk of await file.createReadStream()) chunks.push(chunk);
    return { name: file.suggestedFilename(), content: Buffer.concat(chunks) };
  }

  text(selector = 'main') { return this.page.locator(selector).first().innerText(); }

  // ------------------------------------------------------------------------------------ signing in

  async #useAuthenticator() {
    const session = await this.context.newCDPSession(this.page);
    await session.send('WebAuthn.enable');
    await session.send('WebAuthn.addVirtualAuthenticator', { options: authenticator });
  }

  // With a code from the mailbox; `desk` is "" or "/desk".
  async signInWithCode(email, desk = '') {
    if (!this.page.url().includes('/sign-in')) await this.go(`${desk}/sign-in`);
    const since = Date.now() - 1000; // mails tell whole seconds
    await this.fill({ email });
    await this.submit(`${desk}/sign-in/code`);
    await this.fill({ code: await this.country.mailedCode(email, since) });
    await this.submit(`${desk}/sign-in`);
  }

  async enrolPasskey() {
    await this.#useAuthenticator();
    await this.fill({ label: 'Test key' });
    await this.#performPasskey();
  }

  signInWithPasskey() { return this.#performPasskey(); }

  async #performPasskey() {
    const answers = [];
    const note = (answer) => { if (answer.request().method() === 'POST') answers.push(`${answer.status()} ${answer.url()}`); };
    this.page.on('response', note);
    await this.follow('main [data-island=passkey] button')
      .catch((error) => { throw new Error(`${this.name}: the passkey led nowhere: ${answers}`, { cause: error }); });
    this.page.off('response', note);
  }
}
