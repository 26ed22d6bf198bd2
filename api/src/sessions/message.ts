import { randomUUID } from 'node:crypto';
import { DomainError } from '@throughline/domain/errors';
import { appendEntry } from '@throughline/store/record-store';
import { withTenant } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { permit, scopeOf, seenSession } from './viewer.ts';

const MAX_MESSAGE = 16_000;

/** A chat message: straight onto the record, not workflow state. Returns the entry's number. */
export async function addMessage(
  deps: Deps,
  viewer: Viewer,
  input: { sessionId: string; text: string; onEntry: number | null; idempotencyKey: string | null },
): Promise<number> {
  if (input.text.trim() === '') throw new DomainError('INVALID_INPUT', 'The message is empty.');
  if (input.text.length > MAX_MESSAGE)
    throw new DomainError('TOO_LARGE', `A message holds up to ${MAX_MESSAGE} characters.`);
  return withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    await seenSession(tx, viewer, input.sessionId);
    permit(viewer, 'message.write', true);
    const { seq } = await appendEntry(tx, viewer.mspId, input.sessionId, {
      kind: 'message',
      key: `message:${input.idempotencyKey === null ? randomUUID() : `${viewer.userId}:${input.idempotencyKey}`}`,
      actor: { kind: 'user', id: viewer.userId, name: viewer.name, email: viewer.email, role: viewer.role },
      origin: 'browser',
      at: new Date().toISOString(),
      payload: { text: input.text, onEntry: input.onEntry },
    });
    return seq;
  });
}
