import { execFileSync } from 'node:child_process';

/** Whether the desktop at this computer's own screen is locked; null where the system does not tell (no logind, nobody at the screen). */
export function screenLocked(): boolean | null {
  const seated = loginctl('list-sessions', '--no-legend', '--no-pager')
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
    .filter((row) => row[3]?.startsWith('seat'));
  const hints = seated.map(([session = '']) => loginctl('show-session', session, '-p', 'LockedHint', '--value').trim());
  if (hints.includes('no')) return false;
  return hints.includes('yes') ? true : null;
}

function loginctl(...args: string[]): string {
  try {
    return execFileSync('loginctl', args, { encoding: 'utf8', timeout: 2_000, stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    // Not installed, or no login manager: nothing is known by this way.
    return '';
  }
}
