import { randomUUID } from 'node:crypto';
import { DomainError, notFound } from '@throughline/domain/errors';
import { type ReviewItem, type ReviewResult, reviewFault } from '@throughline/domain/quality-review';
import { raise } from '@throughline/store/notification-store';
import { announce } from '@throughline/store/outbound-store';
import { appendEntry, recordHead } from '@throughline/store/record-store';
import { checklists, insertReview } from '@throughline/store/review-store';
import { lockSession } from '@throughline/store/session-store';
import { withTenant } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { authorOf, isOwn, permit, scopeOf, seenSession } from './viewer.ts';

export interface ReviewInput {
  sessionId: string;
  checklist: string;
  /** One for each item of the checklist, in its order. */
  marks: Pick<ReviewItem, 'mark' | 'entry'>[];
  result: ReviewResult;
  note: string;
  idempotencyKey: string | null;
}

/** Holds a completed session against a checklist. The outcome goes onto the record, and its technician is told. */
export async function reviewSession(deps: Deps, viewer: Viewer, input: ReviewInput): Promise<void> {
  await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const session = await seenSession(tx, viewer, input.sessionId);
    permit(viewer, 'session.assign', false, session.client_id);
    if (session.status !== 'completed')
      throw new DomainError('INVALID_STATE', 'This session is still open. It is reviewed once it is completed.');
    if (isOwn(viewer, session))
      throw new DomainError('FORBIDDEN', 'This session is your own. Ask somebody else to review it.');
    const list = (await checklists(tx, viewer.mspId)).find(({ name }) => name === input.checklist);
    if (list === undefined) throw notFound('Checklist');
    if (input.marks.length !== list.items.length)
      throw new DomainError('INVALID_INPUT', `Mark all ${list.items.length} items of “${list.name}”.`);
    const items = list.items.map((text, i): ReviewItem => ({
      text,
      mark: input.marks[i]?.mark ?? 'not_applicable',
      entry: input.marks[i]?.entry ?? null,
    }));
    await lockSession(tx, session.id);
    const { count } = await recordHead(tx, scopeOf(viewer), session.id);
    const fault = reviewFault(items, input.note, count);
    if (fault !== null) throw new DomainError('INVALID_INPUT', fault);
    const key = input.idempotencyKey === null ? randomUUID() : `${viewer.userId}:${input.idempotencyKey}`;
    const { seq, isNew } = await appendEntry(tx, viewer.mspId, session.id, {
      kind: 'reviewed',
      key: `reviewed:${key}`,
      actor: authorOf(viewer),
      origin: 'browser',
      at: new Date().toISOString(),
      payload: { checklist: list.name, items, result: input.result, note: input.note },
    });
    if (!isNew) return;
    const { result } = input;
    await insertReview(tx, viewer.mspId, {
      sessionId: session.id,
      checklistId: list.id,
      entrySeq: seq,
      result,
      by: viewer.userId,
    });
    const word = result === 'pass' ? 'passed' : 'did not pass';
    const event = {
      key: `reviewed:${session.id}:${seq}`,
      kind: 'review' as const,
      title: `Session ${session.number} ${word} “${list.name}”`,
      link: `/s/${session.number}#e${seq}`,
    };
    await announce(tx, viewer.mspId, { ...event, clientId: session.client_id });
    if (session.assignee_id !== null)
      await raise(tx, viewer.mspId, {
        ...event,
        userId: session.assignee_id,
        text: `${event.title}: ${input.note}`,
      });
  });
}
