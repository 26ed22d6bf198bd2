import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CommandJournal } from './command-journal.ts';
import type { RunOrder } from './run-order.ts';

const order = (commandId: string): RunOrder => ({
  ...{ commandId, sessionId: 's', technician: 'Jun', risk: 'change', runAs: { kind: 'runtime' }, shell: 'bash' },
  ...{
    shellPath: '/bin/bash',
    shellVersion: '5',
    script: 'true',
    cwd: '/',
    account: null,
    timeoutMs: 1000,
    maxOutputBytes: null,
    input: false,
    limitedBy: null,
    executionPolicy: null,
    file: null,
    notAfter: 0,
  },
});

it('remembers counter, used approvals and ends over a restart, and forgets only what was settled a month ago', () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-journal-'));
  const path = join(folder, 'journal.ndjson');
  try {
    const first = new CommandJournal(path);
    first.intent({ commandId: 'a', counter: 7, envelopeHash: 'h', approvals: ['yes-1'], order: order('a') });
    first.settled('a');
    first.refused({ commandId: 'b', sessionId: 's', code: 'POLICY_DENIED', message: 'no', counter: 9 });
    first.tombstone('c');
    first.close();

    const again = new CommandJournal(path);
    expect(again.counter).toBe(9);
    expect(again.isUsed('yes-1')).toBe(true);
    expect(again.get('a')).toMatchObject({ settled: true, order: { script: 'true' } });
    expect(again.get('b')).toMatchObject({ settled: false, refusal: { message: 'no' } });
    expect(again.get('c')?.tombstone).toBe(true);
    again.close();

    const later = new CommandJournal(path, Date.now() + 31 * 24 * 3_600_000);
    expect(later.get('a')).toBeUndefined();
    expect(later.get('b')?.refusal).not.toBeNull();
    expect(later.counter).toBe(9);
    expect(later.isUsed('yes-1')).toBe(true);
    later.close();
    expect(readFileSync(path, 'utf8')).not.toContain('"script"');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
