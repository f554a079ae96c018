// The processes of a running demonstration country, as the system sees them.
import { readdir, readFile } from 'node:fs/promises';

const read = (file) => readFile(file, 'utf8').catch(() => '');

function nameOf(command) {
  const words = command.split('\0');
  const line = words.join(' ');
  if (line.includes('/outside/register ')) return `register-${/\/registers\/(\w+)\.jsonl/.exec(line)?.[1]}`;
  if (line.includes('/outside/payment-provider ')) return 'payment-provider';
  if (line.includes('/outside/mailbox ')) return 'mailbox';
  if (words[1] === 'gateway') return `gateway-${/\/members\/(\w+)\//.exec(line)?.[1]}`;
  if (words[1] === 'serve') return 'serve';
  return undefined;
}

// → Map of name to process id: the country's children that run now, the database server and the parent itself
export async function processesOf(country) {
  const found = new Map([['demo', country.process.pid]]);
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const stat = await read(`/proc/${pid}/stat`);
    if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) !== country.process.pid) continue;
    const name = nameOf(await read(`/proc/${pid}/cmdline`));
    if (name) found.set(name, Number(pid));
  }
  const server = Number((await read(`${country.ready.data}/postgres/data/postmaster.pid`)).split('\n')[0]);
  if (server > 1 && (await read(`/proc/${server}/cmdline`)).includes(country.ready.data)) found.set('postgres', server);
  return found;
}

// → {rss, pss} in MiB, of everything but PostgreSQL
export async function memoryOf(country) {
  let rss = 0, pss = 0;
  for (const [name, pid] of await processesOf(country)) {
    if (name === 'postgres') continue;
    const rollup = await read(`/proc/${pid}/smaps_rollup`);
    rss += Number(/^Rss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
    pss += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
  }
  return { rss: rss / 1024, pss: pss / 1024 };
}
