import { describe, expect, it } from 'vitest';
import type { EntryKind, EntryPayload, TranscriptEntry } from './entry.ts';
import { outputsOf } from './snapshot-commands.ts';
import { plainDocument } from './snapshot-document.ts';
import { namesIn } from './snapshot-names.ts';
import { standsIn } from './snapshot-scrub.ts';

const SAM = { kind: 'user', id: 'u-1', name: 'Sam Whitfield', email: 'sam@northgate.example', role: 'senior' } as const;
const KEN = { kind: 'end_user', account: 'BRIGHTLINE\\ken.abe', endpointId: 'e-1' } as const;
const AT = '2026-11-27T14:23:00.000Z';

/** A record of these entries behind its opening. What a kind does not need for a copy is left out. */
function record(...entries: [kind: EntryKind, payload: object, actor?: object][]): TranscriptEntry[] {
  const opened = {
    title: 'Printer',
    clientName: 'Brightline Print',
    endpointName: 'BRIT-NORTH-01',
    requester: '',
    request: 'It prints not.',
  };
  return [['opened', opened, SAM] as const, ...entries].map(
    ([kind, payload, actor = SAM], i) =>
      ({ seq: i + 1, kind, payload, actor, at: AT, origin: 'browser', hash: '' }) as TranscriptEntry,
  );
}
const spec = { shell: 'bash', script: 'cat /etc/hosts', cwd: null, runAs: { kind: 'runtime' }, timeoutMs: 1000 };
const START = {
  effectiveUser: 'svc-print',
  cwd: '/srv',
  environment: { API_HOST: 'environment-value' },
  path: '/usr/bin',
} as unknown as EntryPayload<'command_started'>['start'];
const EXIT = { exitCode: 0, startedAt: 0, finishedAt: 5, stderr: { bytes: 0 }, chainHead: 'chain-head' };
const proposed = ['command_proposed', { commandId: 'c-1', spec, reason: 'to look', retryOf: null }] as [
  EntryKind,
  object,
];
const started = ['command_started', { commandId: 'c-1', startedAt: AT, start: START }] as [EntryKind, object];
const output = [
  'command_output',
  { commandId: 'c-1', frames: 1, chainHead: 'chain-head', stdout: { bytes: 3 }, stderr: { bytes: 0 } },
] as [EntryKind, object];
const made = (entries: TranscriptEntry[], outputs = new Map()) => plainDocument(entries, outputs);

describe('F115 what a copy tells', () => {
  it('a command stands once, where it began, with its context, its end and its output', () => {
    const entries = record(
      proposed,
      [
        'approval_decided',
        {
          approvalId: 'a-1',
          kind: 'action',
          commandId: 'c-1',
          decision: 'approve',
          reason: '',
          channel: 'endpoint_prompt',
          account: 'ken',
          shown: { text: 'May it run?' },
        },
        KEN,
      ],
      started,
      output,
      ['command_exit', { commandId: 'c-1', exit: EXIT, signature: 'signature', runtimeId: 'r-1' }],
      ['command_verdict', { commandId: 'c-1', state: 'completed', words: 'Exit 0' }],
    );
    expect(outputsOf(entries)).toEqual([{ commandId: 'c-1', stdout: 3, stderr: 0 }]);
    const outputs = new Map([['c-1', { stdout: { text: 'abc', leftOut: 0 }, stderr: { text: '', leftOut: 0 } }]]);
    const { entries: told } = made(entries, outputs);
    expect(told.map(({ seq, label }) => [seq, label])).toEqual([
      [1, 'Opened'],
      [3, 'Approved'],
      [4, 'Command'],
    ]);
    expect(told[1]).toMatchObject({ tone: 'good', words: 'Yes by ken, at the computer.\nThey read:\nMay it run?' });
    expect(told[2]).toMatchObject({
      words: 'Sam Whitfield, senior\nto look',
      command: {
        script: 'cat /etc/hosts',
        context: 'svc-print, /srv',
        state: 'completed',
        exitCode: 0,
        stdout: 'abc',
        stderr: '',
      },
    });
  });

  it('F109 of a command that still ran there is no output, and the copy says so', () => {
    const entries = record(proposed, started);
    expect(outputsOf(entries)).toEqual([]);
    expect(made(entries).entries[1]).toMatchObject({
      words: expect.stringContaining('not whole when this copy was made'),
      command: { state: 'running', exitCode: null, stdout: '', endedAt: null },
    });
  });

  it('F042 a command that was denied or refused stands where it was proposed', () => {
    const denied = made(
      record(proposed, ['command_verdict', { commandId: 'c-1', state: 'denied', words: 'with a patient' }]),
    );
    expect(denied.entries[1]).toMatchObject({
      seq: 2,
      tone: 'bad',
      label: 'Command denied',
      words: expect.stringContaining('with a patient'),
    });
    const refused = made(
      record(proposed, ['command_policy', { commandId: 'c-1', verdict: 'refuse', words: 'Not on Sundays.' }]),
    );
    expect(refused.entries[1]).toMatchObject({
      label: 'Command refused by policy',
      words: expect.stringContaining('Not on Sundays.'),
    });
  });

  it('F114 nothing is told that only this installation knows things by, and no note to a colleague about their work', () => {
    const words = JSON.stringify(
      made(
        record(
          [
            'endpoint_facts',
            {
              facts: { hostname: 'x', users: ['somebody-else'], addresses: ['10.9.9.9'] },
              runtimeId: 'r-1',
              runtimeLabel: 'label',
            },
          ],
          proposed,
          started,
          output,
          ['command_exit', { commandId: 'c-1', exit: EXIT, signature: 'signature', runtimeId: 'r-1' }],
          ['reviewed', { checklist: 'Coaching', items: [], result: 'fail', note: 'coaching-note' }],
          ['flagged', { flagId: 'f-1', note: 'flag-note' }],
          ['flag_reviewed', { flagId: 'f-1', verdict: 'redirect', note: 'flag-answer' }],
          ['psa_note', { noteId: 'n-1', externalId: 'ticket-17', state: 'queued', words: '' }],
        ),
      ),
    );
    for (const hidden of [
      'environment-value',
      'chain-head',
      'signature',
      'r-1',
      'c-1',
      'e-1',
      'u-1',
      'somebody-else',
      '10.9.9.9',
      'coaching-note',
      'f-1',
      'flag-note',
      'flag-answer',
      'ticket-17',
    ])
      expect(words).not.toContain(hidden);
  });

  it('F087 a reply stands under its command, and a reply to it there too; a message on something else stays where it came', () => {
    const entries = record(
      proposed,
      started,
      output,
      ['message', { text: 'By the way', onEntry: null }],
      ['message', { text: 'Look at the chain', onEntry: 4 }],
      ['message', { text: 'Thanks', onEntry: 6 }],
      ['message', { text: 'On the opening', onEntry: 1 }],
    );
    const lines = made(entries).entries.map(({ seq, label, reply }) => ({ seq, label, reply }));
    expect(lines).toEqual([
      { seq: 1, label: 'Opened' },
      { seq: 3, label: 'Command running' },
      { seq: 6, label: 'Reply', reply: true },
      { seq: 7, label: 'Reply', reply: true },
      { seq: 5, label: 'Message' },
      { seq: 8, label: 'Message' },
    ]);
  });

  it('of a file its path, and no sum', () => {
    const file = { direction: 'to_endpoint', path: '/etc/hosts', bytes: 3, sha256: 'ab'.repeat(32), overwrite: false };
    const words = JSON.stringify(
      made(
        record(
          [
            'command_proposed',
            {
              commandId: 'c-1',
              spec: { ...spec, file, script: `Put file /etc/hosts (3 bytes, sha256 ${file.sha256})` },
              reason: 'x',
            },
          ],
          started,
          [
            'file_transferred',
            { commandId: 'c-1', direction: 'to_endpoint', path: '/etc/hosts', bytes: 3, sha256: file.sha256 },
          ],
        ),
        new Map([['c-1', { stdout: { text: file.sha256, leftOut: 0 }, stderr: { text: '', leftOut: 0 } }]]),
      ),
    );
    expect(words).toContain('Put file /etc/hosts');
    expect(words).not.toContain(file.sha256);
  });

  it('what was verified is told by what it was verified with', () => {
    const done = { outcome: 'resolved', note: 'New driver.', verification: [2, 3], notVerifiedBecause: null };
    const { entries, outcome } = made(
      record(proposed, ['message', { text: 'Ken printed a page.', onEntry: null }], ['completed', done]),
    );
    expect(outcome).toBe('resolved');
    expect(entries.at(-1)).toMatchObject({
      label: 'Resolved',
      tone: 'good',
      words:
        'Sam Whitfield, senior\nNew driver.\nVerified by:\ncat /etc/hosts\nSam Whitfield, senior:\nKen printed a page.',
    });
  });
});

describe('F110 what a record knows by name', () => {
  it('the client and its first word, the computer, people, addresses and logins, with and without their domain', () => {
    const facts = {
      hostname: 'brit-north-01.brightline.example',
      users: ['kabe', 'root'],
      runtimeUser: 'SYSTEM',
      consoleUser: null,
      addresses: ['10.20.4.17', '127.0.0.1'],
    };
    const names = namesIn(
      record(['endpoint_facts', { facts }, { kind: 'system' }], ['message', { text: 'Hello' }, KEN]),
    );
    const said = names.map(({ kind, value }) => `${kind} ${value}`);
    for (const name of [
      'client Brightline Print',
      'client Brightline',
      'host BRIT-NORTH-01',
      'host brit-north-01.brightline.example',
      'person Sam Whitfield',
      'email sam@northgate.example',
      'account kabe',
      'account BRIGHTLINE\\ken.abe',
      'account ken.abe',
      'domain BRIGHTLINE',
      'ip 10.20.4.17',
    ])
      expect(said).toContain(name);
    // Every computer has these: they name nobody.
    for (const everywhere of ['root', 'SYSTEM', '127.0.0.1']) expect(said.join('\n')).not.toContain(everywhere);
  });

  it('F111 a value stands in the copy where its text has it, whatever the case and also inside words', () => {
    const copy = plainDocument(record(), new Map());
    for (const value of ['It prints not.', 'PRINTS not', 'rint', 'Brightline Print'])
      expect(standsIn(copy, value)).toBe(true);
    for (const value of ['It prints well', 'Opened by', '2026-11-27']) expect(standsIn(copy, value)).toBe(false);
  });
});
