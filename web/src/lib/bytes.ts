/* Bytes of output on their way to the screen. The stored bytes are never changed; only the view is. */

export function fromBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Text of raw output: what is no UTF-8 becomes U+FFFD, a byte-order mark stays visible as nothing. */
export const decodeOutput = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: false }).decode(bytes);

/**
 * Where a page that starts at an arbitrary byte should begin, so that it does not start inside a character:
 * the number of UTF-8 continuation bytes at the front, at most three.
 */
export function strayStart(bytes: Uint8Array): number {
  let n = 0;
  while (n < 3 && n < bytes.length && ((bytes[n] ?? 0) & 0xc0) === 0x80) n++;
  return n;
}

/** What a terminal would leave of a line that carriage returns wrote over: progress bars become one line. */
export function collapseCarriageReturns(text: string): string {
  if (!text.includes('\r')) return text;
  return text
    .replace(/\r+\n/g, '\n')
    .split('\n')
    .map((line) => {
      const parts = line.split('\r');
      // A last empty part is the cursor waiting at the line's start: the text before it is still on screen.
      return (parts.at(-1) === '' ? parts.at(-2) : parts.at(-1)) ?? '';
    })
    .join('\n');
}

/** Control characters that mean nothing in a browser, shown as their Unicode pictures; tab, newline and escape stay. */
export const visibleControls = (text: string): string =>
  // eslint-disable-next-line no-control-regex
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f]/g, (c) =>
    String.fromCodePoint(0x2400 + c.codePointAt(0)!),
  );
