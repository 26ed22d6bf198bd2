import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Release } from '@throughline/domain/release';
import { expect, it } from 'vitest';
import { passSelfCheck } from './self-check.ts';

it('says of a new program that gives no answer that it gave none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-check-'));
  try {
    const program = join(folder, 'silent');
    writeFileSync(program, '#!/bin/sh\nexec sleep 600\n', { mode: 0o755 });
    const checked = passSelfCheck(program, { version: '0.2.0' } as Release, 100);
    await expect(checked).rejects.toThrow(
      'does not start on this computer (no answer within 1 s). Nothing was changed.',
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
