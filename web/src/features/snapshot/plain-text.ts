import { harmless } from '../../lib/ansi.ts';

/** Text of the copy as it is read: without colours, and without whatever else a terminal would do besides printing. */
export const plainText = (text: string): string =>
  harmless(text)
    // eslint-disable-next-line no-control-regex
    .replace(/\u001b\[[\d;:]*m/g, '')
    .replaceAll('\u001b', '␛')
    .replace(/\r\n?/g, '\n');
