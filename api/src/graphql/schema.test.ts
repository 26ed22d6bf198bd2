import { readFile } from 'node:fs/promises';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { expect, it } from 'vitest';
import { schema } from './schema.ts';

it('prints as schema.graphql says: run `node scripts/codegen.mjs` after a change of the schema', async () => {
  const kept = await readFile(new URL('./schema.graphql', import.meta.url), 'utf8');
  expect(`${printSchema(lexicographicSortSchema(schema))}\n`).toBe(kept);
});

it('F135 gives nobody a way to set an approval but the device: the schema has no mutation that takes an account or a hash', () => {
  const fields = Object.values(schema.getMutationType()?.getFields() ?? {});
  expect(fields.length).toBeGreaterThan(15);
  for (const field of fields)
    for (const arg of field.args) expect(String(arg.type)).not.toMatch(/hash|signature|account/i);
});
