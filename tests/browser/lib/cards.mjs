// Citizen certificates of the demonstration country's authority: whose there are, and what their cards sign.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from './country.mjs';

const run = promisify(execFile);
const tool = path.join(root, 'build/release/outside/citizen-authority');

export class Cards {
  static async of(country) {
    const cards = Object.assign(new Cards(), { books: path.join(country.ready.data, 'outside/citizens') });
    cards.scratch = await mkdtemp(path.join(tmpdir(), 'minben-cards-'));
    const lines = (await readFile(path.join(cards.books, 'people.jsonl'), 'utf8')).trim().split('\n');
    cards.people = lines.map((line) => JSON.parse(line)); // {number, name, household_number}
    return cards;
  }

  drop() { return rm(this.scratch, { recursive: true, force: true }); }

  // A command of the authority, on its books.
  tell(command, ...args) { return run(tool, [command, '--data', this.books, ...args]); }

  // The signature of this person's card over a text. → path of the .p7s
  async signed(person, text, ...how) {
    const [file, signature] = ['challenge.txt', 'challenge.p7s'].map((name) => path.join(this.scratch, name));
    await writeFile(file, text);
    await this.tell('sign', '--number', person.number, '--in', file, '--out', signature, ...how);
    return signature;
  }

  // From the sign-in page to the page with the file. → its content
  async start(visitor) {
    await visitor.go('/sign-in');
    await visitor.follow('main a[href*="/sign-in/certificate"]');
    await visitor.submit('/certificate/start');
    return (await visitor.download('main ol a')).content;
  }

  // By a signed file, with the household number the first time.
  async signIn(visitor, person) {
    const signature = await this.signed(person, await this.start(visitor));
    await visitor.fill({ signature });
    await visitor.form('/sign-in/certificate').locator('button').first().click();
    const first = visitor.page.locator('main [name="ticket"]');
    await first.or(visitor.page.locator('header form[action$="/sign-out"]')).first().waitFor({ state: 'attached' });
    if (await first.count() === 0) return;
    await visitor.fill({ national_id: person.number, household_number: person.household_number });
    await visitor.submit('/certificate/first');
  }
}
