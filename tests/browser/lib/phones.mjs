// Phones of the demonstration country: whose there are, and approving on one what a browser asks for.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pause } from './people.mjs';

export class Phones {
  static async of(country, browser) {
    const phones = Object.assign(new Phones(), { country });
    const lines = await readFile(path.join(country.ready.data, 'outside/phones/people.jsonl'), 'utf8');
    phones.people = lines.trim().split('\n').map((line) => JSON.parse(line)); // {number, name, household_number}
    phones.page = await (await browser.newContext()).newPage();
    return phones;
  }

  go(person) { return this.page.goto(`${this.country.ready.phones}/phone/${person.number}`); }

  // A request on the person's phone, pushed there or opened by a link, and approved.
  async approve(visitor, person, mode) {
    await visitor.go('/sign-in/mobile', { look: false });
    if (mode === 'push') {
      await visitor.fill({ national_id: person.number });
      await visitor.submit('/sign-in/mobile', { look: false });
      await this.go(person);
    } else {
      await visitor.follow('main button[value=link]', { look: false });
      await this.page.goto(await visitor.page.locator('a[href*="verifySign"]').getAttribute('href'));
      await this.page.locator('[name=who]').fill(person.number);
      await this.page.locator('button').click();
    }
    await this.page.locator('button[value=approve]').first().click();
    await pause(4200); // so often may the service be asked
  }

  // From the page that waits, once it is approved.
  proceed(visitor, options) {
    return visitor.follow('main a.govuk-button[href*="/sign-in/mobile/request"]', options);
  }
}
