/** Cuts a text where one of these values stands, whatever the case; the longest first. */
export function splitAt(text: string, values: readonly string[]): { text: string; undone?: boolean }[] {
  const wanted = values.filter((value) => value !== '').sort((a, b) => b.length - a.length);
  if (wanted.length === 0) return [{ text }];
  const any = new RegExp(`(${wanted.map((value) => value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`, 'gi');
  return text
    .split(any)
    .map((part, n) => (n % 2 === 1 ? { text: part, undone: true } : { text: part }))
    .filter((part) => part.text !== '');
}
