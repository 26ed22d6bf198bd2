/** What a person typed, as terms: quoted text and anything with punctuation inside is a phrase of words that must stand together. */
export function queryTerms(text: string): string[][] {
  const pieces = text.match(/"[^"]*"|\S+/g) ?? [];
  return pieces.map((piece) => wordsOf(piece)).filter((words) => words.length > 0);
}

/**
 * The words of a text: runs of letters and digits, lower case. `-`, `_`, `=`, `\`, `/`, `:` and the like separate, so that
 * `dwErrorStatus=40010000`, `-verifyCTL` and registry paths are found by their parts.
 */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
