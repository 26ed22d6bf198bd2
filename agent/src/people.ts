import { type SignedIn, signedInOf } from './accounts.ts';
import { SESSIONS, lockedHint, saysSoon } from './login-tools.ts';
import { lockedOf, seatedSessions } from './screen-lock.ts';

/** Who is signed in at this computer, who of them sits at it, and whether the screen is locked (null: the system does not tell). */
export interface People extends SignedIn {
  locked: boolean | null;
}

/** As it is now, read beside everything else: two rounds of small programs, each of which is given up after two seconds. */
export async function peopleHere(): Promise<People> {
  const [list, who] = await Promise.all([saysSoon('loginctl', SESSIONS), saysSoon('who', [])]);
  const hints = seatedSessions(list).map((session) => saysSoon('loginctl', lockedHint(session)));
  return { ...signedInOf(list, who), locked: lockedOf(await Promise.all(hints)) };
}
