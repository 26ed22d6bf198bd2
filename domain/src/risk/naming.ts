import { FOUND } from './bash/inner-commands.ts';
import { type Args, UNSEEN, isOption } from './bash/rule.ts';
import { short } from './verdict.ts';

const UNKNOWN = 'something known only when it runs';

/** The first few of some names; what is known only when it runs is said to be so. */
export function names(words: Args, none = 'something'): string {
  if (words.length === 0) return none;
  const shown = words.slice(0, 3).map((word) => {
    if (word === FOUND) return 'each file found';
    return word === null || word.includes(UNSEEN) ? UNKNOWN : short(word);
  });
  return [...new Set(shown)].join(', ') + (words.length > 3 ? ` and ${words.length - 3} more` : '');
}

/** The operands that are paths, where any is: what else stands there is the value of an option. */
export function paths(args: Args): Args {
  const operands = operandsIn(args);
  const withSlash = operands.filter((word) => word === null || word.includes('/'));
  return withSlash.length > 0 ? withSlash : operands.slice(-1);
}

export const operandsIn = (args: Args): Args => args.filter((arg) => arg === null || !isOption(arg));
