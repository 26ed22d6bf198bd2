import { execFile, execFileSync } from 'node:child_process';

/** One of the system's small programs that say who is there. */
type Tool = 'loginctl' | 'who';

const OPTIONS = { encoding: 'utf8', timeout: 2_000 } as const;

/** What it says. Nothing where it is not installed or does not answer (no login manager): nobody is known to be there by this way. */
export function says(tool: Tool, args: string[]): string {
  try {
    return execFileSync(tool, args, { ...OPTIONS, stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}

/** The same, beside everything else. */
export function saysSoon(tool: Tool, args: string[]): Promise<string> {
  return new Promise((resolve) => {
    try {
      execFile(tool, args, OPTIONS, (error, stdout) => resolve(error ? '' : stdout));
    } catch {
      resolve(''); // No memory or no process to start it in.
    }
  });
}

/** How the sessions are asked for, one a line. */
export const SESSIONS = ['list-sessions', '--no-legend', '--no-pager'];
/** How one session is asked whether its screen is locked. */
export const lockedHint = (session: string): string[] => ['show-session', session, '-p', 'LockedHint', '--value'];
