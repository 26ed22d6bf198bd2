import { describe, expect, it } from 'vitest';
import { type Piece, scrub } from './scrub.ts';

export const shownAs = (pieces: readonly Piece[]): string =>
  pieces.map((piece) => (typeof piece === 'string' ? piece : `[${piece.mark}]`)).join('');

const PLANTED = [
  'Brightline Print',
  'Brightline',
  'Ken Abe',
  'ken.abe@brightline.example',
  'support@brightline.example',
  'C:\\Users\\ken.abe\\AppData\\Local\\Temp\\hpdriver.inf',
  '\\\\BRIT-FS01\\Accounts\\Payroll 2026.xlsx',
  '/home/kabe/driver.log',
  'BRIT-NORTH-01',
  'BRIT-PRINT01.brightline.example',
  '10.20.4.17',
  '555-0102',
  'BRIGHTLINE\\ken.abe',
  'Password=Tr0ub4dor&3',
];
const TEXTS = [
  'Ken Abe of Brightline Print reported: “Printer not working since the morning.” Call back 555-0102 or ken.abe@brightline.example',
  'Consent given by Ken Abe as BRIGHTLINE\\ken.abe at BRIT-NORTH-01',
  'ComputerName     : BRIT-PRINT01.brightline.example\r\nRemoteAddress    : 10.20.4.17\r\nRemotePort       : 631\r\nTcpTestSucceeded : False\r\n',
  'Get-Content C:\\Users\\ken.abe\\AppData\\Local\\Temp\\hpdriver.inf -Tail 4',
  '[driver] load C:\\Users\\ken.abe\\AppData\\Local\\Temp\\hpdriver.inf\n[driver] connect share \\\\BRIT-FS01\\Accounts\\Payroll 2026.xlsx\n[driver] auth as BRIGHTLINE\\ken.abe Password=Tr0ub4dor&3\n[driver] queue Front desk HP failed 0x00000bc4',
  'Told Ken Abe; steps sent to ken.abe@brightline.example and support@brightline.example. The log at /home/kabe/driver.log is no longer needed. Brightline may print again.',
];
const KNOWN = [
  { kind: 'client', value: 'Brightline Print' },
  { kind: 'client', value: 'Brightline' },
  { kind: 'person', value: 'Ken Abe' },
  { kind: 'host', value: 'BRIT-NORTH-01' },
] as const;

describe('scrub', () => {
  it('F110 hides the 14 planted identifiers, each under one mark', () => {
    const { texts } = scrub(TEXTS, KNOWN, []);
    const copy = texts.map(shownAs).join('\n');
    for (const value of PLANTED) expect(copy.toLowerCase()).not.toContain(value.toLowerCase());
    expect(copy).toContain('TcpTestSucceeded : False');
  });
});

describe('a reviewer’s edits', () => {
  const copy = (text: string, edits: Parameters<typeof scrub>[2]) => scrub([text], [], edits).texts.map(shownAs)[0];

  it('F111 hides by value wherever it stands, shows what a rule hid, and never shows a secret', () => {
    const text = 'queue Front desk HP at 10.20.4.17, Password=Tr0ub4dor&3; front desk hp again';
    expect(copy(text, [{ do: 'hide', value: 'Front desk HP' }])).toBe(
      'queue [redacted-1] at [ip-1], Password=[secret-1]; [redacted-1] again',
    );
    expect(copy(text, [{ do: 'show', value: '10.20.4.17' }])).toContain('at 10.20.4.17,');
    expect(copy(text, [{ do: 'show', value: 'Tr0ub4dor&3' }])).toContain('Password=[secret-1];');
    expect(
      copy(text, [
        { do: 'hide', value: 'Front desk HP' },
        { do: 'show', value: 'Front desk HP' },
      ]),
    ).toContain('queue Front desk HP at');
  });
});
