/* Bytes of output on their way to the screen. The stored bytes are never changed; only the view is. */

export function fromBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** A number of bytes as it was set: `5 MiB`, `0.5 MiB`, `1000 bytes`. */
export const sizeText = (bytes: number): string =>
  bytes >= 1024 ** 2 / 10 ? `${Number((bytes / 1024 ** 2).toFixed(2))} MiB` : `${bytes} bytes`;

/** Control characters that mean nothing in a browser, shown as their Unicode pictures; tab, newline and escape stay. */
export const visibleControls = (text: string): string =>
  // eslint-disable-next-line no-control-regex
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f]/g, (c) =>
    String.fromCodePoint(0x2400 + c.codePointAt(0)!),
  );
