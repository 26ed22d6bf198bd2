import type { TranscriptEntry } from '@throughline/domain/entry';
import { DomainError } from '@throughline/domain/errors';
import { commandById } from '@throughline/store/command-store';
import { raise } from '@throughline/store/notification-store';
import { announce } from '@throughline/store/outbound-store';
import { entriesAt } from '@throughline/store/record-store';
import type { SessionRow } from '@throughline/store/session-store';
import type { Tx } from '@throughline/store/tenant';
import { repliesOf } from '@throughline/store/thread-store';
import { seers } from '@throughline/store/user-store';
import type { Viewer } from '../auth/viewer.ts';
import { quoted } from './news-text.ts';
import { scopeOf } from './viewer.ts';

/* A thread: the messages under an entry. All entries of one command have one thread together. */

/** The entry that a message is kept under: a reply to a reply goes where the first one hangs. Errors: INVALID_INPUT when there is no such entry. */
export async function threadRoot(tx: Tx, viewer: Viewer, sessionId: string, onEntry: number): Promise<TranscriptEntry> {
  const [entry] = await entriesAt(tx, scopeOf(viewer), sessionId, [onEntry]);
  if (entry === undefined)
    throw new DomainError('INVALID_INPUT', `There is no entry ${onEntry} in this record. Name one that is there.`);
  if (entry.kind !== 'message' || entry.payload.onEntry === null) return entry;
  const [first] = await entriesAt(tx, scopeOf(viewer), sessionId, [entry.payload.onEntry]);
  return first ?? entry;
}

/**
 * Tells whom a reply concerns, each once: who wrote in the thread or the entry it is about; of a command, who proposed it and whose
 * session it is. Never its writer, and nobody who may not see the client any more.
 */
export async function tellOfReply(
  tx: Tx,
  viewer: Viewer,
  session: SessionRow,
  root: TranscriptEntry,
  reply: { seq: number; text: string },
): Promise<void> {
  const { mspId } = viewer;
  const event = {
    key: `reply:${session.id}:${reply.seq}`,
    kind: 'thread_reply' as const,
    title: `${viewer.name} replied in session ${session.number}: ${session.title}`,
    link: `/s/${session.number}#e${reply.seq}`,
  };
  await announce(tx, mspId, { ...event, clientId: session.client_id });
  const concerned = await concernedBy(tx, viewer, session, root);
  concerned.delete(viewer.userId);
  for (const { id } of await seers(tx, mspId, session.client_id))
    if (concerned.has(id))
      await raise(tx, mspId, {
        ...event,
        userId: id,
        text: `${viewer.name} replied in session ${session.number}: ${quoted(reply.text)}`,
      });
}

async function concernedBy(tx: Tx, viewer: Viewer, session: SessionRow, root: TranscriptEntry): Promise<Set<string>> {
  const scope = scopeOf(viewer);
  const people = new Set<string>();
  if (root.actor.kind === 'user') people.add(root.actor.id);
  const commandId = commandOf(root);
  if (commandId !== null) {
    const command = await commandById(tx, scope, commandId);
    if (command !== null) people.add(command.proposed_by);
    if (session.assignee_id !== null) people.add(session.assignee_id);
  }
  const replies = await repliesOf(tx, scope, session.id);
  const hangOn = await entriesAt(tx, scope, session.id, [...new Set(replies.map(({ onEntry }) => onEntry))]);
  const here = new Set(
    hangOn
      .filter((entry) => entry.seq === root.seq || (commandId !== null && commandOf(entry) === commandId))
      .map(({ seq }) => seq),
  );
  for (const { onEntry, userId } of replies) if (here.has(onEntry) && userId !== null) people.add(userId);
  return people;
}

const commandOf = ({ payload }: TranscriptEntry): string | null => ('commandId' in payload ? payload.commandId : null);
