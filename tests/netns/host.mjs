// A host of an agency: a network namespace with one address, a name and a hosts file, in which its information system,
// its register and its gateway run. Its cable goes to the bridge "exchange".
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const ip = (line) => run('ip', line.split(' '));
const informationSystem = path.join(path.dirname(fileURLToPath(import.meta.url)), 'information_system.mjs');
const [clientPort, registerPort] = [8080, 8090]; // as in exchange.cpp

export class Host {
  waiting = new Map(); // questions by number
  last = 0;

  // home: the folder that the exchange made for the member
  constructor(name, address, home, programs) {
    Object.assign(this, { name, address, home, programs });
  }

  async begin(hostsFile) {
    // The information system comes first and holds the namespaces.
    this.system = spawn('unshare', ['--net', '--mount', '--uts', process.execPath, informationSystem],
      { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await once(this.system, 'message');
    this.system.on('message', ({ id, ...answer }) => {
      this.waiting.get(id)(answer);
      this.waiting.delete(id);
    });
    await ip(`link add name ${this.name} type veth peer name eth0 netns ${this.system.pid}`);
    await ip(`link set dev ${this.name} master exchange up`);
    for (const line of [`hostname ${this.name}.test`, `mount --bind ${hostsFile} /etc/hosts`, 'ip link set lo up',
      `ip address add ${this.address}/24 dev eth0`, 'ip link set eth0 up'])
      await run('nsenter', [...this.inside(), ...line.split(' ')]);
  }

  inside() { return ['--target', String(this.system.pid), '--net', '--mount', '--uts', '--']; }

  spawn(...command) {
    return spawn('nsenter', [...this.inside(), ...command], { stdio: ['ignore', 'ignore', 'inherit'] });
  }

  // connectMs: until another gateway counts as gone, on connections that were kept as well
  async start(connectMs) {
    const records = path.join(this.home, 'records.jsonl');
    const value = { name: '林小明', kept_by: this.name, address: 'not for others' };
    await writeFile(records, `${JSON.stringify({ service: 'people', key: 'A123456789', value })}\n`);
    this.spawn(this.programs.register, '--port', String(registerPort), '--data', records, '--state',
      path.join(this.home, 'written.jsonl'));
    const file = path.join(this.home, 'gateway.json');
    const config = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...config, connect_timeout_ms: connectMs }));
    this.gateway = this.spawn(this.programs.minben, 'gateway', '--config', file);
    this.token = (await readFile(path.join(this.home, 'tokens/casework.token'), 'utf8')).trim();
  }

  // → {status, error, body, seconds}
  get(route, headers = {}) {
    const id = ++this.last;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.system.send({ id, url: `http://127.0.0.1:${clientPort}${route}`, headers });
    });
  }

  // Asks another agency's register, through both gateways. → as get(), with who asked whom and under which number
  async ask(provider) {
    const exchangeId = `${this.name}-${provider.name}-${this.last + 1}`;
    const answer = await this.get(`/r1/MINBEN/GOV/${provider.name}/register/people/A123456789`, {
      'X-Road-Client': `MINBEN/GOV/${this.name}/casework`, 'X-Road-Id': exchangeId, 'Minben-Purpose': 'check',
      'Minben-Token': this.token });
    return { ...answer, by: this.name, of: provider.name, exchangeId };
  }

  async status() { return (await this.get('/status')).body; }
  cutOff() { return ip(`link set dev ${this.name} down`); }
  rejoin() { return ip(`link set dev ${this.name} up`); }

  // → exit status of the gateway
  async stop() {
    const ended = once(this.gateway, 'exit');
    this.gateway.kill('SIGTERM');
    const [code] = await ended;
    return code;
  }
}
