import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Shell } from '@throughline/domain/command';
import * as bash from './bash-commands.ts';
import { HOSTILE } from './bash-hostile.ts';
import * as powershell from './powershell-commands.ts';
import { HOSTILE as HOSTILE_POWERSHELL } from './powershell-hostile.ts';
import { type RiskAssessor, createRiskAssessor } from './risk-parser.ts';

let assessor: RiskAssessor;
beforeAll(async () => {
  assessor = await createRiskAssessor();
});

/** A table of commands of an MSP's work: class, script, and the sentence the person who is asked will read. */
function table(name: string): [risk: string, script: string, why: string][] {
  const [, ...lines] = readFileSync(new URL(`tables/${name}.tsv`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => line.split('\t') as [string, string, string]);
}

describe.each<[Shell, string, string]>([
  ['bash', 'bash', 'bash commands'],
  ['powershell', 'powershell', 'PowerShell commands'],
])('%s', (shell, file, what) => {
  const rows = table(file);
  it(`has a long table of ${what}`, () => expect(rows.length).toBeGreaterThan(600));
  it.each(rows)('F045 F049 %s: %s', (risk, script, why) =>
    expect(assessor.assess(shell, script)).toMatchObject({ risk, why }),
  );
});

describe.each<[Shell, typeof bash]>([
  ['bash', bash],
  ['powershell', powershell],
])('%s, the first table', (shell, { READS, SCRIPTS, CHANGES, DESTROYS }) => {
  const risk = (script: string) => assessor.assess(shell, script).risk;
  it.each(READS)('F045 only reads: %s', (script) => expect(risk(script)).toBe('read_only'));
  it.each(SCRIPTS)('F045 a whole script that only reads: %j', (script) => expect(risk(script)).toBe('read_only'));
  it.each(CHANGES)('F045 is a change: %s', (script) => expect(risk(script)).toBe('change'));
  it.each(DESTROYS)('F045 U12 can destroy: %s', (script) => expect(risk(script)).toBe('destructive'));
});

describe.each<[Shell, readonly string[]]>([
  ['bash', HOSTILE],
  ['powershell', HOSTILE_POWERSHELL],
])('%s that tries to look as if it only read', (shell, hostile) => {
  it.each(hostile)('F045 does not pass as reading: %j', (script) =>
    expect(assessor.assess(shell, script).risk).not.toBe('read_only'),
  );
});
