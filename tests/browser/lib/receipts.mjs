// The page that checks receipts, as a stranger uses it: dropped, chosen by keyboard, and with nothing sent meanwhile.
import assert from 'node:assert/strict';
import { Visitor } from './visitor.mjs';

const words = {
  en: { valid: 'The receipt is valid', refused: 'The receipt is not valid', wrong: 'Wrong', content: 'Content and time',
    agency: 'Agency', short: 'lacks witnesses', seen: 'Enough witnesses', unseen: 'Not enough witnesses' },
  'zh-Hant': { valid: '收據有效', refused: '收據無效', wrong: '不符', content: '內容與時間', agency: '機關',
    short: '但見證數不足', seen: '見證數已足', unseen: '見證數不足' },
};

const file = (name, content) => ({ name, mimeType: 'application/octet-stream', buffer: content });

// The file in the visitor's hand, let go over the page.
async function drop(visitor, { name, buffer }) {
  const data = await visitor.page.evaluateHandle(({ name, base64 }) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name));
    return transfer;
  }, { name, base64: buffer.toString('base64') });
  for (const type of ['dragenter', 'dragover', 'drop'])
    await visitor.page.dispatchEvent('[data-drop]', type, { dataTransfer: data });
}

async function verdictOf(visitor, expected) {
  const title = visitor.page.locator('#verdict');
  await title.filter({ hasText: expected }).waitFor();
  await visitor.look.at(visitor);
  return visitor.text('[data-verdict]');
}

// The same content with one letter of an agency's code changed.
function withOtherAgency(content) {
  const changed = Buffer.from(content);
  const at = content.indexOf('"agency": "') + '"agency": "'.length;
  assert.ok(at > 20, 'the receipt names an agency');
  changed[at] ^= 1;
  return changed;
}

// The same before any witness has seen it: without their lines, spelled as receipts are.
function withoutWitnesses(content) {
  const lines = content.toString().split('\n').filter((line) => !/^\s*"— \S*\/witness /.test(line));
  return Buffer.from(lines.join('\n').replace(/",(\n\s*\])/g, '"$1'));
}

// In the browser alone: cut off from the network, and no request even tried.
async function checkAlone({ browser, country, look, language, receipt }) {
  const visitor = await Visitor.open({ browser, country, look, language, name: 'stranger' });
  const said = words[language];
  await visitor.go('/receipts');
  await visitor.page.waitForLoadState('networkidle');
  const requests = [];
  visitor.page.on('request', (request) => requests.push(request.url()));
  await visitor.context.setOffline(true);
  await drop(visitor, file('mine.receipt', receipt.content));
  const whole = await verdictOf(visitor, said.valid);
  for (const word of [said.agency, said.seen]) assert.match(whole, new RegExp(word));
  assert.equal(await visitor.page.locator('[data-verdict] .govuk-tag--green').count(), 6, 'five parts, and the witnesses');
  await visitor.page.locator('input[type=file]').setInputFiles(file('short.receipt', withoutWitnesses(receipt.content)));
  assert.match(await verdictOf(visitor, said.short), new RegExp(`${said.unseen} 0 / 6`));
  await visitor.page.locator('input[type=file]').setInputFiles(file('changed.receipt', withOtherAgency(receipt.content)));
  const refused = await verdictOf(visitor, said.refused);
  assert.match(refused, /content_mismatch/);
  const bad = visitor.page.locator('[data-verdict] .govuk-summary-list__row', { has: visitor.page.locator('.govuk-tag--red') });
  assert.equal((await bad.allInnerTexts()).join('').replace(/\s+/g, ' ').trim(), `${said.content} ${said.wrong}`);
  assert.equal(await visitor.page.evaluate(() => document.activeElement?.hasAttribute('data-verdict')), true);
  // By keyboard, and with a key that is not the ledger's.
  await visitor.page.locator('summary').press('Enter');
  await visitor.page.locator('textarea').fill('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
  await visitor.page.locator('input[type=file]').setInputFiles(file('mine.receipt', receipt.content));
  await visitor.page.locator('main form button').press('Enter');
  assert.match(await verdictOf(visitor, said.refused), /unsigned_note/);
  assert.deepEqual(requests, [], 'nothing is sent while receipts are checked');
  await visitor.context.close();
}

// With script, in a browser that cannot verify Ed25519: it says so, and the server checks.
async function checkWithoutEd25519({ browser, country, look, language, receipt }) {
  const visitor = await Visitor.open({ browser, country, look, language, name: 'old' });
  await visitor.page.addInitScript(() => {
    globalThis.crypto.subtle.importKey = () => Promise.reject(new DOMException('', 'NotSupportedError'));
  });
  await visitor.go('/receipts');
  for (const name of ['mine', 'again']) {
    await visitor.page.locator('.govuk-inset-text', { hasText: 'Ed25519' }).waitFor();
    assert.equal(await visitor.page.locator('main .mb-only-script').count(), 0, 'nothing claims that the file stays');
    await visitor.page.locator('input[type=file]').setInputFiles(file(`${name}.receipt`, receipt.content));
    await visitor.page.locator('main form button').click();
    await visitor.page.locator('.mb-file-name', { hasText: name }).waitFor();
    assert.match(await visitor.text('[data-verdict]'), new RegExp(words[language].valid));
  }
  await visitor.context.close();
}

// Without script the server checks.
async function checkAtTheServer({ browser, country, look, language, receipt }) {
  const visitor = await Visitor.open({ browser, country, look, language, name: 'plain' });
  await visitor.withoutScript();
  await visitor.go('/receipts');
  await visitor.page.locator('input[type=file]').setInputFiles(file('mine.receipt', receipt.content));
  await visitor.submit('/receipts');
  assert.match(await visitor.text('[data-verdict]'), new RegExp(words[language].valid));
  await visitor.page.locator('input[type=file]').setInputFiles(file('short.receipt', withoutWitnesses(receipt.content)));
  await visitor.submit('/receipts');
  assert.match(await visitor.text('[data-verdict]'), new RegExp(`${words[language].short}[^]*0 / 6`));
  await visitor.page.locator('input[type=file]').setInputFiles(file('changed.receipt', withOtherAgency(receipt.content)));
  await visitor.submit('/receipts', { status: 422 });
  assert.match(await visitor.text('[data-verdict]'), /content_mismatch/);
  await visitor.context.close();
}

export async function checkReceiptPage(options) {
  for (const language of ['en', 'zh-Hant']) await checkAlone({ ...options, language });
  await checkWithoutEd25519({ ...options, language: 'en' });
  await checkAtTheServer({ ...options, language: 'en' });
}
