// The demonstration country as a test starts it: a copy of the one that MINBEN_COUNTRY names (tests/browser/fill.mjs
// made it), or a new one; on ports of its own, real programs only.
import { execFile, spawn } from 'node:child_process';
import { readFile, rm, chmod } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { scratchFolder } from './scratch.mjs';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
export const program = path.join(root, 'build/release/minben');

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Country {
  // → Country with .ready (addresses and accounts, as `minben demo --ready-file` writes them)
  // by: the command that takes the options of `minben demo`
  static async start({ port, data, by = [program, 'demo'] } = {}) {
    const country = new Country();
    country.port = port ?? 10000 + (process.pid * 64) % 20000; // below the ports that outgoing connections take
    country.own = data === undefined;
    country.data = data ?? await scratchFolder('country');
    await chmod(country.data, 0o755); // the database's unprivileged user passes through
    country.by = by;
    const filled = process.env.MINBEN_COUNTRY;
    if (country.own && filled)
      await promisify(execFile)('cp', ['-a', '--reflink=auto', path.join(filled, 'country'), country.data]);
    await country.launch();
    return country;
  }

  // A country that runs already (MINBEN_READY names its ready file): for working on the tests themselves.
  static async attach(readyFile) {
    const country = new Country();
    country.ready = JSON.parse(await readFile(readyFile, 'utf8'));
    country.stop = async () => {};
    return country;
  }

  async launch() {
    const readyFile = path.join(this.data, 'ready.json');
    await rm(readyFile, { force: true });
    const started = Date.now();
    this.output = '';
    const [command, ...first] = this.by;
    this.process = spawn(command, [...first, '--port', String(this.port), '--data', path.join(this.data, 'country'),
      '--ready-file', readyFile], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.process.stdout, this.process.stderr])
      stream.on('data', (chunk) => { this.output += chunk; });
    let ended = false;
    this.process.on('exit', () => { ended = true; });
    for (;;) {
      if (ended) throw new Error(`minben demo ended early:\n${this.output}`);
      if (Date.now() - started > 300_000) throw new Error(`minben demo is not ready:\n${this.output}`);
      try {
        this.ready = JSON.parse(await readFile(readyFile, 'utf8'));
        break;
      } catch { await pause(50); }
    }
    this.secondsToReady = (Date.now() - started) / 1000;
  }

  get origin() { return this.ready.portal; }

  // → exit status; the same as Ctrl-C
  async interrupt() {
    if (this.process.exitCode !== null) return this.process.exitCode;
    const ended = new Promise((resolve) => this.process.on('exit', resolve));
    this.process.kill('SIGINT');
    return ended;
  }

  async stop() {
    await this.interrupt();
    if (this.own) await rm(this.data, { recursive: true, force: true });
  }

  // The newest one-time code that was mailed to this address after `since` (milliseconds).
  async mailedCode(address, since = 0) {
    for (let i = 0; i < 200; ++i) {
      const answer = await fetch(`${this.ready.mailbox}/mails.json?to=${encodeURIComponent(address)}`);
      for (const mail of (await answer.json()).mails) {
        const code = /\b(\d{6})\b/.exec(mail.text);
        if (code && Date.parse(mail.at) >= since) return code[1];
      }
      await pause(100);
    }
    throw new Error(`no code arrived for ${address}`);
  }
}
