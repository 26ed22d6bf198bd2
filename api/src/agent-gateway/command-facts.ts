import { createPublicKey, verify } from 'node:crypto';
import type { AgentMessage, CommandExit } from '@throughline/domain/agent-protocol';
import { toHex } from '@throughline/domain/bytes';
import { type CommandState, type Risk, verdictOf } from '@throughline/domain/command';
import { outputChainStart } from '@throughline/domain/output-chain';
import { STREAM } from '@throughline/domain/output-frame';
import { exitBytes } from '@throughline/domain/signed-bytes';
import { setCommandState } from '@throughline/store/command-store';
import { publish } from '@throughline/store/notify';
import { changedPiece, outputHead, storedSum } from '@throughline/store/output-store';
import { sha256 } from '@throughline/store/record-store';
import { queueReport } from '@throughline/store/report-store';
import { lockSession } from '@throughline/store/session-store';
import { queueOutputForSearch } from '@throughline/store/search/search-queue';
import type { Tx } from '@throughline/store/tenant';
import { neverGiven } from './command-input.ts';
import { append } from './endpoint-entry.ts';
import { movedFile } from './file-facts.ts';
import type { GivenCommand } from './given-command.ts';
import type { Member } from './join.ts';
import type { Sums } from './output-sums.ts';

export async function accepted(tx: Tx, member: Member, command: GivenCommand): Promise<void> {
  await tx.query(
    'update command_outbox set accepted_at = coalesce(accepted_at, now()) where msp_id = $1 and command_id = $2',
    [member.mspId, command.commandId],
  );
}

export async function started(
  tx: Tx,
  member: Member,
  command: GivenCommand,
  message: AgentMessage & { type: 'started' },
): Promise<void> {
  const { commandId, sessionId } = command;
  await lockSession(tx, sessionId);
  await accepted(tx, member, command);
  const { rowCount } = await tx.query(
    'update command set started_at = now(), start = $3 where msp_id = $1 and id = $2 and started_at is null',
    [member.mspId, commandId, message.start],
  );
  if (rowCount === 0) return;
  await setCommandState(tx, member.mspId, commandId, 'running', null);
  await tx.query(
    'update session set first_command_at = coalesce(first_command_at, now()) where msp_id = $1 and id = $2',
    [member.mspId, sessionId],
  );
  await append(tx, member, sessionId, {
    kind: 'command_started',
    key: `started:${commandId}`,
    payload: { commandId, startedAt: new Date(message.at).toISOString(), start: message.start },
  });
  await queueReport(tx, member.mspId, sessionId, `running:${commandId}`, {
    type: 'command',
    report: { commandId, state: 'running' },
  });
  await changed(tx, member, command);
}

export type ExitOutcome = { settled: true } | { settled: false; rewindTo: number };

/**
 * Takes a command's end: checks the runtime's signature, that every frame is here, and that sums, counts and chain of what is stored
 * equal what the runtime signed. Short output is asked for again; a difference is never called success. `seen` are the sums of
 * the stored output where the connection could take them along; without them it is read back.
 */
export async function exited(
  tx: Tx,
  member: Member,
  command: GivenCommand,
  exit: CommandExit,
  signature: string,
  seen: Sums | null = null,
): Promise<ExitOutcome> {
  if (command.settled) return { settled: true };
  const { commandId } = command;
  const head = await outputHead(tx, member.mspId, commandId);
  if (head.frozenWhy === null && head.nextSeq - 1 < exit.lastSeq) return { settled: false, rewindTo: head.nextSeq };
  const moved = await movedFile(tx, member.mspId, commandId, exit);
  const fault = head.frozenWhy ?? (await differs(tx, member, commandId, exit, signature, seen)) ?? moved.fault;
  const state: CommandState =
    fault === null ? verdictOf({ ...exit, stderrBytes: exit.stderr.bytes }) : 'outcome_unknown';
  const words =
    fault === null ? wordsOf(state, exit) : `The record and the endpoint disagree (${fault}). A person has to look.`;
  await lockSession(tx, command.sessionId);
  await tx.query('update command set finished_at = now(), exit = $3 where msp_id = $1 and id = $2', [
    member.mspId,
    commandId,
    exit,
  ]);
  await setCommandState(tx, member.mspId, commandId, state, words);
  if (fault === null)
    await append(tx, member, command.sessionId, {
      kind: 'command_output',
      key: `output:${commandId}`,
      payload: { commandId, frames: exit.lastSeq, chainHead: exit.chainHead, stdout: exit.stdout, stderr: exit.stderr },
    });
  await append(tx, member, command.sessionId, {
    kind: 'command_exit',
    key: `exit:${commandId}`,
    payload: { commandId, exit, signature, runtimeId: member.runtimeId },
  });
  if (fault === null && moved.fault === null && moved.transferred !== null)
    await append(tx, member, command.sessionId, {
      kind: 'file_transferred',
      key: `file:${commandId}`,
      payload: moved.transferred,
    });
  await finish(tx, member, command, state, words);
  return { settled: true };
}

/** The runtime cannot say how it ended: shown to a person, never run again by itself. */
export async function unknownEnd(tx: Tx, member: Member, command: GivenCommand, nextSeq: number): Promise<ExitOutcome> {
  if (command.settled) return { settled: true };
  const head = await outputHead(tx, member.mspId, command.commandId);
  if (head.frozenWhy === null && head.nextSeq < nextSeq) return { settled: false, rewindTo: head.nextSeq };
  const words =
    'The runtime lost sight of it after it started. It may have finished or not; it is not run again by itself.';
  await lockSession(tx, command.sessionId);
  await tx.query('update command set finished_at = now() where msp_id = $1 and id = $2', [
    member.mspId,
    command.commandId,
  ]);
  await setCommandState(tx, member.mspId, command.commandId, 'outcome_unknown', words);
  await finish(tx, member, command, 'outcome_unknown', words);
  return { settled: true };
}

/** The runtime's own refusal, on its own evidence. Nothing was run. */
export async function refused(
  tx: Tx,
  member: Member,
  command: GivenCommand,
  { code, message, judged }: Pick<AgentMessage & { type: 'refuse' }, 'code' | 'message' | 'judged'>,
): Promise<void> {
  if (command.settled) return;
  const words = `Refused by the endpoint (${code}): ${message}`;
  await lockSession(tx, command.sessionId);
  await setCommandState(tx, member.mspId, command.commandId, 'refused', words);
  await finish(tx, member, command, 'refused', words, judged);
}

async function differs(
  tx: Tx,
  member: Member,
  commandId: string,
  exit: CommandExit,
  signature: string,
  seen: Sums | null,
): Promise<string | null> {
  const key = createPublicKey({ key: member.publicKey, format: 'der', type: 'spki' });
  if (!verify(null, exitBytes(commandId, exit), key, Buffer.from(signature, 'base64')))
    return 'the signature does not fit';
  const head = await outputHead(tx, member.mspId, commandId);
  if (head.nextSeq - 1 !== exit.lastSeq) return 'the number of frames differs';
  const emptyChain = toHex(outputChainStart(sha256, commandId));
  if ((head.chainHead ?? emptyChain) !== exit.chainHead) return 'the output chain differs';
  // Sums that were taken along are of the bytes as they came; that the table holds these very bytes it says itself.
  const changed = seen === null ? null : await changedPiece(tx, member.mspId, commandId);
  if (changed !== null) return `piece ${changed} of the stored output was altered`;
  for (const name of ['stdout', 'stderr'] as const) {
    const stored = seen?.[name] ?? (await storedSum(tx, member.mspId, commandId, STREAM[name]));
    if (stored.bytes !== exit[name].bytes || stored.sha256 !== exit[name].sha256) return `${name} differs`;
  }
  return null;
}

async function finish(
  tx: Tx,
  member: Member,
  command: GivenCommand,
  state: CommandState,
  words: string,
  judged: Risk | undefined = undefined,
): Promise<void> {
  const { commandId, sessionId } = command;
  await append(tx, member, sessionId, {
    kind: 'command_verdict',
    key: `verdict:${commandId}`,
    payload: { commandId, state, words, ...(judged && { judged }) },
  });
  await tx.query(
    'update command_outbox set settled_at = now(), accepted_at = coalesce(accepted_at, now()) where msp_id = $1 and command_id = $2',
    [member.mspId, commandId],
  );
  await neverGiven(tx, member, command);
  await queueReport(tx, member.mspId, sessionId, `finished:${commandId}`, {
    type: 'command',
    report: { commandId, state: 'finished' },
  });
  await queueOutputForSearch(tx, member.mspId, sessionId, commandId);
  await changed(tx, member, command);
}

function wordsOf(state: CommandState, exit: CommandExit): string {
  if (state === 'timed_out') return 'Stopped at its time limit. What it wrote until then is kept.';
  if (state === 'cancelled') return 'Stopped on request. What it wrote until then is kept.';
  if (exit.outputLimited === true)
    return `Stopped: its output reached the limit of ${exit.stdout.bytes + exit.stderr.bytes} bytes. All of them are kept; what it wrote beyond is not recorded.`;
  const leaked = exit.pipeLeaked ? ' A process it left behind kept its pipes open.' : '';
  if (exit.signal !== null) return `Ended by ${exit.signal}.${leaked}`;
  return state === 'completed_with_errors'
    ? `Exit 0, with output on stderr.${leaked}`
    : `Exit ${exit.exitCode ?? '?'}.${leaked}`;
}

function changed(tx: Tx, member: Member, command: GivenCommand): Promise<void> {
  return publish(tx, { k: 'command', m: member.mspId, s: command.sessionId, c: command.commandId });
}
