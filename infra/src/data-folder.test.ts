import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DATA_FORMAT, keptSecret, openDataFolder } from './data-folder.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'throughline-folder-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

it('refuses a folder written by a newer version, and changes nothing in it', () => {
  const file = join(root, 'throughline.json');
  writeFileSync(file, `{"format":${DATA_FORMAT + 1}}`);
  expect(() => openDataFolder(root)).toThrow(/written by a newer Throughline .*What to do: start that newer version/s);
  expect(readFileSync(file, 'utf8')).toBe(`{"format":${DATA_FORMAT + 1}}`);
  expect(statSync(join(root, 'keys'), { throwIfNoEntry: false })).toBeUndefined();
});

it('keeps its keys to itself, also after somebody opened them', () => {
  const { keys } = openDataFolder(root);
  chmodSync(keys, 0o755);
  const folder = openDataFolder(root);
  expect(statSync(keys).mode & 0o777).toBe(0o700);
  const secret = keptSecret(folder, 'app-db-password');
  expect(secret.length).toBeGreaterThan(30);
  expect(statSync(join(keys, 'app-db-password')).mode & 0o777).toBe(0o600);
  expect(keptSecret(folder, 'app-db-password')).toBe(secret);
});
