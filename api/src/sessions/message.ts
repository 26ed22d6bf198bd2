import { randomUUID } from 'node:crypto';
import { MAX_SAID } from '@throughline/domain/agent-protocol';
import { DomainError } from '@throughline/domain/errors';
import { appendEntry } from '@throughline/store/record-store';
import { publish } from '@throughline/store/notify';
import type { SessionRow } from '@throughline/store/session-store';
import { type Tx, withTenant } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { tellOfReply, threadRoot } from './thread.ts';
import { authorOf, isOwn, permit, scopeOf, seenSession } from './viewer.ts';

const MAX_MESSAGE = 16_000;

/** A chat message, or a reply under an entry: straight onto the record, not workflow state. Returns the entry's number. */
export async function addMessage(
  deps: Deps,
  viewer: Viewer,
  input: {
    sessionId: string;
    text: string;
    onEntry: number | null;
    idempotencyKey: string | null;
    /** Shown to the person at the endpoint as well. */
    toPerson: boolean;
  },
): Promise<number> {
  if (input.text.trim() === '') throw new DomainError('INVALID_INPUT', 'The message is empty.');
  if (input.text.length > MAX_MESSAGE)
    throw new DomainError('TOO_LARGE', `A message holds up to ${MAX_MESSAGE} characters.`);
  return withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const session = await seenSession(tx, viewer, input.sessionId);
    permit(viewer, 'message.write', isOwn(viewer, session), session.client_id);
    if (input.toPerson) await checkReach(tx, viewer.mspId, session, input.text);
    const root = input.onEntry === null ? null : await threadRoot(tx, viewer, session.id, input.onEntry);
    const { seq, isNew } = await appendEntry(tx, viewer.mspId, input.sessionId, {
      kind: 'message',
      key: `message:${input.idempotencyKey === null ? randomUUID() : `${viewer.userId}:${input.idempotencyKey}`}`,
      actor: authorOf(viewer),
      origin: 'browser',
      at: new Date().toISOString(),
      payload: { text: input.text, onEntry: root?.seq ?? null, ...(input.toPerson ? { toPerson: true } : {}) },
    });
    if (input.toPerson && isNew)
      await publish(tx, { k: 'said', m: viewer.mspId, s: input.sessionId, e: session.endpoint_id, n: seq });
    if (root !== null && isNew) await tellOfReply(tx, viewer, session, root, { seq, text: input.text });
    return seq;
  });
}

/** Whether the person at the endpoint can be shown a message now; if not, why, before it is written down as if they had been. */
async function checkReach(tx: Tx, mspId: string, { status, endpoint_id }: SessionRow, text: string): Promise<void> {
  if (status !== 'active' && status !== 'pending_approval')
    throw new DomainError(
      'INVALID_STATE',
      'The person at the device sees messages only while the session is under way. Write it for the record alone.',
    );
  if (text.length > MAX_SAID)
    throw new DomainError('TOO_LARGE', `A message to the person at the device holds up to ${MAX_SAID} characters.`);
  const { rows } = await tx.query<{ protocol: number | null }>(
    'select r.protocol from endpoint e left join runtime r on r.msp_id = e.msp_id and r.id = e.runtime_id where e.msp_id = $1 and e.id = $2',
    [mspId, endpoint_id],
  );
  if ((rows[0]?.protocol ?? 1) < 2)
    throw new DomainError('INVALID_INPUT', 'The runtime on this endpoint is too old to show messages. Update it.');
}
