import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { openNdjson } from './ndjson.ts';

const schema = z.strictObject({ n: z.number() });
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'throughline-ndjson-'));
  path = join(folder, 'journal.ndjson');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('cuts off a line torn by a power cut and goes on behind the last whole one', () => {
  writeFileSync(path, '{"n":1}\n{"n":2}\n{"n"');
  const { records, file } = openNdjson(path, schema);
  file.append({ n: 3 });
  file.close();
  expect(records).toEqual([{ n: 1 }, { n: 2 }]);
  expect(readFileSync(path, 'utf8')).toBe('{"n":1}\n{"n":2}\n{"n":3}\n');
});

it('refuses to guess over a whole line that it does not understand', () => {
  writeFileSync(path, '{"n":1}\n');
  appendFileSync(path, '{"m":2}\n{"n":3}\n');
  expect(() => openNdjson(path, schema)).toThrow(/damaged at byte 8/);
});
