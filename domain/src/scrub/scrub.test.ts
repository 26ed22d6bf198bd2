import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KnownName, type Piece, type ScrubEdit, scrub, WHOLE_TEXT } from './scrub.ts';
import { PLANTED } from './testdata/planted.ts';

const shownAs = (pieces: readonly Piece[]): string =>
  pieces.map((piece) => (typeof piece === 'string' ? piece : `[${piece.mark}]`)).join('');

const copyOf = (text: string, known: readonly KnownName[] = [], edits: readonly ScrubEdit[] = []): string =>
  shownAs(scrub([text], known, edits).texts[0]!);

const KNOWN: KnownName[] = [
  { kind: 'client', value: 'Brightline Print' },
  { kind: 'client', value: 'Brightline' },
  { kind: 'person', value: 'Ken Abe' },
  { kind: 'host', value: 'BRIT-NORTH-01' },
];
const TICKET = [
  'Ken Abe of Brightline Print reported: “Printer not working since the morning.” Call back 555-0102 or ken.abe@brightline.example',
  'Consent given by Ken Abe as BRIGHTLINE\\ken.abe at BRIT-NORTH-01',
  'Test-NetConnection BRIT-PRINT01.brightline.example -Port 631',
  'ComputerName     : BRIT-PRINT01.brightline.example\r\nRemoteAddress    : 10.20.4.17\r\nRemotePort       : 631\r\nTcpTestSucceeded : False\r\n',
  'Get-Content C:\\Users\\ken.abe\\AppData\\Local\\Temp\\hpdriver.inf -Tail 4',
  '[driver] load C:\\Users\\ken.abe\\AppData\\Local\\Temp\\hpdriver.inf\n[driver] connect share \\\\BRIT-FS01\\Accounts\\Payroll 2026.xlsx\n[driver] auth as BRIGHTLINE\\ken.abe Password=Tr0ub4dor&3\n[driver] queue Front desk HP failed 0x00000bc4',
  'pnputil -f -d oem42.inf',
  'Told Ken Abe; steps sent to ken.abe@brightline.example and support@brightline.example. The log at /home/kabe/driver.log is no longer needed. Brightline may print again.',
];

describe('the printer ticket', () => {
  const { texts, hidden } = scrub(TICKET, KNOWN, []);
  const copies = texts.map(shownAs);

  it('F110 holds none of the 14 planted identifiers, nor the parts that name someone', () => {
    const copy = copies.join('\n').toLowerCase();
    expect(
      [...PLANTED, 'ken', 'kabe', 'BRIT-', 'Payroll', 'Tr0ub4dor'].filter((value) =>
        copy.includes(value.toLowerCase()),
      ),
    ).toEqual([]);
  });

  it('F110 puts the same mark in place of the same thing, numbered by kind as they come', () => {
    expect(copies).toEqual([
      '[person-1] of [client-1] reported: “Printer not working since the morning.” Call back [phone-1] or [email-1]',
      'Consent given by [person-1] as [account-1] at [host-1]',
      'Test-NetConnection [host-2] -Port 631',
      'ComputerName     : [host-2]\r\nRemoteAddress    : [ip-1]\r\nRemotePort       : 631\r\nTcpTestSucceeded : False\r\n',
      'Get-Content [path-1] -Tail 4',
      '[driver] load [path-1]\n[driver] connect share [path-2]\n[driver] auth as [account-1] Password=[secret-1]\n[driver] queue Front desk HP failed 0x00000bc4',
      'pnputil -f -d oem42.inf',
      'Told [person-1]; steps sent to [email-1] and [email-2]. The log at [path-3] is no longer needed. [client-2] may print again.',
    ]);
    expect(hidden.find(({ mark }) => mark === 'person-1')).toEqual({
      mark: 'person-1',
      kind: 'person',
      value: 'Ken Abe',
      places: 3,
    });
    expect(hidden.find(({ kind }) => kind === 'secret')?.value).toBe('Tr0ub4dor&3');
  });
});

describe('a reviewer’s edits', () => {
  const text = 'queue Front desk HP at 10.20.4.17, Password=Tr0ub4dor&3; front desk hp again';

  it('F111 hides by value wherever it stands, and takes it back', () => {
    const hide: ScrubEdit = { do: 'hide', value: 'Front desk HP' };
    expect(copyOf(text, [], [hide])).toBe('queue [redacted-1] at [ip-1], Password=[secret-1]; [redacted-1] again');
    expect(copyOf(text, [], [hide, { do: 'show', value: 'front desk hp' }])).toContain('queue Front desk HP at');
  });

  it('F111 hides what is read alike: over lines of Windows, other spaces, colours, and signs that stand for control characters', () => {
    const hide = (value: string): ScrubEdit[] => [{ do: 'hide', value }];
    expect(copyOf('the marmalade\r\nLine two stays', [], hide('marmalade\nLine two'))).toBe('the [redacted-1] stays');
    expect(copyOf('queue Front  desk\tHP', [], hide(' front desk HP'))).toBe('queue [redacted-1]');
    expect(copyOf('queue Front\u00a0\u001b[1mdesk HP', [], hide('Front desk HP'))).toBe('queue [redacted-1]');
    expect(copyOf('queue Front\u0007desk', [], hide('Front\u2407desk'))).toBe('queue [redacted-1]');
    expect(copyOf('at Cafe\u0301 (Nord)', [], hide('caf\u00e9 (Nord)'))).toBe('at [redacted-1]');
  });

  it('F111 shows what a rule or a known name hid; what else stands in it stays hidden', () => {
    expect(copyOf(text, [], [{ do: 'show', value: '10.20.4.17' }])).toContain('at 10.20.4.17,');
    const path = 'C:\\Users\\ken.abe\\Desktop\\x.log';
    expect(copyOf(`open ${path}`, [{ kind: 'account', value: 'ken.abe' }], [{ do: 'show', value: path }])).toBe(
      'open C:\\Users\\[account-1]\\Desktop\\x.log',
    );
  });

  it('F111 keeps hidden what was hidden by hand within a value that is shown', () => {
    const path = '\\\\BRIT-FS01\\Accounts\\Payroll 2026.xlsx';
    const edits: ScrubEdit[] = [
      { do: 'show', value: path },
      { do: 'hide', value: 'Payroll 2026' },
    ];
    expect(copyOf(`open ${path}`, [], edits)).toBe('open \\\\BRIT-FS01\\Accounts\\[redacted-1].xlsx');
  });

  it('F111 takes an edit back: what stood before it stands again', () => {
    const names = 'Username: jo\njo wrote to John';
    const [hide, undo, show] = (['hide', 'undo', 'show'] as const).map((act): ScrubEdit => ({ do: act, value: 'jo' }));
    expect(copyOf(names, [], [hide!, undo!])).toBe('Username: [account-1]\njo wrote to John');
    expect(copyOf(names, [], [show!, { do: 'undo', value: 'JO' }])).toBe('Username: [account-1]\njo wrote to John');
    expect(copyOf(names, [], [show!, hide!, undo!])).toBe(names);
    expect(copyOf(names, [], [undo!, show!])).toBe(names);
  });

  it('F111 never shows a secret', () => {
    for (const value of ['Tr0ub4dor&3', 'Password=Tr0ub4dor&3'])
      expect(copyOf(text, [], [{ do: 'show', value }])).toContain('Password=[secret-1];');
  });
});

describe('what is known by name', () => {
  it('F110 is found in paths, addresses, directory names and longer words, in both orders of a person’s names', () => {
    const known: KnownName[] = [
      { kind: 'client', value: 'Brightline Print' },
      { kind: 'person', value: 'Ken Abe' },
    ];
    const text =
      'C:\\ProgramData\\Brightline_Print\\x.cfg brightline-print-vpn BrightlinePrintVPN abe, ken; ken.abe KEN ABE, told Abe. Unable, token';
    const copy = copyOf(text, known);
    expect(copy.match(/brightline|\babe\b|\bken\b/gi)).toBeNull();
    expect(copy).toContain('Unable, token');
  });

  it('F110 is hidden also where it is a common word, short, or of a calendar; accounts of every computer stay', () => {
    const known: KnownName[] = [
      { kind: 'client', value: 'Office' },
      { kind: 'host', value: 'PC1' },
      { kind: 'person', value: 'Jun Mori' },
      { kind: 'account', value: 'Administrator' },
      { kind: 'phone', value: '+49 (30) 1234' },
    ];
    expect(copyOf('Jun 12 14:31 Office PC1: Administrator told jun mori, call +49 (30) 1234.', known)).toBe(
      'Jun 12 14:31 [client-1] [host-1]: Administrator told [person-1], call [phone-1].',
    );
  });

  it('F110 is found with its accents written as one character, as two, or not at all', () => {
    const known: KnownName[] = [{ kind: 'client', value: 'Müller Druck' }];
    expect(copyOf('Müller Druck, Mu\u0308ller Druck, MULLER-DRUCK', known)).toBe('[client-1], [client-1], [client-2]');
  });

  it('F110 is found where its letters were read in another code page', () => {
    const known: KnownName[] = [
      { kind: 'person', value: 'Jürgen Müller' },
      { kind: 'host', value: 'KÜCHE-01' },
    ];
    expect(copyOf('J\ufffdrgen M\ufffdller at K\ufffdCHE-01; J\ufffdrgen; M\ufffdller, J\ufffdrgen', known)).toBe(
      '[person-1] at [host-1]; [person-2]; [person-3]',
    );
  });

  it('F110 is not every word that is written like it', () => {
    const client: KnownName[] = [{ kind: 'client', value: 'IT' }];
    expect(copyOf('IT says it is itself: IT-01', client)).toBe('[client-1] says it is itself: [client-1]-01');
    const requester: KnownName[] = [{ kind: 'person', value: 'sven', after: ', for ' }];
    expect(copyOf('Sam, for sven\nsvens file of sven', requester)).toBe('Sam, for [person-1]\nsvens file of sven');
  });

  it('F110 is looked for wherever a rule found it once', () => {
    const { texts } = scrub(['whoami\r\nbrightline\\kabe\r\n', 'Deleted the profile of kabe (not kabel).'], [], []);
    expect(shownAs(texts[1]!)).toBe('Deleted the profile of [account-2] (not kabel).');
  });
});

describe('what hides nothing', () => {
  it('F110 escapes of a terminal, characters without a shape and NUL do not keep a value from the rules', () => {
    expect(copyOf('\u001b[32mken.abe\u001b[0m@brightline.exa\u200bmple')).toBe('\u001b[32m[email-1]');
    expect(copyOf('at BRIT\u0001-NORTH-01', KNOWN)).toBe('at [host-1]');
    expect(copyOf('1\u00000\u0000.\u00002\u00000\u0000.\u00004\u0000.\u00001\u00007\u0000')).toBe('[ip-1]\u0000');
    expect(
      copyOf('see \u001b]8;;https://x.example/\u0007\\\\BRIT-FS01\\Acc\u001b[1mounts\u001b]8;;\u0007'),
    ).not.toMatch(/BRIT|ounts/);
  });

  it('F110 a text on which a rule fails is hidden whole', () => {
    const fails = (text: string): [] => {
      if (text.includes('odd')) throw new Error('a rule failed');
      return [];
    };
    const { texts, hidden } = scrub(['plain', 'odd 10.20.4.17'], [], [{ do: 'show', value: WHOLE_TEXT }], [fails]);
    expect(texts).toEqual([['plain'], [{ mark: 'redacted-1' }]]);
    expect(hidden).toEqual([{ mark: 'redacted-1', kind: 'redacted', value: WHOLE_TEXT, places: 1 }]);
  });
});

describe('forms that programs print', () => {
  it.each([
    [
      'columns of PowerShell',
      'UserPrincipalName      DisplayName\r\n-----------------      -----------\r\nkabe@contoso.example   Ken Abe\r\n',
    ],
    ['rows with commas', '"Name","SamAccountName"\r\n"Abe, Ken","kabe"\r\n'],
    [
      'rows with commas, of which some were left out',
      '"Name","SamAccountName"\r\n"Vogel, Lena","lvogel"\r\n[99 bytes left out]\n"Abe, Ken","kabe"\r\n',
    ],
    [
      'columns of PowerShell, of which some were left out',
      'Name        SamAccountName\r\n----        --------------\r\nLena Vogel  lvogel\r\n[99 bytes left out]\nKen Abe     kabe\r\n',
    ],
    ['rows of wmic', 'Node,SerialNumber\r\r\nKABE-01,KABE5CG123\r\r\n'],
    ['elements', '<Computer>kabe01</Computer><Data Name="TargetUserName">kabe</Data>'],
    ['fields with dots', '   Host Name . . . . . . : KABE-PC01\r\n'],
    ['JSON', '{"ComputerName":"KABE-01","UserName":"kabe"}'],
    [
      'lists of net.exe',
      'Members\r\n\r\n-------------------------------\r\nAdministrator\r\nkabe\r\nThe command completed successfully.\r\n',
    ],
    ['accounts of Linux', 'kabe:x:1000:1000:Ken Abe,,,:/home/kabe:/bin/bash\n'],
    ['a listing', '-rw-r--r-- 1 kabe kabe 220 Jan  1 12:00 notes.txt\n'],
    [
      'a log of sign-ins',
      'May 18 14:31:02 kabe-web sshd[812]: Accepted publickey for kabe from 10.20.4.9 port 51234 ssh2\n',
    ],
    ['a prompt', 'kabe@kabe-web:~$ uptime\n'],
    ['an address of a page', 'https://kabe.sharepoint.com/personal/kabe_contoso/Documents/x.docx'],
    ['a path with spaces', '"C:\\Users\\Kabe (Contractor)\\OneDrive - Kabe Ltd\\x.docx"'],
  ])('F110 %s', (_, text) => {
    expect(copyOf(text)).not.toMatch(/k(?:en )?abe/i);
  });
});

describe('long texts', { timeout: 120_000 }, () => {
  // Each took minutes, or all memory, with a rule that looks back or on without end.
  it.each([
    'api_key = abcdefghijk1 ',
    'UserName\n--------\n',
    'USER PID COMMAND x\n',
    'UserName,a\n',
    '-----BEGIN PRIVATE KEY-----',
    'C:\\Users\\a b c ',
    '10.0.0.1:a=b@c.d ',
    'CN=a,',
    'curl ',
    'Dear Ab ',
    'password: ',
    '\u001b]',
    'a.',
    '::',
  ])('F110 are searched in one walk: %j', (seed) => {
    const text = seed.repeat(200_000 / seed.length);
    const { texts } = scrub([text], KNOWN, []);
    expect(
      texts[0]!.map((piece) => (typeof piece === 'string' ? piece.length : 0)).reduce((sum, length) => sum + length, 0),
    ).toBeLessThanOrEqual(text.length);
    expect(texts[0]).not.toEqual([{ mark: 'redacted-1' }]);
  });
});

describe('what was found once', { timeout: 120_000 }, () => {
  const paths = Array.from(
    { length: 4000 },
    (_, n) => `C:\\Users\\karl${n}\\Docs ${n}\\${'x'.repeat(n % 70)}${n}.txt\n`,
  ).join('');

  it.each(['c ', 'c:\\users\\ '])(
    'F110 is looked for in a walk that is no longer for the values’ number: %j',
    (unit) => {
      const { texts, hidden } = scrub([paths, unit.repeat(100_000), 'asked karl3999 again'], [], []);
      expect(hidden.length).toBeGreaterThanOrEqual(4000);
      expect(shownAs(texts[2]!)).toMatch(/^asked \[account-\d+\] again$/);
    },
  );
});

/** The same cases in each run; others with `SCRUB_SEED=2 SCRUB_RUNS=5000`. */
const SEED = Number(process.env.SCRUB_SEED ?? 1);
const RUNS = Number(process.env.SCRUB_RUNS ?? 200);

describe('any text', () => {
  const value = fc.constantFrom(
    ...PLANTED,
    'S-1-5-21-1-2-3-1001',
    '00:50:56:f7:4a:fc',
    'fe80::aede:48ff:fe00:1323',
    'DESKTOP-7F3K2QM',
    'jane.doe@contoso.com',
  );
  const filler = fc.oneof(
    fc.constantFrom(' at ', '\r\n', '\n\n', ', ', ' (', ') ', '\t', '; error 0x80070643 on port 631; '),
    fc.string({ maxLength: 12 }).map((text) => ` ${text} `),
  );
  const line = fc.array(fc.tuple(value, filler), { maxLength: 8 }).map((parts) => parts.flat().join(''));
  const texts = fc.array(line, { minLength: 1, maxLength: 4 });

  it('F110 keeps no planted value, and a copy scrubbed again is the same', () => {
    fc.assert(
      fc.property(texts, (given) => {
        const copies = scrub(given, KNOWN, []).texts.map(shownAs);
        for (const planted of PLANTED) expect(copies.join('\n').toLowerCase()).not.toContain(planted.toLowerCase());
        expect(scrub(copies, KNOWN, []).texts.map(shownAs)).toEqual(copies);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it('F110 comes back whole when each mark is replaced by what it hides', () => {
    fc.assert(
      fc.property(texts, (given) => {
        const { texts: copies, hidden } = scrub(given, [], []);
        const values = new Map(hidden.map(({ mark, value }) => [mark, value]));
        const back = copies.map((pieces) =>
          pieces.map((piece) => (typeof piece === 'string' ? piece : values.get(piece.mark)!)).join(''),
        );
        expect(back.map((text) => text.toLowerCase())).toEqual(given.map((text) => text.toLowerCase()));
        expect(hidden.reduce((sum, { places }) => sum + places, 0)).toBe(
          copies.flat().filter((piece) => typeof piece !== 'string').length,
        );
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});
