import type { Found } from '../found.ts';
import { GITLEAKS_RULES, type GitleaksRule } from '../gitleaks-rules.ts';
import { isNone } from './none.ts';
import type { Rule } from './shape.ts';

/** How far around a keyword an expression is tried, and the longest that it then finds for sure. */
const BEFORE = 120;
const BEHIND = 2400;
const LONGEST = 1000;

interface Compiled {
  rule: GitleaksRule;
  pattern: RegExp;
}

interface Keyword {
  word: string;
  rules: Compiled[];
}

/** The keywords of all rules by their first two characters; compiled at first use. */
let keywords: Map<number, Keyword[]> | undefined;
const begins = new Uint8Array(1 << 16);

/** Secrets by their form. One walk over the text finds the keywords; only around one are the expressions of its rules tried. */
export const gitleaks: Rule = function* (text) {
  keywords ??= index();
  const lower = text.toLowerCase();
  // Letters whose small form is longer would shift places: such a text is searched as it is.
  const folded = lower.length === text.length ? lower : text;
  const searched = new Map<Compiled, number>();
  for (let at = 0; at + 1 < folded.length; at++) {
    const code = codeOf(folded, at);
    if (begins[code] === 0) continue;
    for (const { word, rules } of keywords.get(code) ?? []) {
      if (!folded.startsWith(word, at)) continue;
      for (const compiled of rules) {
        if ((searched.get(compiled) ?? 0) > at) continue;
        const from = lineStart(text, Math.max(0, at - BEFORE, searched.get(compiled) ?? 0));
        const near = text.slice(from, at + BEHIND);
        const match = compiled.pattern.exec(near);
        searched.set(compiled, match === null ? at + BEHIND - LONGEST : from + match.index + match[0].length);
        const found = match === null ? undefined : secretIn(compiled.rule, match, from);
        if (found !== undefined) yield found;
      }
    }
  }
};

const codeOf = (text: string, at: number): number =>
  ((text.charCodeAt(at) & 0xff) << 8) | (text.charCodeAt(at + 1) & 0xff);

/** An expression that asks for the beginning of a word must not be answered by a cut within one. */
function lineStart(text: string, at: number): number {
  const line = text.slice(Math.max(0, at - BEFORE), at).lastIndexOf('\n');
  return line < 0 ? at : Math.max(0, at - BEFORE) + line + 1;
}

function secretIn(rule: GitleaksRule, match: RegExpExecArray, offset: number): Found | undefined {
  const group = rule.group ?? match.findIndex((of, at) => at > 0 && of !== undefined && of !== '');
  const [start, end] = match.indices![Math.max(0, group)]!;
  const value = match.input.slice(start, end);
  if (value.length < 6 || (rule.entropy !== undefined && entropy(value) <= rule.entropy)) return undefined;
  // What stands for a secret: a variable, a place to fill in.
  if (isNone(value.replace(/^["'`]|["'`]$/g, '')) || /\$\{|\$\(|\{\{|^["']?\$\w+:/.test(value)) return undefined;
  const before = /[\w.-]*$/.exec(match.input.slice(Math.max(0, match.index - 50), match.index))![0];
  if (rule.id === 'generic-api-key' && (!/\d/.test(value) || NAME.test(value) || NO_KEY.test(before + match[0])))
    return undefined;
  return { kind: 'secret', value, start: offset + start, end: offset + end };
}

/** What looks like a key by its name and is none; the first part of gitleaks' own list. */
const NO_KEY =
  /X-MS-Exchange-Organization-Auth|Authentication-Results|rapid|capital|access(?:ibility|or)|access[_.-]?id|random[_.-]?access|api[_.-]?(?:id|name|version)|author|credentials?[_.-]?id|(?:bucket|foreign|hot|idx|natural|primary|pub(?:lic)?|schema|sequence)[_.-]?key|key[_.-]?(?:alias|board|code|frame|id|length|mesh|name|pair|press(?:ed)?|ring|selector|signature|size|storetype|word|up|down|left|right)|publickeytoken|key(?:store|tab)|issuerkeyhash|hkey|registry|monkey|keying|csrf[_.-]?token|(?:api|credentials|token)[_.-]?(?:endpoint|ur[il])|public[_.-]?token|(?:key|token)[_.-]?file|\\/i;

/** A package or a file. */
const NAME = /^[a-z]+(?:\.[a-z]+\d?)+$|\.(?:bin|dll|exe|sys|inf|log|txt|json|xml|so|jar|py)$/i;

/** RE2 as JavaScript writes it. What only widens a match in front of the name of a key is left out. */
function compile(rule: GitleaksRule): Compiled {
  const source = rule.regex
    .replace(/^\(\?i\)\[\\w\.-\]\{0,50\}\?/, '(?i)')
    .replaceAll('(?i)', '')
    .replaceAll(/\(\?-?i:/g, '(?:')
    .replaceAll('(?s:', '(?:')
    .replaceAll('(?P<', '(?<')
    .replaceAll('\\z', '$')
    .replaceAll('[[:alnum:]]', '[a-zA-Z0-9]');
  const flags = `d${/\(\?i[):]/.test(rule.regex) ? 'i' : ''}${rule.regex.includes('(?s:') ? 's' : ''}`;
  return { rule, pattern: new RegExp(source, flags) };
}

function index(): Map<number, Keyword[]> {
  const byWord = new Map<string, Compiled[]>();
  for (const rule of GITLEAKS_RULES) {
    const compiled = compile(rule);
    for (const word of rule.keywords) byWord.set(word, [...(byWord.get(word) ?? []), compiled]);
  }
  const found = new Map<number, Keyword[]>();
  for (const [word, rules] of byWord) {
    const code = codeOf(word, 0);
    begins[code] = 1;
    found.set(code, [...(found.get(code) ?? []), { word, rules }]);
  }
  return found;
}

function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}
