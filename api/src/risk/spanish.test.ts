import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import type { Shell } from '@throughline/domain/command';
import { reasonIn } from '@throughline/domain/prompt/reason-in';
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
  const missing = [...said].filter((words) => {
    const spanish = reasonIn('es', words);
    // What is quoted is a thing of PowerShell's that has no Spanish name yet.
    return spanish === null || /«| (the|of|and|is|that|it) /.test(spanish.replace(/`[^`]*`/g, ''));
  });
  expect(missing.map((words) => `${words} -> ${reasonIn('es', words)}`)).toEqual([]);
});
