import { describe, expect, it } from 'vitest';
import { type CommandSpec, zCommandSpec } from './command.ts';
import { envelopeFor, needsProtocol2, parseEnvelope, envelopeBytes, specOf } from './envelope.ts';
import { fileRisk } from './file-risk.ts';
import { type FileTransfer, fileLine, fileScript, zFilePath } from './file-transfer.ts';

const sum = { bytes: 1_300, sha256: 'ab'.repeat(32) };
const push: FileTransfer = { direction: 'to_endpoint', path: '/etc/ssl/G2.crt', ...sum, overwrite: false };
const pull: FileTransfer = { direction: 'from_endpoint', path: '/var/log/vpn.log', maxBytes: 5_000 };
const spec = (file: FileTransfer, more: Partial<CommandSpec> = {}): CommandSpec => ({
  shell: 'sh',
  script: fileScript(file),
  cwd: null,
  runAs: { kind: 'runtime' },
  timeoutMs: 60_000,
  file,
  ...more,
});

describe('F040 a file transfer', () => {
  it('F040 says in one line what, where, how much and which sum', () => {
    expect(fileScript(push)).toBe(`Put file /etc/ssl/G2.crt (1300 bytes, sha256 ${sum.sha256})`);
    expect(fileScript({ ...push, overwrite: true })).toMatch(/, replacing any file of that name$/);
    expect(fileScript(pull)).toBe('Fetch file /var/log/vpn.log (at most 5000 bytes)');
    expect(fileLine(push.path, sum)).toBe(`${sum.sha256}  1300  /etc/ssl/G2.crt\n`);
  });

  it('F040 never counts as only reading', () => {
    expect(fileRisk(pull).risk).toBe('change');
    expect(fileRisk(push).risk).toBe('change');
    expect(fileRisk({ ...push, overwrite: true }).risk).toBe('destructive');
  });

  it('F040 is a command only in its own words, and runs nothing beside', () => {
    expect(zCommandSpec.safeParse(spec(push)).success).toBe(true);
    for (const more of [
      { script: 'Put file /tmp/x (1 bytes)' },
      { cwd: '/tmp' },
      { maxOutputBytes: 5 },
      { input: true as const },
      { script: fileScript({ ...push, overwrite: true }) },
    ])
      expect(zCommandSpec.safeParse(spec(push, more)).success).toBe(false);
  });

  it('F040 travels in an order of version 2, and comes out of it as it went in', () => {
    const wanted = spec(pull);
    expect(needsProtocol2(wanted)).toBe(true);
    const order = envelopeFor(wanted, {
      ...{ mspId: 'm', runtimeId: 'r', endpointId: 'e', sessionId: 's', commandId: 'c', counter: 1 },
      ...{ notAfter: 2, notBefore: 1, risk: 'change', actionHash: 'h', approvals: [], technician: 'Jun Park' },
    });
    expect(order.v).toBe(2);
    expect(specOf(parseEnvelope(envelopeBytes(order)))).toEqual(wanted);
  });

  it.each(['/a', '/etc/ssl/Büro G2.crt', 'C:\\Users\\Public\\a.txt', '/a/...', '/a/.bashrc'])(
    'F040 takes %s',
    (path) => {
      expect(zFilePath.safeParse(path).success).toBe(true);
    },
  );

  it.each([
    '',
    'a',
    '/',
    '/a/',
    '//a',
    '/a/../b',
    '/a/./b',
    '/a /b',
    '/a\n/b',
    '/a\u202eb',
    '/a\u200bb',
    '/a\u00a0b',
    'C:\\',
    'C:a',
    '\\\\host\\share\\a',
    'C:\\a\\..\\b',
    '/a\ud800',
    `/${'a'.repeat(4_096)}`,
  ])('F040 does not take %j', (path) => {
    expect(zFilePath.safeParse(path).success).toBe(false);
  });
});
