import { expect, it } from 'vitest';
import { findShells, scriptFileText, shellArguments, which } from './shells.ts';

it('F006 finds bash with its version and tells which file a name resolves to', () => {
  const bash = findShells().find((found) => found.shell === 'bash');
  expect(bash?.path).toMatch(/^\/.*bash$/);
  expect(bash?.version).toMatch(/^\d+\.\d+/);
  expect(which('no-such-program', '/usr/bin:/bin')).toBeNull();
  expect(which('./sh', '/nowhere', '/bin')).toBe('/bin/sh');
});

it('hands a POSIX shell the script as one argument, also one that begins with a dash', () => {
  expect(shellArguments('bash', '-n; echo "a b"', null)).toEqual(['-c', '--', '-n; echo "a b"']);
  expect(scriptFileText('sh', 'true')).toBeNull();
});

it('F028 gives PowerShell a file, plain text streams and its exit code (built, not run here)', () => {
  const file = scriptFileText('powershell', 'Get-Date');
  expect(file?.extension).toBe('.ps1');
  expect(file?.text.startsWith('\uFEFF')).toBe(true);
  // `$?` is read before anything else: every expression sets it anew.
  const lines = file?.text.split('\r\n') ?? [];
  expect(lines[1]).toBe('Get-Date');
  expect(lines[2]).toMatch(/^\$__ok=\$\?;\$__code=\$LASTEXITCODE;/);
  expect(lines[2]).toMatch(/exit \$__code\};if\(-not \$__ok\)\{exit 1\};exit 0$/);
  const args = shellArguments('powershell', 'Get-Date', 'C:\\t\\script.ps1');
  expect(args).toContain('-NonInteractive');
  expect(args.slice(-2)).toEqual(['-File', 'C:\\t\\script.ps1']);
  expect(args).not.toContain('-EncodedCommand');
  expect(args.slice(args.indexOf('-ExecutionPolicy'))).toContain('Bypass');
  expect(shellArguments('pwsh', 'x', 's.ps1')).not.toContain('-ExecutionPolicy');
});

it('gives cmd a file with its own line ends (built, not run here)', () => {
  expect(scriptFileText('cmd', 'dir\necho %PATH%')).toEqual({
    extension: '.cmd',
    text: '@echo off\r\nchcp 65001 >nul\r\ndir\r\necho %PATH%\r\n',
  });
  expect(shellArguments('cmd', 'dir', 'C:\\a b\\script.cmd')).toEqual(['/d', '/s', '/c', '"C:\\a b\\script.cmd"']);
});
