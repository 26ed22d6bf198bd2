import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hashOf, isFresh, markFresh } from './freshness.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'throughline-fresh-'));
  mkdirSync(join(root, 'src/deep'), { recursive: true });
  writeFileSync(join(root, 'src/deep/a.ts'), 'one');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

it('sees a changed byte, a new file and a new name, but no generated file', () => {
  const before = hashOf([join(root, 'src')]);
  mkdirSync(join(root, 'src/generated'));
  writeFileSync(join(root, 'src/generated/x.ts'), 'x');
  expect(hashOf([join(root, 'src')])).toBe(before);
  writeFileSync(join(root, 'src/deep/a.ts'), 'two');
  const changed = hashOf([join(root, 'src')]);
  renameSync(join(root, 'src/deep/a.ts'), join(root, 'src/deep/b.ts'));
  const renamed = hashOf([join(root, 'src')]);
  expect(new Set([before, changed, renamed]).size).toBe(3);
});

it('calls a product stale when it is gone or made from something else', () => {
  const stamp = join(root, 'stamp');
  const product = join(root, 'product');
  markFresh(stamp, 'hash');
  expect(isFresh(stamp, product, 'hash')).toBe(false);
  writeFileSync(product, '');
  expect(isFresh(stamp, product, 'hash')).toBe(true);
  expect(isFresh(stamp, product, 'other')).toBe(false);
});
