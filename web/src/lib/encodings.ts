import { CODE_PAGES } from './code-pages.ts';

export { guessEncoding } from '@throughline/domain/text-encoding';

/* How bytes of output are read as text. Only the view changes with it; what is stored stays what it is. */

export const ENCODINGS = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16 LE',
  'utf-16be': 'UTF-16 BE',
  'windows-1252': 'Windows-1252',
  cp437: 'CP437',
  cp850: 'CP850',
} as const;
export type Encoding = keyof typeof ENCODINGS;

/** Bytes of the smallest character. */
export const unitOf = (encoding: Encoding): 1 | 2 => (encoding.startsWith('utf-16') ? 2 : 1);

const decoders = new Map<string, TextDecoder>();
/** A byte-order mark is a character of the output like any other: never dropped. */
function decoderOf(encoding: string): TextDecoder {
  let decoder = decoders.get(encoding);
  if (!decoder) decoders.set(encoding, (decoder = new TextDecoder(encoding, { ignoreBOM: true })));
  return decoder;
}
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text of bytes. What is no text in this encoding becomes U+FFFD. */
export function decode(bytes: Uint8Array, encoding: Encoding): string {
  return encoding === 'cp437' || encoding === 'cp850'
    ? ofCodePage(bytes, CODE_PAGES[encoding])
    : decoderOf(encoding).decode(bytes);
}

/** Whether the text of these bytes says all of them: encoding it again would give them back. */
export function isText(bytes: Uint8Array, encoding: Encoding): boolean {
  if (encoding === 'utf-8') return utf8Text(bytes) !== null;
  if (unitOf(encoding) === 1) return true;
  try {
    new TextDecoder(encoding, { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false; // The decoder's way to say no.
  }
}

function utf8Text(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null; // Not UTF-8: the decoder's way to say so.
  }
}

function ofCodePage(bytes: Uint8Array, upper: string): string {
  const units = new Uint16Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    units[i] = byte < 128 ? byte : upper.charCodeAt(byte - 128);
  }
  let text = '';
  for (let i = 0; i < units.length; i += 8192) text += String.fromCharCode(...units.subarray(i, i + 8192));
  return text;
}

/** Two noncharacters stand for a byte that is no UTF-8, until it is shown: they can never be part of a text. */
const MARK = 0xfdd0;
export const BAD_BYTE = /([\ufdd0-\ufddf])([\ufdd0-\ufddf])/g;
export const badByteOf = (high: string, low: string): number =>
  (high.charCodeAt(0) - MARK) * 16 + low.charCodeAt(0) - MARK;
const NONCHARACTERS = /[\ufdd0-\ufdef]/g;

/** Like `decode`, and each byte that is no UTF-8 stays known as BAD_BYTE. */
export function decodeMarked(bytes: Uint8Array, encoding: Encoding): string {
  if (encoding !== 'utf-8') return decode(bytes, encoding).replace(NONCHARACTERS, '\ufffd');
  const whole = utf8Text(bytes);
  if (whole !== null) return whole.replace(NONCHARACTERS, '\ufffd');
  let text = '';
  let good = 0;
  for (let i = 0; i < bytes.length;) {
    const length = utf8Length(bytes, i);
    if (length === 0) {
      const byte = bytes[i] ?? 0;
      text += decode(bytes.subarray(good, i), 'utf-8').replace(NONCHARACTERS, '\ufffd');
      text += String.fromCharCode(MARK + (byte >> 4), MARK + (byte & 15));
      good = i + 1;
    }
    i += length || 1;
  }
  return text + decode(bytes.subarray(good), 'utf-8').replace(NONCHARACTERS, '\ufffd');
}

/** Bytes of the UTF-8 character at `i`, 0 when there is none (The Unicode Standard, table 3-7). */
function utf8Length(bytes: Uint8Array, i: number): number {
  const lead = bytes[i] ?? 0;
  const within = (n: number, least = 0x80, most = 0xbf) => {
    const byte = bytes[i + n] ?? 0;
    return byte >= least && byte <= most;
  };
  if (lead < 0x80) return 1;
  if (lead < 0xc2) return 0;
  if (lead < 0xe0) return within(1) ? 2 : 0;
  if (lead < 0xf0) return within(1, lead === 0xe0 ? 0xa0 : 0x80, lead === 0xed ? 0x9f : 0xbf) && within(2) ? 3 : 0;
  if (lead > 0xf4) return 0;
  return within(1, lead === 0xf0 ? 0x90 : 0x80, lead === 0xf4 ? 0x8f : 0xbf) && within(2) && within(3) ? 4 : 0;
}

const reverse = new Map<Encoding, Map<string, number>>();
function byteOfChar(encoding: Encoding): Map<string, number> {
  let map = reverse.get(encoding);
  if (!map) {
    map = new Map(
      [
        ...decode(
          Uint8Array.from({ length: 256 }, (_, i) => i),
          encoding,
        ),
      ].map((c, i) => [c, i]),
    );
    reverse.set(encoding, map);
  }
  return map;
}

/** Bytes of a text, or null when this encoding has no such character. */
export function encode(text: string, encoding: Encoding): Uint8Array | null {
  if (encoding === 'utf-8') return new TextEncoder().encode(text);
  if (unitOf(encoding) === 2) {
    const bytes = new Uint8Array(text.length * 2);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), encoding === 'utf-16le');
    return bytes;
  }
  const bytes = [...text].map((c) => byteOfChar(encoding).get(c) ?? -1);
  return bytes.includes(-1) ? null : Uint8Array.from(bytes);
}
