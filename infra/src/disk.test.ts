import { expect, it } from 'vitest';
import { saysDiskIsFull } from './disk.ts';
import { inPart } from './in-part.ts';
import { PartFailure } from './part-failure.ts';

it.each([
  ['the system', Object.assign(new Error('write'), { code: 'ENOSPC' })],
  ['a quota', Object.assign(new Error('write'), { code: 'EDQUOT' })],
  ['Postgres', Object.assign(new Error('could not extend file: wrote only 4096 of 8192 bytes'), { code: '53100' })],
  ['a cause', new Error('Migration 0002 failed', { cause: Object.assign(new Error(''), { code: '53100' }) })],
  ["Temporal's SQLite", 'failed: database or disk is full (13)'],
  ["initdb's words", 'FATAL:  could not write to file "pg_wal/xlogtemp.22416": No space left on device'],
])('knows a full disk by what %s says', (_, said) => {
  expect(saysDiskIsFull(said)).toBe(true);
});

it('names the part, the reason and what to do, whatever kind of error it was', async () => {
  const known = new PartFailure('Port', '8080 is taken', 'choose another');
  await expect(inPart('Start', '/', () => Promise.reject(known))).rejects.toBe(known);
  await expect(inPart('Start', '/', () => Promise.reject(new Error('EACCES: /srv/x')))).rejects.toThrow(
    /^Start: EACCES: \/srv\/x\n {2}What to do: /,
  );
  const full = new PartFailure('worker', 'it ended:\n  ENOSPC: no space left on device', 'read the log');
  await expect(inPart('Start', '/srv', () => Promise.reject(full))).rejects.toThrow(
    /^worker: the disk is full \(the one of \/srv\)\n {2}What to do: free some space/,
  );
});
