import type { RunAs } from '@throughline/domain/command';

/** The account as inputs tell it: nothing for the runtime's own, `@user` for the signed-in user, else its name. */
export function runAsOf(text: string | null | undefined): RunAs {
  if (text == null || text === '') return { kind: 'runtime' };
  return text === '@user' ? { kind: 'logged_in_user' } : { kind: 'account', name: text };
}
