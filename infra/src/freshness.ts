import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One hash over the names and bytes of files and folders; missing ones count as empty. Generated files are left out. */
export function hashOf(paths: string[]): string {
  const hash = createHash('sha256');
  for (const path of paths) add(hash, path);
  return hash.digest('hex');
}

/** Whether `stamp` says its product was made from sources with this hash, and the product is still there. */
export function isFresh(stamp: string, product: string, hash: string): boolean {
  return existsSync(product) && existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === hash;
}

/** Remembers what a product was made from. Call it after the product is complete. */
export function markFresh(stamp: string, hash: string): void {
  writeFileSync(stamp, `${hash}\n`);
}

function add(hash: ReturnType<typeof createHash>, path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (found.isDirectory()) {
    for (const name of readdirSync(path).sort()) {
      if (name === 'generated' || name === 'node_modules' || name === 'dist') continue;
      add(hash, join(path, name));
    }
    return;
  }
  hash.update(`${path}\0${found.size}\0`);
  hash.update(readFileSync(path));
}
