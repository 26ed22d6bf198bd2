import { expect, it } from 'vitest';
import type { Prompt } from '../agent-protocol.ts';
import { type Asked, promptLines, textOf } from './prompt-text.ts';

const prompt: Prompt = {
  approvalId: 'a',
  sessionId: 's',
  sessionNumber: 1847,
  kind: 'action',
  hash: 'h',
  mspName: 'Northgate Managed IT',
  clientName: 'Harbor Dental',
  endpointName: 'HARB-WS-07',
  technician: { name: 'Jun Park', role: 'technician' },
  title: 'Said by the server',
  reason: 'the queue hangs',
  command: 'systemctl restart cups\necho "done"',
  shell: 'bash',
  cwd: '/tmp',
  runAs: 'the runtime’s own account',
  risk: 'change',
  reasons: [
    { risk: 'destructive', words: 'deletes the file /tmp/x', start: 0, end: 3 },
    { risk: 'change', words: 'restarts the service cups', start: 4, end: 9 },
  ],
  changes: 'Said by the server',
  unchanged: 'Said by the server',
  undo: 'Said by the server',
  code: '123456',
  requestedAt: Date.UTC(2026, 1, 17, 14, 31),
  expiresAt: Date.UTC(2026, 1, 17, 15, 1),
  nudges: 0,
};
const reader = { locale: 'en-GB', timeZone: 'UTC' };
const lines = (more: Partial<Prompt> = {}, asked: Partial<Asked> = {}, locale = 'en-GB') =>
  promptLines({ prompt: { ...prompt, ...more }, offer: null, consentAt: null, ...asked }, { ...reader, locale });

it('F045 says who, what, why, the exact text, the code and until when, in this order', () => {
  expect(textOf(lines())).toBe(`Jun Park, technician at Northgate Managed IT, is working on HARB-WS-07.
May Jun change something on this computer?
Why
Jun wrote: “the queue hangs”
What changes
It can change files, settings or services on HARB-WS-07.
What it does
Deletes the file /tmp/x
Restarts the service cups
What does not
Nothing else runs: only exactly the command below, once.
Can it be undone?
That depends on the command. Ask Jun if you are not sure.
The exact command, nothing else
systemctl restart cups
echo "done"
Runs once, as the support program’s own account, in the folder /tmp. Read by bash.
12 34 56
Speaking with Jun? Ask for this code. If it differs, or you do not know who this is, choose Deny.
If you approve, it covers
Only this command, once
No answer by 15:01 counts as no. Nothing runs until you approve.`);
});

it('F050 says that somebody else decides, where a named approver does', () => {
  expect(lines({ approver: true }).at(-1)).toMatchObject({
    text: 'No answer by 15:01 counts as no. Nothing runs until the named approver allows it.',
  });
  expect(lines({ approver: true }, {}, 'es').at(-1)?.text).toMatch(/hasta que lo permita la persona autorizada\.$/);
});

it('U20 says the same in Spanish, with the command as it is', () => {
  const said = textOf(lines({}, {}, 'es-MX'));
  expect(said).toContain('¿Puede Jun cambiar algo en este equipo?');
  expect(said).toContain('técnico de Northgate Managed IT');
  expect(said).toContain('como la cuenta propia del programa de soporte, en la carpeta /tmp');
  expect(said).toContain('\nsystemctl restart cups\necho "done"\n');
  expect(said).toContain('\nBorra el archivo /tmp/x\nReinicia el servicio cups\n');
  expect(said).not.toMatch(/Why|Approve|Nothing|inglés/);
});

it('U20 leaves a reason without Spanish words as it is, and says so', () => {
  const reasons = [{ risk: 'change' as const, words: 'does what no rule says', start: 0, end: 3 }];
  expect(textOf(lines({ reasons }, {}, 'es'))).toContain('\nEn inglés: Does what no rule says\n');
});

it('quotes code in a reason for people, and lets no sentence of it end in a stop', () => {
  const reasons = [
    {
      risk: 'change' as const,
      words: '`set` with these arguments is not known to only read, so it counts as a change.',
      start: 0,
      end: 3,
    },
    { risk: 'change' as const, words: 'deletes x.', start: 0, end: 3 },
  ];
  expect(textOf(lines({ reasons }))).toContain(
    '\n“set” with these arguments is not known to only read, so it counts as a change\nDeletes x.\n',
  );
  expect(textOf(lines({ reasons }, {}, 'es'))).toContain('\nBorra x.\n');
});

it('U20 says the hour with its article', () => {
  const from = (hour: number, locale: string) =>
    lines({}, { consentAt: Date.UTC(2026, 1, 17, hour, 5) }, locale).find(({ part }) => part === 'from')?.text;
  expect(from(1, 'es-ES')).toMatch(/ desde la 1:05\.$/);
  expect(from(13, 'es-MX')).toMatch(/ desde la 1:05 p\.m\.$/);
  expect(from(11, 'es-ES')).toMatch(/ desde las 11:05\.$/);
  expect(from(13, 'es-ES')).toMatch(/ desde las 13:05\.$/);
});

it('holds nothing that the server only claims', () => {
  for (const locale of ['en', 'es']) expect(textOf(lines({}, {}, locale))).not.toContain('Said by the server');
});

it('warns of characters in the command that hide, and marks where they are', () => {
  const said = lines({ command: 'rm /tmp/\u202Egpj.sh\u200B' });
  expect(said.find(({ part }) => part === 'odd')?.text).toMatch(/^Take care: 2 characters/);
  expect(said.find(({ part }) => part === 'command')?.marks?.map(({ start }) => start)).toEqual([8, 15]);
  expect(lines().some(({ part }) => part === 'odd')).toBe(false);
});

it('marks what hides in the technician’s words and name, and leaves our own quotation marks alone', () => {
  const said = lines({ reason: 'see \u202Eabove', technician: { name: 'Jun P\u200Bark', role: 'senior' } });
  expect(said.find(({ part }) => part === 'why')?.marks).toHaveLength(1);
  expect(said.find(({ part }) => part === 'from')?.marks).toHaveLength(1);
});

it('F051 lists what a yes may cover, in the words of the reader', () => {
  const offer = { place: { category: 'files' as const, folder: '/tmp/x', shell: 'bash' as const } };
  const covers = lines({}, { offer }).filter(({ part }) => part === 'cover');
  expect(covers.map(({ choice, text }) => [choice, text])).toEqual([
    ['once', 'Only this command, once'],
    ['exact', 'This very command, as often as needed'],
    ['category', 'Further commands on files under /tmp/x, none that can destroy data'],
  ]);
});

it('gives the date with a time of another day, by the computer’s own time zone', () => {
  const late = lines({ expiresAt: Date.UTC(2026, 1, 18, 9, 5) }).find(({ part }) => part === 'late');
  expect(late?.text).toContain('by 9:05, 18 February 2026 counts');
  const [from] = lines({}, { consentAt: Date.UTC(2026, 1, 17, 14, 2) });
  expect(from?.text).toContain('with your consent since 14:02');
});

it('says of a file which way it goes and whether it replaces one', () => {
  const put = lines({ file: true, command: 'Put file /a (1 bytes, sha256 x), replacing any file of that name' });
  expect(textOf(put)).toContain('A file of that name is replaced for good.');
  expect(textOf(lines({ file: true, command: 'Fetch file /a (at most 1 bytes)' }))).toContain('copy a file from this');
});

it.each(['en-GB', 'es-MX'])('U33 %s read on a phone it speaks of no computer or page that is not there', (locale) => {
  const here = /this (computer|page)|este equipo|esta página/;
  const put = 'Put file /etc/x (3 bytes, sha256 0)';
  const asked: Partial<Prompt>[] = [
    { kind: 'session', command: null, risk: null },
    { input: true },
    { risk: 'destructive' },
    { file: true, command: 'Fetch file /etc/x (at most 9 bytes)' },
    { file: true, command: put },
    { file: true, command: `${put}, replacing any file of that name` },
  ];
  for (const more of asked) expect(textOf(lines(more, { away: true }, locale))).not.toMatch(here);
  // At the computer it does, so that this can fail.
  expect(textOf(lines({ kind: 'session', command: null, risk: null }, {}, locale))).toMatch(here);
});
