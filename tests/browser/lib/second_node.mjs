// A second node of a country's platform, as on another machine: a configuration and keys of its own, nothing else.
import { spawn } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { program } from './country.mjs';

// more: TOML that is added to its configuration; openid: to its table [openid]
export async function startSecondNode(country, { port = country.port + 50, more = '', openid = '' } = {}) {
  const platform = path.join(country.ready.data, 'platform');
  const own = (name) => path.join(country.ready.data, 'second', name);
  await mkdir(own(''), { recursive: true });
  for (const name of await readdir(platform))
    if (/^(master\.key|.*\.key\.pem)$/.test(name)) await cp(path.join(platform, name), own(name));
  const text = (await readFile(path.join(platform, 'serve.toml'), 'utf8'))
    .replace(/^port = \d+/m, `port = ${port}`).replace(/^origin = .*/m, `origin = "http://localhost:${port}"`)
    .replace(/^state = .*/m, `state = "${own('')}"\ntables = "${path.join(platform, 'tables')}"`).replace(/^(use_list|mtls|card)_port = .*\n/mg, '') // the first node's
    .replace(/^\[openid\]\n/m, (line) => line + openid);
  await writeFile(own('serve.toml'), `${text}\n${more}`);
  const node = spawn(program, ['serve', '--config', own('serve.toml')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  node.stderr.on('data', (chunk) => { said += chunk; });
  const second = { process: node, portal: `http://localhost:${port}`, said: () => said, own };
  for (const until = Date.now() + 60_000; ;) {
    if (node.exitCode !== null || Date.now() > until) throw new Error(`the second node did not start:\n${said}`);
    if (await fetch(`${second.portal}/health`).then((answer) => answer.ok, () => false)) return second;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
