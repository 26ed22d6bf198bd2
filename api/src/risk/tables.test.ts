import { beforeAll, describe, expect, it } from 'vitest';
import { CHANGES, DESTROYS, READS } from './bash-commands.ts';
import { HOSTILE } from './bash-hostile.ts';
import * as powershell from './powershell-commands.ts';
import { HOSTILE as HOSTILE_POWERSHELL } from './powershell-hostile.ts';
import { type RiskAssessor, createRiskAssessor } from './risk-parser.ts';

let assessor: RiskAssessor;
beforeAll(async () => {
  assessor = await createRiskAssessor();
});
const risk = (script: string) => assessor.assess('bash', script).risk;

describe('real bash commands', () => {
  it.each(READS)('F045 only reads: %s', (script) => expect(risk(script)).toBe('read_only'));
  it.each(CHANGES)('F045 is a change: %s', (script) => expect(risk(script)).toBe('change'));
  it.each(DESTROYS)('F045 U12 can destroy: %s', (script) => expect(risk(script)).toBe('destructive'));
});

describe('bash that tries to look as if it only read', () => {
  it.each(HOSTILE)('F045 does not pass as reading: %j', (script) => expect(risk(script)).not.toBe('read_only'));
});

describe('PowerShell that tries to look as if it only read', () => {
  it.each(HOSTILE_POWERSHELL)('F045 does not pass as reading: %j', (script) =>
    expect(assessor.assess('powershell', script).risk).not.toBe('read_only'),
  );
});

describe('real PowerShell commands', () => {
  const given = (script: string) => assessor.assess('powershell', script).risk;
  it.each(powershell.READS)('F045 only reads: %s', (script) => expect(given(script)).toBe('read_only'));
  it.each(powershell.CHANGES)('F045 is a change: %s', (script) => expect(given(script)).toBe('change'));
  it.each(powershell.DESTROYS)('F045 U12 can destroy: %s', (script) => expect(given(script)).toBe('destructive'));
});
