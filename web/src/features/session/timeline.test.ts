import { ENTRY_KINDS, payloadSchema } from '@throughline/domain/entry';
import { threaded } from '@throughline/domain/snapshot-threads';
import { describe, expect, it } from 'vitest';
import { sampleCommand, sampleEntry } from '../../testing/samples.ts';
import { entryWords } from './entry-words.ts';
import { itemOfSeq, timelineOf } from './timeline.ts';

const entries = [
  sampleEntry(1, 'opened', {}),
  sampleEntry(2, 'approval_requested', { approvalId: 'a0', commandId: null, kind: 'session' }),
  sampleEntry(3, 'approval_shown', { approvalId: 'a0' }),
  sampleEntry(4, 'approval_decided', { approvalId: 'a0', commandId: null, kind: 'session' }),
  sampleEntry(5, 'command_proposed', { commandId: 'c1' }),
  sampleEntry(6, 'command_policy', { commandId: 'c1' }),
  sampleEntry(7, 'approval_requested', { approvalId: 'a1', commandId: 'c1', kind: 'action' }),
  sampleEntry(8, 'message', { text: 'hello', onEntry: null }),
  sampleEntry(9, 'approval_nudged', { approvalId: 'a1', count: 1 }),
  sampleEntry(10, 'approval_decided', { approvalId: 'a1', commandId: 'c1', kind: 'action' }),
  sampleEntry(11, 'command_verdict', { commandId: 'c1' }),
];

describe('F043 the line of a session', () => {
  const items = timelineOf(entries, [sampleCommand({ entrySeq: 5 })]);

  it('puts all entries of one command at its proposal, its approval among them', () => {
    const command = items.find((i) => i.type === 'command');
    expect(command?.seqs).toEqual([5, 6, 7, 9, 10, 11]);
    expect(command?.type === 'command' && command.command?.id).toBe('C1');
  });
  it('F042 leaves no entry out', () => {
    expect(items.flatMap((i) => i.seqs).sort((a, b) => a - b)).toEqual(entries.map((e) => e.seq));
  });
  it('F047 shows the answer to the consent as a line of its own, and the question as closed', () => {
    expect(items.map((i) => [i.type, i.seq])).toEqual([
      ['entry', 1],
      ['ask', 2],
      ['entry', 4],
      ['command', 5],
      ['entry', 8],
    ]);
    expect(items.find((i) => i.type === 'ask')).toMatchObject({ open: false, shownAt: entries[2]?.at });
  });
  it('F104 finds the item of any entry inside it', () => {
    expect(itemOfSeq(items, 9)?.seq).toBe(5);
    expect(itemOfSeq(items, 99)).toBeNull();
  });
  it('F051 shows what the person stopped allowing as a line of its own, not inside the command that was approved', () => {
    const ended = sampleEntry(12, 'approval_scope_ended', {
      ...{ approvalId: 'a1', account: 'olivia', endedAt: '2026-02-17T14:40:00.000Z', signature: 's' },
      words: 'What an earlier yes covered is allowed no more: printer commands. Later commands ask again.',
    });
    const line = timelineOf([...entries, ended], [sampleCommand({ entrySeq: 5 })]).at(-1);
    expect(line).toMatchObject({ type: 'entry', seq: 12 });
    expect(entryWords(ended)).toMatchObject({
      lead: 'olivia stopped allowing it.',
      text: expect.stringContaining('printer commands'),
    });
  });
  it('U33 F054 a link that was sent, a call, and an answer without effect end no waiting', () => {
    const waits = [
      ...entries.slice(0, 3),
      sampleEntry(4, 'approval_link_sent', {
        ...{ approvalId: 'a0', linkId: 'l0', name: 'Olivia Hart', email: 'olivia@harbor.example' },
        expiresAt: '2026-02-17T14:40:00.000Z',
      }),
      sampleEntry(5, 'person_contacted', { approvalId: 'a0', how: 'phone', reached: false, words: '' }),
      sampleEntry(6, 'approval_ignored', { approvalId: 'a0', decision: 'approve' }),
    ];
    const line = timelineOf(waits, []);
    expect(line.find((i) => i.type === 'ask')).toMatchObject({ open: true });
    expect(line.map((i) => i.seq)).toEqual([1, 2, 4, 5, 6]);
    expect(entryWords(waits[3]!)).toMatchObject({
      text: 'had a link to the question mailed to Olivia Hart, olivia@harbor.example.',
    });
  });
  it('F087 replies stand under their command whenever they came, with a pointer where they came; other messages stay', () => {
    const message = (seq: number, onEntry: number | null) => sampleEntry(seq, 'message', { text: `m${seq}`, onEntry });
    const command = (seq: number, id: string) => sampleEntry(seq, 'command_proposed', { commandId: id });
    const line = timelineOf(
      [
        command(1, 'a'),
        sampleEntry(2, 'command_exit', { commandId: 'a' }),
        message(3, 2),
        command(4, 'b'),
        message(5, 1),
        message(6, 5),
        message(7, null),
        message(8, 7),
      ],
      [],
    );
    expect(line.map(({ type, seq }) => `${type} ${seq}`)).toEqual([
      'command 1',
      'command 4',
      'reply 5',
      'reply 6',
      'entry 7',
      'entry 8',
    ]);
    expect(line[0]).toMatchObject({ seqs: [1, 2, 3, 5, 6], thread: [{ seq: 3 }, { seq: 5 }, { seq: 6 }] });
    expect(itemOfSeq(line, 6)).toBe(line[0]);
  });
  it('F087 a reply to any kind of entry stands where the snapshot has it', () => {
    for (const kind of ENTRY_KINDS.filter((each) => each !== 'command_proposed' && each !== 'message')) {
      const refs = Object.entries({ commandId: 'c', approvalId: 'a' });
      const { shape } = payloadSchema(kind);
      const record = [
        sampleEntry(1, 'command_proposed', { commandId: 'c' }),
        sampleEntry(2, 'approval_requested', { commandId: 'c', approvalId: 'a' }),
        sampleEntry(3, kind, Object.fromEntries(refs.filter(([key]) => key in shape))),
        sampleEntry(4, 'message', { text: 'x', onEntry: 3 }),
      ];
      const plain = (seq: number) => ({ seq, at: '', label: '', words: '', tone: 'plain' as const });
      const lines = [{ ...plain(1), command: {} }, plain(3), plain(4)] as Parameters<typeof threaded>[0];
      const copied = threaded(lines, record as unknown as Parameters<typeof threaded>[1]);
      const shown = itemOfSeq(timelineOf(record, []), 4)?.type === 'command';
      expect([kind, shown]).toEqual([kind, copied.find(({ seq }) => seq === 4)?.reply === true]);
    }
  });
  it('shows an entry alone when its proposal has not been read', () => {
    expect(timelineOf([sampleEntry(20, 'command_exit', { commandId: 'c9' })], [])).toHaveLength(1);
  });
});
