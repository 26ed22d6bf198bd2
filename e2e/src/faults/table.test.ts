import { expect, it } from 'vitest';
import { createContext } from './row.ts';
import { lineOf, tableOf } from './table.ts';

it('counts a fault test for which something is lacking as skipped, neither passed nor failed', async () => {
  const site = () => Promise.reject(new Error('none is needed'));
  const said: string[] = [];
  const { context, rows } = createContext({ seed: 1, say: (line) => void said.push(line), site });
  await context.row('T0 lacking', async (row) => void (row.skipped = 'no qemu here'));
  await context.row('T0 idle', async () => undefined);
  expect(said[0]).toBe('T0 lacking: skipped (no qemu here)');
  expect(tableOf(rows)).toMatch(/T0 lacking .* no qemu here +skipped/);
  expect(JSON.parse(lineOf(rows[0]!, {}))).toMatchObject({ passed: false, failures: [], skipped: 'no qemu here' });
  expect(JSON.parse(lineOf(rows[1]!, {}))).toMatchObject({ passed: false, failures: ['nothing was tried'] });
});
