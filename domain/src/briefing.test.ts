import { describe, expect, it } from 'vitest';
import { briefingOf } from './briefing.ts';

type Entry = Parameters<typeof briefingOf>[0][number];
const entry = (seq: number, kind: string, payload: object): Entry => ({ seq, kind, payload }) as Entry;
const proposed = (seq: number, commandId: string, script: string) =>
  entry(seq, 'command_proposed', { commandId, spec: { script }, reason: '' });
const verdict = (seq: number, commandId: string, state: string, words = '') =>
  entry(seq, 'command_verdict', { commandId, state, words });
const asked = (seq: number, commandId: string | null) =>
  entry(seq, 'approval_requested', { approvalId: `a${seq}`, commandId, title: 'Run' });

describe('F072 the briefing', () => {
  it('puts each command where its verdict says, each line with its entry', () => {
    const briefing = briefingOf([
      proposed(1, 'a', 'ping  vpn\n'),
      verdict(2, 'a', 'completed'),
      proposed(3, 'b', 'systemctl restart vpn'),
      verdict(4, 'b', 'failed', 'Exit code 1'),
      proposed(5, 'c', 'rm -rf /etc/vpn'),
      asked(6, 'c'),
      entry(7, 'approval_decided', { approvalId: 'a6', commandId: 'c', decision: 'deny' }),
      verdict(8, 'c', 'denied', 'Not today'),
      proposed(9, 'd', 'sleep 100'),
      proposed(10, 'e', 'reboot'),
      asked(11, 'e'),
    ]);
    expect(briefing).toEqual({
      tried: [{ seq: 2, text: 'ping vpn' }],
      failed: [{ seq: 4, text: 'systemctl restart vpn: Exit code 1' }],
      ruledOut: [{ seq: 8, text: 'rm -rf /etc/vpn: Not today' }],
      pending: [
        { seq: 9, text: 'sleep 100, not ended yet' },
        { seq: 11, text: 'reboot: waits for the person at the device' },
      ],
      next: [],
    });
  });
  it('a command that was agreed to is pending until it ends, a withdrawn question is not', () => {
    const entries = [
      proposed(1, 'a', 'reboot'),
      asked(2, 'a'),
      entry(3, 'approval_decided', { approvalId: 'a2', commandId: 'a', decision: 'approve' }),
      asked(4, null),
      entry(5, 'approval_ended', { approvalId: 'a4', commandId: null }),
    ];
    expect(briefingOf(entries).pending).toEqual([{ seq: 1, text: 'reboot, not ended yet' }]);
    expect(briefingOf([...entries, entry(6, 'completed', {})]).pending).toEqual([]);
  });
  it('takes what people wrote as ruled out and next, and the reason of the last hand-over', () => {
    const say = (seq: number, text: string) => entry(seq, 'message', { text, onEntry: null });
    const briefing = briefingOf([
      entry(1, 'assigned', { reason: 'First in line' }),
      say(2, 'Looked at it.\nRuled out: the cable\nnext: ask the vendor'),
      entry(3, 'escalated', { reason: 'Needs a certificate' }),
      say(4, 'the next: thing is not one'),
    ]);
    expect(briefing.ruledOut).toEqual([{ seq: 2, text: 'the cable' }]);
    expect(briefing.next).toEqual([
      { seq: 2, text: 'ask the vendor' },
      { seq: 3, text: 'Needs a certificate' },
    ]);
  });
  it('F086 a flag is pending until it is confirmed, also in a completed session; what a senior says instead comes next', () => {
    const flagged = (seq: number, flagId: string, note: string) => entry(seq, 'flagged', { flagId, note });
    const reviewed = (seq: number, flagId: string, word: string, note: string) =>
      entry(seq, 'flag_reviewed', { flagId, verdict: word, note });
    const { pending, next } = briefingOf([
      flagged(1, 'a', 'Which certificate?'),
      flagged(2, 'b', 'Is that right?'),
      entry(3, 'completed', {}),
      reviewed(4, 'a', 'redirect', 'Look at the chain.'),
      reviewed(5, 'b', 'confirm', 'Yes.'),
    ]);
    expect(pending).toEqual([{ seq: 1, text: 'Flag for a senior: Which certificate?' }]);
    expect(next).toEqual([{ seq: 4, text: 'Look at the chain.' }]);
  });
  it('F086 of several redirects of a flag the last comes next, and none once it is confirmed', () => {
    const reviewed = (seq: number, flagId: string, word: string, note: string) =>
      entry(seq, 'flag_reviewed', { flagId, verdict: word, note });
    const record = [
      entry(1, 'flagged', { flagId: 'a', note: 'Which certificate?' }),
      entry(2, 'flagged', { flagId: 'b', note: 'Which server?' }),
      reviewed(3, 'a', 'redirect', 'Look at the chain.'),
      reviewed(4, 'b', 'redirect', 'The second one.'),
      entry(5, 'message', { text: 'Next: call them', onEntry: null }),
      reviewed(6, 'a', 'redirect', 'Look at the clock.'),
    ];
    expect(briefingOf(record).next.map(({ text }) => text)).toEqual([
      'The second one.',
      'call them',
      'Look at the clock.',
    ]);
    expect(briefingOf([...record, reviewed(7, 'a', 'confirm', '')]).next.map(({ seq }) => seq)).toEqual([4, 5]);
  });
  it('is empty of an empty record, and short of a long command', () => {
    expect(Object.values(briefingOf([])).flat()).toEqual([]);
    const [line] = briefingOf([proposed(1, 'a', 'x'.repeat(5000)), verdict(2, 'a', 'completed')]).tried;
    expect(line?.text).toHaveLength(200);
  });
});
