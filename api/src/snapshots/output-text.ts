import type { CommandOutput, CutOutput } from '@throughline/domain/snapshot-commands';
import { guessEncoding } from '@throughline/domain/text-encoding';
import { outputRange } from '@throughline/store/output-store';
import type { Scope, Tx } from '@throughline/store/tenant';

/** The most of one stream that goes into a copy; head and tail of a longer one, half each. In bytes. */
export const MOST_OF_STREAM = 256 * 1024;
/** The most of all streams of a copy together, in bytes. */
export const MOST_OF_ALL = 1024 * 1024;

interface Wanted {
  commandId: string;
  stdout: number;
  stderr: number;
}

/** The outputs of a copy as text, each cut so that all of them fit. Lengths in bytes. */
export async function outputTexts(
  tx: Tx,
  scope: Scope,
  wanted: readonly Wanted[],
): Promise<Map<string, CommandOutput>> {
  const most = mostOfEach(wanted.flatMap(({ stdout, stderr }) => [stdout, stderr]));
  const texts = new Map<string, CommandOutput>();
  for (const { commandId, stdout, stderr } of wanted) {
    const read = (stream: number, offset: number, length: number) =>
      outputRange(tx, scope, commandId, stream, offset, length);
    texts.set(commandId, {
      stdout: await cut((offset, length) => read(1, offset, length), stdout, most),
      stderr: await cut((offset, length) => read(2, offset, length), stderr, most),
    });
  }
  return texts;
}

/** How much of each stream there is room for: long ones give way before short ones do. */
export function mostOfEach(lengths: readonly number[]): number {
  let most = MOST_OF_STREAM;
  while (most > 1 && lengths.reduce((sum, length) => sum + Math.min(length, most), 0) > MOST_OF_ALL) most >>= 1;
  return most;
}

/** So much of what is left out is searched for an empty line; in more there is taken to be one. In bytes. */
const MOST_OF_SEARCH = 2 * 1024 * 1024;
const CHUNK = 256 * 1024;
/** An empty line may hold this much white space and lie across two chunks; in bytes. */
const OVERLAP = 256;

/**
 * A stream as text; of a long one head and tail, whole lines of both: what is cut in two could be half a name, which no rule finds. A tail
 * within a paragraph whose beginning was left out starts with the next one: rows of a table say nothing without their head.
 * `total` and `most` in bytes.
 */
export async function cut(
  read: (offset: number, length: number) => Promise<Buffer>,
  total: number,
  most: number,
): Promise<CutOutput> {
  if (total <= most) {
    const bytes = await read(0, total);
    return { text: decoderOf(bytes).decode(bytes), leftOut: 0 };
  }
  // Even, so that both begin at a character of UTF-16.
  const half = (most >> 1) & ~1;
  const [first, last] = [await read(0, half), await read((total - half) & ~1, half + 1)];
  const decoder = decoderOf(first);
  const head = upToLine(first, decoder);
  const lastLines = fromLine(last, decoder);
  const tail = (await goesOn(read, head.length, total - lastLines.length, decoder))
    ? lastLines
    : lastLines.subarray(firstParagraph(lastLines, decoder));
  const leftOut = total - head.length - tail.length;
  return { text: `${decoder.decode(head)}[${leftOut} bytes left out]\n${decoder.decode(tail)}`, leftOut };
}

/** Whether no empty line lies between two places of a stream: what is left out there, and the tail, go on with what the head began. */
async function goesOn(
  read: (offset: number, length: number) => Promise<Buffer>,
  from: number,
  to: number,
  decoder: TextDecoder,
): Promise<boolean> {
  if (to - from > MOST_OF_SEARCH) return false;
  // From the end of the line before, so that an empty line right at its beginning is seen.
  for (let at = Math.max(0, from - lineFeed(decoder).length); at < to; at += CHUNK)
    if (/\n[ \t\r]*\n/.test(lettersOf(await read(at, Math.min(CHUNK + OVERLAP, to - at)), decoder))) return false;
  return true;
}

/** Where the first paragraph begins that is there from its beginning. */
function firstParagraph(bytes: Buffer, decoder: TextDecoder): number {
  const empty = /(?<=^|\n)[ \t\r]*\n/.exec(lettersOf(bytes, decoder));
  return empty === null ? bytes.length : (empty.index + empty[0].length) * lineFeed(decoder).length;
}

/** One letter for each character of the encoding, so that places in it are places in the bytes. */
const lettersOf = (bytes: Buffer, decoder: TextDecoder): string =>
  lineFeed(decoder).length === 2 ? decoder.decode(bytes) : bytes.toString('latin1');

/** Both of its bytes in UTF-16, the one of everything else. */
const lineFeed = ({ encoding }: TextDecoder): Buffer =>
  Buffer.from({ 'utf-16le': [10, 0], 'utf-16be': [0, 10] }[encoding] ?? [10]);

function upToLine(bytes: Buffer, decoder: TextDecoder): Buffer {
  const feed = lineFeed(decoder);
  let at = bytes.lastIndexOf(feed);
  while (at > 0 && at % feed.length !== 0) at = bytes.lastIndexOf(feed, at - 1);
  return bytes.subarray(0, at < 0 || at % feed.length !== 0 ? 0 : at + feed.length);
}

function fromLine(bytes: Buffer, decoder: TextDecoder): Buffer {
  const feed = lineFeed(decoder);
  let at = bytes.indexOf(feed);
  while (at >= 0 && at % feed.length !== 0) at = bytes.indexOf(feed, at + 1);
  return at < 0 ? bytes.subarray(bytes.length) : bytes.subarray(at + feed.length);
}

/** As the session's page reads it: a byte-order mark, or the zeros that UTF-16 puts between letters. Else UTF-8. */
function decoderOf(bytes: Buffer): TextDecoder {
  return new TextDecoder(guessEncoding(bytes), { ignoreBOM: true });
}
