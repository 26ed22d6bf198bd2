import { spawnSync } from 'node:child_process';
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { SHELLS, type Shell } from '@throughline/domain/command';
import { assertNever } from '@throughline/domain/assert-never';

export interface FoundShell {
  shell: Shell;
  path: string;
  version: string;
  /** PowerShell's for a script of ours, as it will be in force; null for shells that have none. */
  executionPolicy: string | null;
}

let found: { path: string; shells: FoundShell[]; at: number } | null = null;

/** The shells this computer has, with their versions. Asked again after ten minutes or when PATH changed: someone may install one. */
export function findShells(env: NodeJS.ProcessEnv = process.env): FoundShell[] {
  const path = env.PATH ?? '';
  if (found && found.path === path && Date.now() - found.at < 600_000) return found.shells;
  const shells = SHELLS.flatMap((shell): FoundShell[] => {
    const file = which(process.platform === 'win32' ? `${shell}.exe` : shell, path);
    return file ? [{ shell, path: file, ...aboutShell(shell, file) }] : [];
  });
  found = { path, shells, at: Date.now() };
  return shells;
}

/** The file a name resolves to along PATH, as a shell would find it; null when there is none. */
export function which(name: string, path: string, cwd = '/'): string | null {
  const candidates = name.includes('/')
    ? [name.startsWith('/') ? name : join(cwd, name)]
    : path.split(delimiter).map((folder) => join(folder || cwd, name));
  return candidates.find(isExecutable) ?? null;
}

/**
 * Arguments that hand a script to a shell without touching its quoting. On POSIX shells the script is one argument
 * behind `--`, so that a script that begins with a dash is still a script. PowerShell reads a file, because
 * -EncodedCommand makes its error stream CLIXML. bash and sh are run and tested; the Windows ones are unit tested only.
 */
export function shellArguments(shell: Shell, script: string, scriptFile: string | null): string[] {
  switch (shell) {
    case 'bash':
    case 'sh':
      return ['-c', '--', script];
    case 'pwsh':
    case 'powershell': {
      const flags = ['-NoLogo', '-NoProfile', '-NonInteractive', '-OutputFormat', 'Text'];
      return [...flags, ...(shell === 'powershell' ? ['-ExecutionPolicy', 'Bypass'] : []), '-File', need(scriptFile)];
    }
    case 'cmd':
      return ['/d', '/s', '/c', `"${need(scriptFile)}"`];
    default:
      return assertNever(shell);
  }
}

/**
 * Behind the script: `$?` first, because any expression after it sets it anew. A native program's code comes through as it is; a cmdlet
 * that failed makes 1; both are kept for the record (powershell-result.ts). A script that calls `exit` itself never gets here.
 */
const POWERSHELL_END =
  '$__ok=$?;$__code=$LASTEXITCODE;' +
  `[IO.File]::WriteAllText([IO.Path]::ChangeExtension($PSCommandPath,'result'),"$__ok $__code");` +
  'if($null -ne $__code -and $__code -ne 0){exit $__code};if(-not $__ok){exit 1};exit 0';

/** The text of the file a shell reads, or null when it takes the script as an argument. */
export function scriptFileText(shell: Shell, script: string): { extension: string; text: string } | null {
  switch (shell) {
    case 'bash':
    case 'sh':
      return null;
    case 'pwsh':
    case 'powershell':
      return {
        extension: '.ps1',
        // The mark makes Windows PowerShell read UTF-8; the first line makes it write UTF-8 and draw no progress bars.
        text: `\uFEFF[Console]::OutputEncoding=[Text.UTF8Encoding]::new($false);$ProgressPreference='SilentlyContinue'\r\n${script}\r\n${POWERSHELL_END}\r\n`,
      };
    case 'cmd':
      return { extension: '.cmd', text: `@echo off\r\nchcp 65001 >nul\r\n${script.replaceAll(/\r?\n/g, '\r\n')}\r\n` };
    default:
      return assertNever(shell);
  }
}

function aboutShell(shell: Shell, file: string): Pick<FoundShell, 'version' | 'executionPolicy'> {
  if (shell === 'pwsh' || shell === 'powershell') return aboutPowershell(shell, ask(file, POWERSHELL_QUESTION));
  return { version: shellVersion(shell, file), executionPolicy: null };
}

/** Version and policy, one a line. Exported for its test: there is no PowerShell where this was written. */
export function aboutPowershell(
  shell: 'pwsh' | 'powershell',
  answer: string,
): Pick<FoundShell, 'version' | 'executionPolicy'> {
  const [version = '', policy = ''] = answer.split(/\r?\n/).map((line) => line.trim().slice(0, 100));
  // Windows PowerShell gets our own for the one process (shellArguments); what the computer says else stands beside it.
  const known = policy || 'unknown';
  return {
    version: version || 'unknown',
    executionPolicy: shell === 'powershell' ? `Bypass for this process; the computer’s own is ${known}` : known,
  };
}

function shellVersion(shell: Shell, file: string): string {
  if (shell === 'cmd') return 'cmd.exe';
  const resolved = basename(realpathSync(file));
  // dash has no way to tell its version.
  if (shell === 'sh' && resolved !== 'bash') return resolved;
  const line = ask(file, ['--version']).split('\n')[0]?.trim() ?? '';
  return /version (\S+)/.exec(line)?.[1] ?? (line.slice(0, 100) || 'unknown');
}

const POWERSHELL_QUESTION = [
  ...['-NoProfile', '-NonInteractive', '-Command'],
  '$PSVersionTable.PSVersion.ToString(); (Get-ExecutionPolicy).ToString()',
];

function ask(file: string, args: string[]): string {
  const answer = spawnSync(file, args, {
    encoding: 'utf8',
    timeout: 10_000,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, LC_ALL: 'C' },
  });
  return answer.stdout ?? '';
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Not there, or not ours to run: either way this is not the file a shell would start.
    return false;
  }
}

function need(file: string | null): string {
  if (file === null) throw new RangeError('this shell reads its script from a file');
  return file;
}
