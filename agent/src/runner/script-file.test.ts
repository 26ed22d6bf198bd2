import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import type { RunOrder } from '../run-order.ts';
import { parsePowershellResult, writeScriptFile } from './script-file.ts';

const order = { shell: 'pwsh', script: 'Get-Date', account: null } as RunOrder;

it('F028 reads $? and $LASTEXITCODE as the PowerShell wrapper writes them', () => {
  expect(parsePowershellResult('True ')).toEqual({ ok: true, lastExitCode: null });
  expect(parsePowershellResult('False 3')).toEqual({ ok: false, lastExitCode: 3 });
  expect(parsePowershellResult('True -1073741510\r\n')).toEqual({ ok: true, lastExitCode: -1073741510 });
  expect(parsePowershellResult('')).toBeNull();
  expect(parsePowershellResult('True 3; rm')).toBeNull();
});

it('keeps the script in the command’s folder, and takes it away when the command is over', () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-script-test-'));
  try {
    const file = writeScriptFile(order, folder)!;
    expect(readFileSync(file.path, 'utf8')).toContain('Get-Date');
    expect(file.result()).toBeNull();
    writeFileSync(join(folder, 'script.result'), 'False ');
    expect(file.result()).toEqual({ ok: false, lastExitCode: null });
    file.remove();
    expect(existsSync(file.path)).toBe(false);
    expect(writeScriptFile({ ...order, shell: 'bash' }, folder)).toBeNull();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('F032 gives another account a script it can read, and nobody else', ({ skip }) => {
  if (process.getuid?.() !== 0) skip('changing owners needs root');
  const account = { name: 'nobody', uid: 65534, gid: 65534, home: '/nonexistent', shell: '/usr/sbin/nologin' };
  const file = writeScriptFile({ ...order, account }, '/not/used')!;
  const folder = dirname(file.path);
  expect(statSync(file.path)).toMatchObject({ uid: 65534, gid: 65534 });
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  file.remove();
  expect(existsSync(folder)).toBe(false);
});
