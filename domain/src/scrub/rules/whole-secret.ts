import type { Found } from '../found.ts';
import type { Rule } from './shape.ts';

/** From here on a value may have ended where its pattern gave up: the rest belongs to it. In UTF-16 units. */
const MAY_BE_CUT = 100;
/** A line this long was wrapped by whoever printed it. */
const WRAPPED = 40;
const MOST_LINES = 1000;
const FARTHEST_COLUMN = 300;

/** A rule for secrets, each of which goes on to its end: beyond what the pattern counts, and over the lines that a program wrapped it into. */
export const whole = (rule: Rule): Rule =>
  function* (text) {
    // What lies within a secret that was looked at to its end is not looked at again: the walk stays linear.
    let done = 0;
    for (const found of rule(text)) {
      if (found.kind !== 'secret' || found.end <= done) {
        yield found;
        continue;
      }
      const end = endOf(text, found);
      done = end;
      yield end === found.end ? found : { ...found, end, value: text.slice(found.start, end) };
    }
  };

function endOf(text: string, { start, end }: Found): number {
  const first = end - start < MAY_BE_CUT ? end : restOf(text, start, end);
  return linesBelow(text, start, first);
}

/** In quotes to the next one, else to where its signs end. */
function restOf(text: string, start: number, end: number): number {
  const quote = /["']/.exec(text[start - 1] ?? '')?.[0];
  const rest = quote === undefined ? /[^\s"'<>,;&|)\ue000]*/y : new RegExp(`[^${quote}\\r\\n\\ue000]*`, 'y');
  rest.lastIndex = end;
  rest.exec(text);
  return rest.lastIndex === 0 ? end : rest.lastIndex;
}

/** `Format-List` goes on below the value, in its column; keys and tokens go on in lines of nothing else. */
function linesBelow(text: string, start: number, end: number): number {
  const next = /[ \t]*\r?\n([ \t]*)([^\r\n\ue000]*[^\s\ue000])(?=[ \t]*(?:\r?\n|$))/y;
  next.lastIndex = end;
  if (!next.test(text)) return end;
  const before = text.slice(Math.max(0, start - FARTHEST_COLUMN), start);
  const column = before.includes('\n') || start < FARTHEST_COLUMN ? before.length - before.lastIndexOf('\n') - 1 : 0;
  let last = text.slice(start, end);
  last = (
    last.includes('\n') ? last.slice(last.lastIndexOf('\n') + 1) : before.slice(before.lastIndexOf('\n') + 1) + last
  ).trim();
  let at = end;
  for (let lines = 0; lines < MOST_LINES; lines++) {
    next.lastIndex = at;
    const match = next.exec(text);
    if (match === null) break;
    const [, indent = '', words = ''] = match;
    const inColumn = column > 0 && indent.length === column && !/^[\w .()-]{1,40}\s?[:=](?:\s|$)|^- /.test(words);
    const isToken =
      last.length >= WRAPPED &&
      /^[\w+/=.~-]+$/.test(words) &&
      (words.length >= 16 || indent !== '') &&
      (indent !== '' || /^(?:[\w+/=.~-]+|[^\n]{0,60}\beyJ[\w.-]+)$/.test(last));
    if (!inColumn && !isToken) break;
    at = next.lastIndex;
    last = words;
  }
  return at;
}
