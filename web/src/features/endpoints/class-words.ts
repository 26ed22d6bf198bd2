/** The classes of commands that an owner's policy file names, as a page lists them. */
export const classWords: Record<string, string> = {
  read_only: 'Commands that only read',
  change: 'Commands that change something',
  destructive: 'Commands that can destroy data',
  other_identity: 'Commands under another account',
};
