import { AnsiUp } from 'ansi_up';
import { harmless } from '../../lib/ansi.ts';
import { BAD_BYTE, badByteOf, decodeMarked, type Encoding } from '../../lib/encodings.ts';
import { countText } from '../../lib/words.ts';
import type { Row } from './rows.ts';

export interface RowsLook {
  encoding: Encoding;
  /** Of a line that carriage returns wrote over, only what they left. */
  collapse: boolean;
  /** Colours that are open where the rows begin. */
  sgr: string;
  /** Number of the line that holds the first row; null when nobody counted so far. */
  line: number | null;
}

/** HTML of rows, one element each, everything escaped. `overwrote`: carriage returns wrote over something. */
export function rowsHtml(
  bytes: Uint8Array,
  base: number,
  rows: readonly Row[],
  look: RowsLook,
): { html: string; overwrote: boolean } {
  const texts = rows.map((row) => textOf(bytes.subarray(row.from - base, row.to - base), row, look.encoding));
  const overwrote = texts.some((text) => text.includes('\r'));
  const gone = overwrote && look.collapse ? overwritten(texts, rows) : null;
  const ansi = newAnsi();
  const coloured = look.sgr !== '' || bytes.includes(27);
  if (look.sgr) ansi.ansi_to_html(look.sgr);
  let line = look.line;
  const html = rows.map((row, i) => {
    const shown = printed(texts[i] ?? '', look.collapse);
    const inner = coloured ? ansi.ansi_to_html(coloursOnly(shown)) : escaped(harmless(shown));
    const number = !row.first ? '' : line === null ? `@${countText(row.from)}` : countText(line);
    if (row.ended && line !== null) line += 1;
    const kind = gone?.has(i) ? 'r gone' : row.first ? 'r' : 'r c';
    return `<div class="${kind}" data-a="${row.from}" data-n="${number}">${withMarks(inner) || '<br>'}</div>`;
  });
  return { html: html.join(''), overwrote };
}

function newAnsi(): AnsiUp {
  const ansi = new AnsiUp();
  ansi.use_classes = true;
  ansi.escape_html = true;
  ansi.url_allowlist = {};
  ansi.faintStyle = 'color:var(--term-dim)';
  return ansi;
}

/** Without its line's end; a carriage return before that is part of it. */
function textOf(bytes: Uint8Array, row: Row, encoding: Encoding): string {
  const text = decodeMarked(bytes, encoding);
  return row.ended ? text.slice(0, -1).replace(/\r+$/, '') : text;
}

/** The part of a row that carriage returns left; or all of it, each state in a row of its own. */
export function printed(text: string, collapse: boolean): string {
  if (!text.includes('\r')) return text;
  if (!collapse) return text.replaceAll('\r', '␍\n');
  const parts = text.split('\r');
  // A last empty part is the cursor waiting at the line's start: the text before it is still on screen.
  return parts.findLast((part, i) => part !== '' || i === 0) ?? '';
}

/** Rows of long lines that later rows of the same line wrote over whole. */
function overwritten(texts: readonly string[], rows: readonly Row[]): Set<number> {
  const gone = new Set<number>();
  let over = false;
  for (let i = rows.length - 1; i >= 0; i--) {
    if (rows[i]?.ended) over = false;
    if (over) gone.add(i);
    if (/\r[^\r]/.test(texts[i] ?? '')) over = true;
  }
  return gone;
}

// eslint-disable-next-line no-control-regex
const ODD_COLOURS = /\u001b\[[0-9;]*:[0-9;:]*m/g;
// eslint-disable-next-line no-control-regex
const STRAY = /\u001b(?!\[[0-9;]*m)/g;
/** A cut or unknown escape is shown, not handed on: the colour reader would keep it and join it with the next row. */
const coloursOnly = (text: string): string => harmless(text).replace(ODD_COLOURS, '').replace(STRAY, '␛');

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#x27;' };
const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => ESCAPES[c] ?? c);

/** Characters that would turn the text around, and controls without a picture of their own. */

const UNSEEN = /[\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const code = (n: number, digits: number) => n.toString(16).toUpperCase().padStart(digits, '0');
const mark = (text: string, title: string) => `<i class="nb" title="${title}">${text}</i>`;
const withMarks = (html: string): string =>
  html
    .replace(BAD_BYTE, (_, high: string, low: string) =>
      mark('\ufffd', `byte ${code(badByteOf(high, low), 2)}, no UTF-8`),
    )
    .replace(UNSEEN, (c) => mark(`U+${code(c.charCodeAt(0), 4)}`, 'a character that cannot be seen'));

// eslint-disable-next-line no-control-regex
const SGR = /\u001b\[([0-9;:]*)m/g;
/** Colours that are still open behind a text, given those open before it. Bounded, whatever the text does. */
export function sgrAfter(before: string, bytes: Uint8Array, encoding: Encoding): string {
  if (!bytes.includes(27)) return before;
  let open = before;
  for (const [whole, parameters] of decodeMarked(bytes, encoding).matchAll(SGR))
    open = /^0*$/.test(parameters ?? '') ? '' : (open + whole).slice(-256);
  return open.startsWith('\u001b') || open === '' ? open : open.slice(open.indexOf('\u001b') >>> 0);
}
