// What must hold in a country after anything: read from the database, the provider's journal and the
// ledgers' files, not from what any program says about itself.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { program } from './country.mjs';

const run = promisify(execFile);

// → rows of texts
export async function sql(country, query) {
  const { stdout } = await run('psql', ['-h', `${country.ready.data}/postgres/socket`, '-U', 'minben', '-XAt',
    '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-c', query, 'minben'], { maxBuffer: 256 << 20 });
  return stdout.split('\n').filter((line) => line !== '').map((line) => line.split('\t'));
}

// Each finds what is wrong; no row means that all is well. since: when the test began.
const faults = (since) => ({
  'history of a case has a gap': `
    select a.case_id, a.history_length, h.n, h.lo, h.hi from casework.application a left join
      (select case_id, count(*) n, min(sequence) lo, max(sequence) hi from casework.history group by 1) h using (case_id)
    where h.n is null or h.lo <> 1 or h.hi <> h.n or a.history_length <> h.n`,
  'steps of a process have a gap': `
    select case_id, count(*), min(number), max(number) from process.step group by 1
    having min(number) > 1 or max(number) - min(number) + 1 <> count(*)`,
  'changes of a consent have a gap': `
    select c.id, c.changes, count(h.sequence) from mydata.consent c left join mydata.consent_change h
      on h.person_id = c.person_id and h.consent_id = c.id group by c.id, c.changes
    having count(h.sequence) <> c.changes or min(h.sequence) <> 1 or max(h.sequence) <> c.changes`,
  'history of a payment has a gap': `
    select payment_id from payments.history group by 1 having min(number) <> 1 or max(number) <> count(*)`,
  'a fee is paid more than once': `
    select payment_id from payments.history where status = 'paid' group by 1 having count(*) > 1
    union all select case_id from casework.history where event = 'paid' group by 1 having count(*) > 1
    union all select payment_id from payments.receipts where applied group by 1 having count(*) > 1`,
  'a payment and its money disagree': `
    select p.id, p.status from payments.payments p left join payments.receipts r on r.payment_id = p.id and r.applied
    where (p.status = 'paid') <> (r.reference is not null) or r.amount_twd <> p.amount_twd`,
  'a paid fee is not paid in its case': `
    select a.case_id from casework.application a join payments.payments p on p.id = a.payment_id
    where (p.status = 'paid') <> a.paid and a.state not in ('withdrawn', 'closed')`,
  'a case was decided twice': `
    select case_id from casework.history where event in ('approved', 'refused') group by 1 having count(*) > 1`,
  'a document was issued twice': `
    select a.case_id from casework.application a join casework.document d using (case_id) where d.field = ''
    group by a.case_id, d.kind having count(*) > 1`,
  'a step was done twice at once': `
    select case_id, process_task from casework.task where kind <> 'confirmation' group by 1, 2 having count(*) > 1`,
  'a job is dead': 'select kind, key, last_error from store.job where dead',
  'a job is overdue': `select kind, key, attempt, last_error from store.job where not dead and run_at < now() - interval '20 seconds'`,
  'data was not fetched in spite of consent and a running register': `
    select h.case_id, h.at, h.detail from casework.history h join casework.application a using (case_id)
    where h.event = 'data_unavailable' and h.detail->>'status' = 'unavailable' and a.submitted > '${since}'`,
  // But where the former Gold Card has no way on (src/app/demo/past_packages.cpp).
  'a process has an incident': `
    select case_id, version, token->>'node', token->'incident'->>'code'
    from process.instance, jsonb_array_elements(state->'tokens') token
    where incidents > 0 and token ? 'incident' and not (version = 1 and token->>'node' = 'gw_background')`,
  'a decided case has a running process': `
    select a.case_id, a.state, i.status from casework.application a left join process.instance i using (case_id)
    where i.status is null or (a.ended is null) <> (i.status = 'running')`,
  'an open task has no process, or the other way round': `
    select t.case_id, t.process_task, u.number from (select * from casework.task
      where status in ('open', 'proposed') and kind <> 'confirmation') t
      full join process.user_task u on u.case_id = t.case_id and u.number = t.process_task
    where t.case_id is null or u.case_id is null`,
  'a case is stuck: nobody has to do anything': `
    select a.case_id, a.state from casework.application a where a.ended is null
    and not exists (select from casework.task t where t.case_id = a.case_id and t.status = 'open')
    and not exists (select from payments.payments p where p.id = a.payment_id and p.status = 'open')
    and not exists (select from casework.waiting_fetch w where w.case_id = a.case_id)
    and not exists (select from process.instance i where i.case_id = a.case_id and i.incidents > 0)
    and not exists (select from store.job j where j.key like '%' || a.case_id || '%' and not j.dead)`,
  'a promise is not in the ledger': 'select id from ledger.entry where log_index is null',
  'two promises share a place in the ledger': `
    select log_number, log_index from ledger.entry where log_index is not null group by 1, 2 having count(*) > 1`,
  'a usage record is committed wrongly': `
    select u.id from mydata.usage u left join ledger.entry e on e.id = u.entry_id where e.id is null
    union all select id from mydata.usage group by id having count(*) > 1`,
});

async function lines(file) {
  const text = await readFile(file, 'utf8');
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
}

// Orders of which the outside provider and the platform tell different stories.
async function paymentFaults(country) {
  const journal = await lines(`${country.ready.data}/outside/payments/journal.jsonl`);
  const order = new Map(journal.filter((l) => l.type === 'checkout').map((l) => [l.checkout, l.order]));
  const paid = new Map(), delivered = new Set(journal.filter((l) => l.type === 'delivered').map((l) => l.event));
  const found = [];
  for (const event of journal.filter((l) => l.type === 'event')) {
    if (!delivered.has(event.event)) found.push(`event ${event.event} was never delivered`);
    if (event.status !== 'paid') continue;
    if (paid.has(order.get(event.checkout))) found.push(`order ${order.get(event.checkout)} was paid twice`);
    paid.set(order.get(event.checkout), event.reference);
  }
  const booked = new Map(await sql(country, `select payment_id, reference from payments.receipts where channel = 'online'`));
  for (const [id, reference] of paid)
    if (booked.get(id) !== reference) found.push(`order ${id} is paid at the provider, not here`);
  for (const [id] of await sql(country, `select id from payments.payments where channel = 'online' and status = 'paid'
      and checkout_at is not null`))
    if (!paid.has(id) && order.size > 0 && [...order.values()].includes(id)) found.push(`order ${id} is paid here only`);
  return found;
}

// The entries of a tiled log (C2SP tlog-tiles) in a directory, from its bundles.
async function entriesOf(ledger) {
  const size = Number((await readFile(path.join(ledger, 'checkpoint'), 'utf8')).split('\n')[1]);
  const entries = [];
  for (let first = 0; first < size; first += 256) {
    const digits = String(first / 256).padStart(3, '0').padStart(Math.ceil(String(first / 256).length / 3) * 3, '0');
    const groups = digits.match(/.{3}/g);
    const name = groups.map((group, i) => (i + 1 < groups.length ? `x${group}` : group)).join('/');
    const width = Math.min(256, size - first);
    const bytes = await readFile(path.join(ledger, 'tile/entries', width < 256 ? `${name}.p/${width}` : name));
    for (let at = 0; at < bytes.length;) {
      const length = bytes.readUInt16BE(at);
      entries.push(bytes.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }
  if (entries.length !== size) throw new Error(`${ledger}: ${entries.length} entries, not ${size}`);
  return entries;
}

// The directories of the gateways' ledgers; the platform's is in its database.
async function gatewayLedgers(country) {
  const members = path.join(country.ready.data, 'exchange/members');
  return (await readdir(members)).map((member) => path.join(members, member, 'state/ledger'));
}

// Every usage record in the gateways' ledgers is known to the platform, once, and the other way round.
async function usageFaults(country) {
  const recorded = new Map();
  for (const ledger of await gatewayLedgers(country))
    for (const entry of await entriesOf(ledger)) {
      const { type, request_hash: hash } = JSON.parse(entry.toString());
      if (type === 'usage') recorded.set(hash, (recorded.get(hash) ?? 0) + 1);
    }
  const known = (await sql(country, `select content->'exchange'->>'request_hash' from mydata.usage
    where content->>'kind' = 'fetched'
    union all select content->'exchange'->>'request_hash' from mydata.unattributed_usage`)).flat();
  const found = [...recorded].filter(([, times]) => times > 1).map(([id]) => `usage ${id} is recorded twice by its gateway`);
  const here = new Set(known);
  if (here.size !== known.length) found.push('the platform lists a usage twice');
  for (const id of recorded.keys()) if (!here.has(id)) found.push(`usage ${id} never reached the platform`);
  for (const id of here) if (!recorded.has(id)) found.push(`usage ${id} is in no gateway's ledger`);
  return { found, count: recorded.size };
}

async function ledgerFaults(country) {
  const log = `${country.ready.portal}/ledger`;
  const key = await (await fetch(`${log}/vkey`)).text();
  const { stderr } = await run(program, ['ledger', 'verify', log, '--key', key.trim()])
    .catch((error) => ({ stderr: error.stderr || String(error) }));
  const size = Number((await (await fetch(`${log}/checkpoint`)).text()).split('\n')[1]);
  const [[promised]] = await sql(country, 'select count(*) from ledger.entry');
  return [...stderr ? [`${log}: ${stderr.trim()}`] : [],
    ...Number(promised) === size ? [] : [`${promised} promises, ${size} entries in the ledger`]];
}

// Every case rebuilt from its recorded steps must be what is stored.
async function replayFaults(country) {
  const { stdout } = await run(program, ['replay', '--config', `${country.ready.data}/platform/serve.toml`])
    .catch((error) => ({ stdout: error.stdout || String(error) }));
  return stdout.startsWith('EQUAL') ? [] : [`replay: ${stdout.trim()}`];
}

// While the country runs. → {found: [text], usages, cases}
export async function faultsIn(country, since) {
  const found = [];
  for (const [name, query] of Object.entries(faults(since))) {
    const rows = await sql(country, query);
    if (rows.length > 0) found.push(`${name}: ${rows.length}, such as ${rows[0].join(' ')}`);
  }
  const usage = await usageFaults(country);
  found.push(...await paymentFaults(country), ...usage.found, ...await ledgerFaults(country), ...await replayFaults(country));
  const [[cases]] = await sql(country, 'select count(*) from casework.application');
  return { found, usages: usage.count, cases: Number(cases) };
}

// The gateways' ledgers, with nothing but the files and the public key. → texts of what is wrong
export async function unverified(country) {
  const found = [];
  for (const ledger of await gatewayLedgers(country)) {
    const { stderr } = await run(program, ['ledger', 'verify', ledger, '--key', path.join(ledger, 'vkey')])
      .catch((error) => ({ stderr: error.stderr || String(error) }));
    if (stderr) found.push(`${ledger}: ${stderr.trim()}`);
  }
  return found;
}
