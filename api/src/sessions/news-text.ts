const MOST = 300;

/** What a person wrote, as news quote it: on one line, its beginning where it is long. */
export function quoted(text: string): string {
  const line = text.replaceAll('\0', ' ').trim().replace(/\s+/g, ' ');
  return line.length > MOST ? `${line.slice(0, MOST - 1)}…` : line;
}
