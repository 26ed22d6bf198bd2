/** The classes of commands that an owner's policy file names, as a page lists them. */
export const classLines: Record<string, string> = {
  read_only: 'Commands that only read',
  change: 'Commands that change something',
  destructive: 'Commands that can destroy data',
  other_identity: 'Commands under another account',
};

/** The same within a sentence. */
const CLASS_WORDS: Record<string, string> = {
  read_only: 'read-only commands',
  change: 'changes',
  destructive: 'what can destroy data',
  other_identity: 'other accounts',
};
/** `changes, other accounts` */
export const classList = (classes: readonly string[]): string => classes.map((of) => CLASS_WORDS[of] ?? of).join(', ');
