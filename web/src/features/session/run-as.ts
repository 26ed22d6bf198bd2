import type { EndpointFacts } from '@throughline/domain/agent-protocol';

/** What the api takes for the account of the person at the screen. */
export const SIGNED_IN_USER = '@user';
/** The choice that opens a field for a name. */
export const OTHER = 'account';

const OWN = 'the runtime’s own account';
const USER = 'the signed-in user';

/** The api tells the account in words; to run a command again it wants its own names back: nothing, `@user`, or the account. */
export const runAsInput = (words: string): string => (words === OWN ? '' : words === USER ? SIGNED_IN_USER : words);

export interface AccountChoice {
  value: string;
  text: string;
  hint?: string;
  off?: boolean;
}

const CANNOT = 'the runtime there cannot change accounts (it has to run as root)';

/** The accounts to choose from, by what the endpoint last told. A runtime of protocol 1 tells nothing of them: then all stay open. */
export function accountChoices(facts: Partial<EndpointFacts> | null): AccountChoice[] {
  const own = facts?.runtimeUser;
  const cannot = facts?.runAsOthers === false;
  // To be who it is, the runtime needs no change.
  const user = signedIn(facts);
  const userOff = cannot && facts.consoleUser !== own;
  return [
    { value: 'runtime', text: 'the runtime’s account', ...(own && { hint: own }) },
    {
      value: SIGNED_IN_USER,
      text: user.name === null ? USER : `${USER}, ${user.name}`,
      ...(userOff ? { hint: CANNOT, off: true } : user.hint && { hint: user.hint }),
    },
    { value: OTHER, text: 'another account…', ...(cannot && { hint: CANNOT, off: true }) },
  ];
}

/** Whose context "the signed-in user" would be now, as far as it is known. */
function signedIn(facts: Partial<EndpointFacts> | null): { name: string | null; hint?: string } {
  if (facts?.consoleUser === undefined) return { name: null };
  if (facts.consoleUser !== null) return { name: facts.consoleUser };
  return (facts.users ?? []).length === 0
    ? { name: 'nobody now', hint: 'nobody is signed in there, so it would not run' }
    : { name: 'several now', hint: `several are signed in (${facts.users?.join(', ')}); name the account` };
}
