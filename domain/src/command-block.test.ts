import { describe, expect, it } from 'vitest';
import { commandBlocks } from './command-block.ts';
import { ENTRY_KINDS, type EntryKind, payloadSchema } from './entry.ts';

const OF_COMMAND = { commandId: 'c', approvalId: 'a' };
/** What a kind's payload has of what says where it belongs. */
function payloadOf(kind: EntryKind): object {
  const { shape } = payloadSchema(kind);
  return Object.fromEntries(Object.entries(OF_COMMAND).filter(([key]) => key in shape));
}
const opened = [
  { seq: 1, kind: 'command_proposed', payload: { commandId: 'c' } },
  { seq: 2, kind: 'approval_requested', payload: OF_COMMAND },
];

describe('F087 what stands together with a command', () => {
  const alone = ['dispatch_refused', 'approval_scope_ended'];
  it.each(ENTRY_KINDS.filter((kind) => kind !== 'command_proposed' && kind !== 'message'))(
    '%s and a reply to it',
    (kind) => {
      const payload = payloadOf(kind);
      const part = Object.keys(payload).length > 0 && !alone.includes(kind);
      const { parts, replies } = commandBlocks([
        ...opened,
        { seq: 3, kind, payload },
        { seq: 4, kind: 'message', payload: { onEntry: 3 } },
        { seq: 5, kind: 'message', payload: { onEntry: 4 } },
      ]);
      expect([parts.get(3), replies.get(4), replies.get(5)]).toEqual(
        part ? [1, 1, 1] : [undefined, undefined, undefined],
      );
    },
  );
  it('nothing of a command or an approval that is not among the entries, or that is about no command', () => {
    const { parts, replies } = commandBlocks([
      { seq: 4, kind: 'command_exit', payload: { commandId: 'c' } },
      { seq: 5, kind: 'approval_requested', payload: { commandId: null, approvalId: 'a' } },
      { seq: 6, kind: 'approval_shown', payload: { approvalId: 'a' } },
      { seq: 7, kind: 'message', payload: { onEntry: 6 } },
      { seq: 8, kind: 'message', payload: { onEntry: null } },
    ]);
    expect([parts.size, replies.size]).toEqual([0, 0]);
  });
});
