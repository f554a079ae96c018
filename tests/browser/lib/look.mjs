// What every page a visitor sees must be: without axe violations (WCAG A and AA), no wider than the window,
// without errors of script or policy. Screenshots at both widths go to build/screenshots.
import { rmSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { root } from './country.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];
const desktop = { width: 1280, height: 900 }, phone = { width: 390, height: 844 };

const described = ({ id, help, nodes }) =>
  `${id} (${help}): ${nodes.slice(0, 3).map((node) => `${node.target.join(' ')} ${node.failureSummary.split('\n').slice(1).join(';')}`).join(' | ')}`;

// Sees nothing: for steps that were seen before.
export const unseen = { faults: [], async at() {} };

export const onDesktop = { sizes: [desktop], often: 1, pictures: false }, onPhone = { sizes: [phone], often: 1 };

export class Look {
  // often: the same page in this many states for each visitor; more tell nothing new and cost minutes
  constructor(name, { sizes = [desktop, phone], often = 2, pictures = true } = {}) {
    Object.assign(this, { sizes, often, pictures });
    this.directory = path.join(root, 'build/screenshots', name);
    rmSync(this.directory, { recursive: true, force: true });
    this.pages = 0;
    this.seen = new Map();
    this.faults = [];
  }

  async at(visitor) {
    const { page, name: who } = visitor;
    if (process.env.MINBEN_LOOK === 'off') return; // for working on the steps themselves
    const label = new URL(page.url()).pathname.replace(/^\/(en|zh-Hant)/, '').replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id')
      .replaceAll('/', '-').slice(1) || 'home';
    const before = this.seen.get(`${who} ${label}`) ?? 0;
    this.seen.set(`${who} ${label}`, before + 1);
    if (before >= this.often) return;
    const file = path.join(this.directory, `${String(++this.pages).padStart(3, '0')}-${who}-${label.slice(0, 60)}`);
    await mkdir(this.directory, { recursive: true });
    await visitor.allowScript(true); // the page's own was not loaded and stays off
    const ran = await page.evaluate(() => document.documentElement.classList.contains('mb-script'));
    if (ran && visitor.debugger) this.faults.push(`${who} ${page.url()}: ran script`);
    await page.evaluate(axe);
    for (const size of this.sizes) {
      await page.setViewportSize(size);
      const found = await page.evaluate(async (tags) => {
        const wide = document.documentElement.scrollWidth - window.innerWidth;
        const result = await globalThis.axe.run(document, { runOnly: tags, iframes: false, resultTypes: ['violations'] });
        return { wide, violations: result.violations };
      }, rules);
      const where = `${who} ${page.url()} at ${size.width}`;
      for (const violation of found.violations) this.faults.push(`${where}: ${described(violation)}`);
      if (found.wide > 0) this.faults.push(`${where}: ${found.wide} px wider than the window`);
      if (this.pictures) await page.screenshot({ path: `${file}-${size.width}.png`, fullPage: true, animations: 'disabled' });
    }
    await page.setViewportSize(desktop);
    await visitor.allowScript(false);
  }
}
