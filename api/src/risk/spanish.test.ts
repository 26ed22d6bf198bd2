import { readFileSync, readdirSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import type { Shell } from '@throughline/domain/command';
import { reasonIn } from '@throughline/domain/prompt/reason-in';
import { NOUNS, PIECES } from '@throughline/domain/prompt/reasons-es';
import { NAME, sentenceTemplates } from '../testing/sentence-templates.ts';
import * as bash from './bash-commands.ts';
import { HOSTILE } from './bash-hostile.ts';
import * as powershell from './powershell-commands.ts';
import { HOSTILE as HOSTILE_POWERSHELL } from './powershell-hostile.ts';
import { type RiskAssessor, createRiskAssessor } from './risk-parser.ts';

let assessor: RiskAssessor;
beforeAll(async () => {
  assessor = await createRiskAssessor();
});

const scripts = (name: string): string[] =>
  readFileSync(new URL(`tables/${name}.tsv`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t')[1] ?? '');

/** Every sentence that the rules make of the tables' commands: the worst, and all others that the page would show. */
const sentences = (shell: Shell, commands: readonly string[]): Set<string> =>
  new Set(commands.flatMap((script) => assessor.assess(shell, script).reasons.map(({ words }) => words)));

/** Not said in Spanish, or not all of it. */
const isForeign = (spanish: string | null): boolean =>
  spanish === null || / (the|of|and|is|that|it) /.test(spanish.replace(/`[^`]*`|«[^»]*»/g, ''));

it.each<[Shell, string[]]>([
  ['bash', [...scripts('bash'), ...bash.READS, ...bash.CHANGES, ...bash.DESTROYS, ...HOSTILE]],
  [
    'powershell',
    [
      ...scripts('powershell'),
      ...powershell.READS,
      ...powershell.CHANGES,
      ...powershell.DESTROYS,
      ...HOSTILE_POWERSHELL,
    ],
  ],
])('U20 says in Spanish every sentence that the tables’ %s commands bring up', (shell, commands) => {
  const said = sentences(shell, commands);
  expect(said.size).toBeGreaterThan(150);
  // What is quoted is a thing of PowerShell's that has no Spanish name yet.
  const missing = [...said].filter((words) => isForeign(reasonIn('es', words)) || reasonIn('es', words)!.includes('«'));
  expect(missing.map((words) => `${words} -> ${reasonIn('es', words)}`)).toEqual([]);
});

const RULES = new URL('../../../domain/src/risk/', import.meta.url);
const sources = (readdirSync(RULES, { recursive: true }) as string[]).filter((name) => name.endsWith('.ts'));

/** A name for a thing, which stands within sentences. */
const isThing = (words: string): boolean =>
  Object.hasOwn(PIECES, words) ||
  words === `the ${NAME}` ||
  Object.keys(NOUNS).some((noun) => words === `the ${noun}` || words.startsWith(`the ${noun} `));

it.each([...sources.sort(), '../file-risk.ts'])('U20 says in Spanish every sentence that %s can make', (name) => {
  const all = new Set(sentenceTemplates(name, readFileSync(new URL(name, RULES), 'utf8')).map((words) => words.trim()));
  // One word is no sentence, and a template without the name that it is about is never said.
  const said = [...all].filter((words) => /[a-z]{2,} /.test(words) && !words.includes('``'));
  const missing = said.filter((words) => {
    // Behind `sudo` stands another sentence.
    const spanish = reasonIn('es', words) ?? reasonIn('es', words.replace(/: X$/, ': only reads'));
    return !isThing(words) && isForeign(spanish);
  });
  expect(missing).toEqual([]);
});

it('U20 finds a sentence in a rule’s source, whatever it is put together of', () => {
  const source = `
    const VERBS = { a: 'starts', b: 'stops' };
    const rule = (x, all) => all ? \`\${VERBS[x]} the \${x ? 'one' : names(x, 'other')}\` : change(\`\${x} does it\`);
    if (x === 'is compared') throw new Error('is thrown');`;
  const verbs = ['starts', 'stops'].flatMap((verb) => ['X', 'one', 'other'].map((what) => `${verb} the ${what}`));
  expect(sentenceTemplates('rule.ts', source).sort()).toEqual(['X does it', ...verbs]);
});
