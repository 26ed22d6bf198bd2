/** Looking at these has Windows check every installed package, and repair what it finds broken. The second is the class above the first. */
const PRODUCTS = /\b(win32|cim)_product/i;
const CHECKS = 'has Windows check every program that was installed, and perhaps repair it (`Win32_Product`)';

/**
 * What asking Windows' management (WMI) changes, in words; null: it only reads, as far as its class tells. `words`: what stands behind the
 * command as the script has it, with its quotes.
 */
export function asksWmi(name: string, written: string, words: readonly string[]): string | null {
  if (name === 'wmic')
    return words.some((word) => /^["']?product["']?$/i.test(word) || PRODUCTS.test(word)) ? CHECKS : null;
  if (!/^get-(wmiobject|ciminstance)$/.test(name)) return null;
  if (words.some((word) => PRODUCTS.test(word))) return CHECKS;
  return words.length === 0 || words.some((word, i) => isComputed(word) && namesClass(words[i - 1]))
    ? `\`${written}\` asks for something known only when it runs, which may have Windows repair programs.`
    : null;
}

/** `$class`, `(…)`, `"Win32_$x"`: only the run tells what it is. */
const isComputed = (word: string): boolean => /^[(@{$]|^-\w+:[("']?\$/.test(word) || /^[^']*[$`]/.test(word);

/** What stands there may be the class or a query: it is not the value of another parameter. */
const namesClass = (before: string | undefined): boolean =>
  before === undefined ||
  !before.startsWith('-') ||
  /^-(cl|q)/i.test(before) ||
  SWITCHES.test(before) ||
  before.includes(':');
const SWITCHES = /^-(list|recurse|amended|directread|enableallprivileges|asjob|keyonly|shallow)$/i;
