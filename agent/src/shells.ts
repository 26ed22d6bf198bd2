import { execFile, spawnSync } from 'node:child_process';
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
  return (
    known(path) ??
    keep(
      path,
      installed(path).map((each) => aboutShell(each, ask(each))),
    )
  );
}

/** The same, beside everything else: PowerShell takes seconds to tell its version. */
export async function findShellsSoon(env: NodeJS.ProcessEnv = process.env): Promise<FoundShell[]> {
  const path = env.PATH ?? '';
  const shells = known(path);
  if (shells !== null) return shells;
  const asked = installed(path).map(async (each) => aboutShell(each, await askSoon(each)));
  return keep(path, await Promise.all(asked));
}

const known = (path: string): FoundShell[] | null =>
  found !== null && found.path === path && Date.now() - found.at < 600_000 ? found.shells : null;

function keep(path: string, shells: FoundShell[]): FoundShell[] {
  found = { path, shells, at: Date.now() };
  return shells;
}

interface Installed {
  shell: Shell;
  file: string;
  /** What it is asked about itself; null where it has no answer. */
  question: string[] | null;
}

const installed = (path: string): Installed[] =>
  SHELLS.flatMap((shell) => {
    const file = which(process.platform === 'win32' ? `${shell}.exe` : shell, path);
    return file ? [{ shell, file, question: questionFor(shell, file) }] : [];
  });

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

function questionFor(shell: Shell, file: string): string[] | null {
  if (shell === 'pwsh' || shell === 'powershell') return POWERSHELL_QUESTION;
  // cmd has no version of its own, and dash has no way to tell it.
  return shell === 'cmd' || (shell === 'sh' && basename(realpathSync(file)) !== 'bash') ? null : ['--version'];
}

function aboutShell({ shell, file }: Installed, answer: string): FoundShell {
  const about =
    shell === 'pwsh' || shell === 'powershell'
      ? aboutPowershell(shell, answer)
      : { version: shellVersion(shell, file, answer), executionPolicy: null };
  return { shell, path: file, ...about };
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

function shellVersion(shell: Shell, file: string, answer: string): string {
  if (shell === 'cmd') return 'cmd.exe';
  const resolved = basename(realpathSync(file));
  if (shell === 'sh' && resolved !== 'bash') return resolved;
  const line = answer.split('\n')[0]?.trim() ?? '';
  return /version (\S+)/.exec(line)?.[1] ?? (line.slice(0, 100) || 'unknown');
}

const POWERSHELL_QUESTION = [
  ...['-NoProfile', '-NonInteractive', '-Command'],
  '$PSVersionTable.PSVersion.ToString(); (Get-ExecutionPolicy).ToString()',
];

const ASKING = { encoding: 'utf8', timeout: 10_000 } as const;
const plainly = (): NodeJS.ProcessEnv => ({ ...process.env, LC_ALL: 'C' });

const ask = ({ file, question }: Installed): string =>
  question === null
    ? ''
    : (spawnSync(file, question, { ...ASKING, stdio: ['ignore', 'pipe', 'ignore'], env: plainly() }).stdout ?? '');

const askSoon = ({ file, question }: Installed): Promise<string> =>
  new Promise((resolve) => {
    if (question === null) return resolve('');
    try {
      const child = execFile(file, question, { ...ASKING, env: plainly() }, (_error, stdout) => resolve(stdout));
      child.stdin?.end(); // Windows PowerShell waits for the end of what it might be told.
    } catch {
      resolve(''); // No memory or no process to start it in.
    }
  });

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
