/** Arguments as written; null stands for text known only when it runs. */
export type PsArgs = readonly (string | null)[];
/** Stands for a script block among the arguments. */
export const BLOCK = '{}';

export const every = (args: PsArgs, ...good: RegExp[]): boolean =>
  args.every((arg) => arg !== null && good.some((each) => each.test(arg)));
export const first = (good: RegExp) => (args: PsArgs) => every(args, /^/) && good.test(args[0] ?? '');
export const only = (good: RegExp) => (args: PsArgs) => every(args, good);
export const without = (bad: RegExp) => (args: PsArgs) => every(args, /^/) && !args.some((arg) => bad.test(arg ?? ''));
