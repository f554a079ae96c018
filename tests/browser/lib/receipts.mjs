// The page that checks receipts, as a stranger uses it: one, or a file of many; dropped, chosen by keyboard, and with
// nothing sent meanwhile.
import assert from 'node:assert/strict';
import { Visitor } from './visitor.mjs';

const words = {
  en: { valid: 'The receipt is valid', refused: 'The receipt is not valid', wrong: 'Wrong', content: 'Content and time',
    agency: 'Agency', short: 'lacks witnesses', seen: 'Enough witnesses', unseen: 'Not enough witnesses',
    all: 'The receipts are valid', complete: 'Complete: numbers 1 to ', allShort: 'The receipts are valid, but lack witnesses',
    allRefused: 'The file of receipts is not valid', missing: 'Missing: number 3', erased: 'Erased', newer: 'The platform says',
    alone: 'Checked by your browser; nothing was sent.' },
  'zh-Hant': { valid: '收據有效', refused: '收據無效', wrong: '不符', content: '內容與時間', agency: '機關',
    short: '但見證數不足', seen: '見證數已足', unseen: '見證數不足', all: '收據全部有效', complete: '完整：號碼 1 到 ',
    allShort: '收據有效，但見證數不足', allRefused: '收據檔案無效', missing: '缺少的號碼：3', erased: '已刪除', newer: '本平臺表示',
    alone: '由您的瀏覽器查驗，沒有傳送任何資料。' },
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

// What somebody who wants to hide a use would hand on.
function withoutThird(everyUse) {
  const fewer = JSON.parse(everyUse);
  fewer.receipts.splice(2, 1);
  return Buffer.from(JSON.stringify(fewer, null, 2));
}

// The second as the platform hands it out after its content was erased.
function withErased(everyUse) {
  const all = JSON.parse(everyUse);
  all.receipts[1] = { erased: all.receipts[1].claim.content.series };
  return Buffer.from(JSON.stringify(all, null, 2));
}

// Every use as a row, in both shapes of the page; `choose` gives the page a file and says what it answers.
async function checkMany({ said, everyUse, choose }) {
  const { receipts } = JSON.parse(everyUse);
  const whole = await choose(file('usage-1.receipts', everyUse), { expected: said.all });
  assert.ok(whole.text.includes(`${said.complete}${receipts.length}`), whole.text);
  assert.ok(whole.text.includes(said.seen) && !whole.text.includes(said.newer), whole.text);
  assert.equal(whole.rows.length, receipts.length);
  for (const [at, cells] of whole.rows.entries()) {
    assert.equal(cells[0], String(at + 1));
    assert.ok(cells.length === 5 && cells.every((cell) => cell !== ''), cells.join('|'));
  }
  const erased = await choose(file('erased.receipts', withErased(everyUse)), { expected: said.all });
  assert.deepEqual(erased.rows.map((cells) => cells.length), receipts.map((_, at) => at === 1 ? 2 : 5));
  assert.ok(erased.rows[1][0] === '2' && erased.rows[1][1].startsWith(said.erased), erased.rows[1].join('|'));
  const short = await choose(file('short.receipts', withoutWitnesses(everyUse)), { expected: said.allShort });
  assert.match(short.text, new RegExp(`${said.unseen} 0 / \\d`));
  const refused = await choose(file('fewer.receipts', withoutThird(everyUse)), { expected: said.allRefused, status: 422 });
  assert.ok(refused.text.includes('left_out') && refused.text.includes(said.missing), refused.text);
  const changed = await choose(file('changed.receipts', withOtherAgency(everyUse)), { expected: said.allRefused, status: 422 });
  assert.match(changed.text, /content_mismatch/);
  return whole;
}

const rowsOf = (visitor) => visitor.page.locator('[data-verdict] tbody tr').evaluateAll((all) => all.map((row) =>
  [...row.cells].map((cell) => cell.querySelector('.mb-cell').innerText.trim())));

// In the browser alone: cut off from the network, and no request even tried.
async function checkAlone({ browser, country, look, language, receipt, everyUse }) {
  const visitor = await Visitor.open({ browser, country, look, language, name: `stranger-${language}` });
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
  assert.match(await verdictOf(visitor, said.short), new RegExp(`${said.unseen} 0 / \\d`));
  await visitor.page.locator('input[type=file]').setInputFiles(file('changed.receipt', withOtherAgency(receipt.content)));
  const refused = await verdictOf(visitor, said.refused);
  assert.match(refused, /content_mismatch/);
  const bad = visitor.page.locator('[data-verdict] .govuk-summary-list__row', { has: visitor.page.locator('.govuk-tag--red') });
  assert.equal((await bad.allInnerTexts()).join('').replace(/\s+/g, ' ').trim(), `${said.content} ${said.wrong}`);
  assert.equal(await visitor.page.evaluate(() => document.activeElement?.hasAttribute('data-verdict')), true);
  const many = await checkMany({ said, everyUse, choose: async (dropped, { expected }) => {
    await drop(visitor, dropped);
    await visitor.page.locator('.mb-file-name', { hasText: dropped.name }).waitFor();
    return { text: await verdictOf(visitor, expected), rows: await rowsOf(visitor) };
  } });
  // By keyboard, and with a key that is not the ledger's.
  await visitor.page.locator('summary').press('Enter');
  await visitor.page.locator('textarea').fill('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
  await visitor.page.locator('input[type=file]').setInputFiles(file('mine.receipt', receipt.content));
  await visitor.page.locator('main form button').press('Enter');
  assert.match(await verdictOf(visitor, said.refused), /unsigned_note/);
  assert.deepEqual(requests, [], 'nothing is sent while receipts are checked');
  await visitor.context.close();
  return many;
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
async function checkAtTheServer({ browser, country, look, language, receipt, everyUse }) {
  const visitor = await Visitor.open({ browser, country, look, language, name: `plain-${language}` });
  await visitor.withoutScript();
  await visitor.go('/receipts');
  await visitor.page.locator('input[type=file]').setInputFiles(file('mine.receipt', receipt.content));
  await visitor.submit('/receipts');
  assert.match(await visitor.text('[data-verdict]'), new RegExp(words[language].valid));
  await visitor.page.locator('input[type=file]').setInputFiles(file('short.receipt', withoutWitnesses(receipt.content)));
  await visitor.submit('/receipts');
  assert.match(await visitor.text('[data-verdict]'), new RegExp(`${words[language].short}[^]*0 / \\d`));
  await visitor.page.locator('input[type=file]').setInputFiles(file('changed.receipt', withOtherAgency(receipt.content)));
  await visitor.submit('/receipts', { status: 422 });
  assert.match(await visitor.text('[data-verdict]'), /content_mismatch/);
  const many = await checkMany({ said: words[language], everyUse, choose: async (chosen, { expected, status = 200 }) => {
    await visitor.page.locator('input[type=file]').setInputFiles(chosen);
    await visitor.submit('/receipts', { status });
    return { text: await verdictOf(visitor, expected), rows: await rowsOf(visitor) };
  } });
  await visitor.context.close();
  return many;
}

export async function checkReceiptPage(options) {
  const plain = (text, word) => text.replaceAll(word, '').replace(/\s+/g, ' ');
  for (const language of ['en', 'zh-Hant']) {
    const alone = await checkAlone({ ...options, language });
    const sent = await checkAtTheServer({ ...options, language });
    assert.deepEqual(sent.rows, alone.rows, 'both say the same');
    assert.equal(plain(sent.text), plain(alone.text, words[language].alone));
  }
  await checkWithoutEd25519({ ...options, language: 'en' });
}
