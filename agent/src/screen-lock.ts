import { SESSIONS, lockedHint, says } from './login-tools.ts';

/** Whether the desktop at this computer's own screen is locked; null where the system does not tell (no logind, nobody at the screen). */
export function screenLocked(): boolean | null {
  const seated = seatedSessions(says('loginctl', SESSIONS));
  return lockedOf(seated.map((session) => says('loginctl', lockedHint(session))));
}

/** The sessions at the screen, of what `loginctl list-sessions` says. */
export const seatedSessions = (list: string): string[] =>
  list
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
    .filter((row) => row[3]?.startsWith('seat'))
    .map(([session = '']) => session);

/** Locked, when every desktop at the screen that tells says so. */
export function lockedOf(hints: readonly string[]): boolean | null {
  const told = hints.map((hint) => hint.trim());
  if (told.includes('no')) return false;
  return told.includes('yes') ? true : null;
}
