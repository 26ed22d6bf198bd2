import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { Parser } from 'web-tree-sitter';
import { readsNumbersFast } from './tree-memory.ts';

const treeSitter = readFileSync(createRequire(import.meta.url).resolve('web-tree-sitter/web-tree-sitter.wasm'));

interface Numbers {
  getValue(at: number, type: string): number;
  setValue(at: number, value: number, type: string): void;
  _malloc(bytes: number): number;
}

describe('numbers in the memory of the parser', () => {
  it('are the same on the short way, for every type and after the memory has grown', async () => {
    const module = { wasmBinary: treeSitter };
    await Parser.init(module);
    const memory = module as unknown as Numbers;
    const { getValue: slowGet, setValue: slowSet } = memory;
    readsNumbersFast(module);
    expect(memory.getValue).not.toBe(slowGet); // a version that names it differently would be slow again
    const place = memory._malloc(16);
    for (const value of [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 0x01020304]) {
      memory.setValue(place, value, 'i32');
      expect(slowGet(place, 'i32')).toBe(value);
      slowSet(place + 4, value, 'i32');
      expect(memory.getValue(place + 4, 'i32')).toBe(value);
      expect([memory.getValue(place, 'i8'), memory.getValue(place, 'i16')]).toEqual([
        slowGet(place, 'i8'),
        slowGet(place, 'i16'),
      ]);
    }
    const far = memory._malloc(64 * 1024 * 1024) + 64 * 1024 * 1024 - 8;
    memory.setValue(far, 42, 'i32');
    expect([memory.getValue(far, 'i32'), slowGet(far, 'i32'), slowGet(place, 'i32')]).toEqual([42, 42, 0x01020304]);
  });
});
