import type { AgentMessage } from '@throughline/domain/agent-protocol';
import * as inputs from '@throughline/store/command-input-store';
import { publish } from '@throughline/store/notify';
import type { Tx } from '@throughline/store/tenant';
import { append } from './endpoint-entry.ts';
import type { GivenCommand } from './given-command.ts';
import type { Member } from './join.ts';

/** The runtime says that an answer reached its command, or why not. Returns the id of the input whose fate this settled. */
export async function inputTold(
  tx: Tx,
  member: Member,
  command: GivenCommand,
  message: AgentMessage & { type: 'input_told' },
): Promise<string | null> {
  const { commandId } = command;
  const { seq, given, message: words } = message;
  const told = await inputs.inputTold(tx, member.mspId, member.runtimeId, { commandId, seq, given, words });
  if (told === null) return null;
  await append(tx, member, command.sessionId, {
    kind: 'command_input_told',
    key: `input_told:${commandId}:${seq}`,
    payload: { commandId, input: seq, given, words },
  });
  await changed(tx, member, command);
  return told.id;
}

/** Shown while it lasts; the record says at the end whether the command asked at all. */
export async function waits(tx: Tx, member: Member, command: GivenCommand, now: boolean): Promise<void> {
  const { rowCount } = await tx.query(
    'update command set waits_for_input = $3 where msp_id = $1 and id = $2 and waits_for_input <> $3 and (finished_at is null or not $3)',
    [member.mspId, command.commandId, now],
  );
  if (rowCount === 1) await changed(tx, member, command);
}

/** A command that has ended reads nothing any more: what is still on its way to it was never given. */
export async function neverGiven(tx: Tx, member: Member, command: GivenCommand): Promise<void> {
  const { commandId } = command;
  await waits(tx, member, command, false);
  for (const seq of await inputs.untoldInputs(tx, member.mspId, commandId))
    await inputTold(tx, member, command, {
      type: 'input_told',
      ...{ commandId, seq, given: false, at: Date.now() },
      message: 'The command ended before this reached it.',
    });
}

function changed(tx: Tx, member: Member, command: GivenCommand): Promise<void> {
  return publish(tx, { k: 'command', m: member.mspId, s: command.sessionId, c: command.commandId });
}
