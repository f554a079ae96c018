// Where tests keep countries: in memory when there is plenty of it, because each copy is thousands of small files and
// every commit waits for its disk.
import { mkdtemp, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const memory = '/dev/shm';
const plenty = 4 * 2 ** 30;

// → path of a new folder
export async function scratchFolder(name) {
  const room = await statfs(memory).then((found) => found.bavail * found.bsize, () => 0);
  return mkdtemp(path.join(room >= plenty ? memory : tmpdir(), `minben-${name}-`));
}
