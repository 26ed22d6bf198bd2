/** What the api takes for the account of the person at the screen. */
export const SIGNED_IN_USER = '@user';

const OWN = 'the runtime’s own account';
const USER = 'the signed-in user';

/** The api tells the account in words; to run a command again it wants its own names back: nothing, `@user`, or the account. */
export const runAsInput = (words: string): string => (words === OWN ? '' : words === USER ? SIGNED_IN_USER : words);
