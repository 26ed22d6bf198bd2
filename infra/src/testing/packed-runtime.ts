import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const KEPT = join(ROOT, 'node_modules/.cache/throughline-runtime');
/** What goes into the program. */
const SOURCES = ['agent/src', 'domain/src', 'scripts/agent-build.mjs', 'package-lock.json'];
const OLD_MS = 60 * 60_000;

/**
 * Path of the runtime as customers get it, one executable, built from the sources as they are now or found from an earlier run. It starts
 * in a fifth of the time that sources under tsx take, and so does every runner of a command.
 */
export async function packedRuntime(): Promise<string> {
  const folder = join(KEPT, await fingerprint());
  const executable = join(folder, 'throughline-runtime');
  if (existsSync(executable)) return executable;
  await mkdir(KEPT, { recursive: true });
  const making = await mkdtemp(join(KEPT, 'making-'));
  // Without the stamps of a release: what is kept depends on the sources alone.
  const env = { ...process.env, THROUGHLINE_AGENT_VERSION: '', THROUGHLINE_RELEASE_KEY: '' };
  await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/agent-build.mjs'), '--out', making], { env });
  // Another test file may have been faster.
  await rename(making, folder).catch(() => rm(making, { recursive: true, force: true }));
  await removeOld(folder);
  return executable;
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  for (const source of SOURCES) {
    for (const file of await filesOf(join(ROOT, source))) hash.update(file).update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 16);
}

async function filesOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'));
  return files.map((entry) => join(entry.parentPath, entry.name)).sort();
}

/** Of sources that have changed since: 100 MB each. A run that began just before may still use one. */
async function removeOld(current: string): Promise<void> {
  for (const name of await readdir(KEPT)) {
    const folder = join(KEPT, name);
    const made = await stat(folder).catch(() => null);
    if (folder !== current && made !== null && Date.now() - made.mtimeMs > OLD_MS)
      await rm(folder, { recursive: true, force: true });
  }
}
