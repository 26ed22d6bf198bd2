import { DomainError, notFound } from '@throughline/domain/errors';
import { standingEdits } from '@throughline/domain/scrub/edits';
import { keyOf } from '@throughline/domain/scrub/found';
import {
  MAX_SNAPSHOT_EDIT,
  MAX_SNAPSHOT_EDITS,
  SNAPSHOT_LIFETIME_MS,
  type SnapshotEditAction,
  type SnapshotExpiry,
} from '@throughline/domain/snapshot';
import { standsIn } from '@throughline/domain/snapshot-scrub';
import { audit } from '@throughline/store/audit-store';
import { raise } from '@throughline/store/notification-store';
import { announce } from '@throughline/store/outbound-store';
import { appendEntry, recordHead } from '@throughline/store/record-store';
import type { SessionRow } from '@throughline/store/session-store';
import * as store from '@throughline/store/snapshot-store';
import { type Tx, withTenant } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { allows, authorOf, isOwn, permit, scopeOf, seenSession } from '../sessions/viewer.ts';
import { asScrubbed, reviewOf, reviewSource } from './review.ts';

/** Whether this person may share the session's record, once it is reviewed; and see its links. */
export const mayShare = (viewer: Viewer, session: SessionRow): boolean =>
  allows(viewer, 'snapshot.share', isOwn(viewer, session), session.client_id);

/** Begins a draft of the record as it stands. There is no link until somebody has reviewed it. Returns its id. Errors: NOT_FOUND, FORBIDDEN, INVALID_STATE. */
export async function createSnapshot(deps: Deps, viewer: Viewer, sessionId: string): Promise<string> {
  return withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const session = await seenSession(tx, viewer, sessionId);
    permit(viewer, 'snapshot.share', isOwn(viewer, session), session.client_id);
    if (session.status === 'unstarted')
      throw new DomainError('INVALID_STATE', 'Nothing was done in this session yet. Share it once it has started.');
    const { count } = await recordHead(tx, scopeOf(viewer), session.id);
    await store.dropUnedited(tx, viewer.mspId, session.id, viewer.userId);
    return store.insertSnapshot(tx, viewer.mspId, { sessionId, throughSeq: count, by: viewer.userId });
  });
}

/** Hides a value everywhere in the copy, shows it again, or takes the latest of these on it back. Errors: NOT_FOUND, FORBIDDEN, INVALID_INPUT, INVALID_STATE. */
export async function editSnapshot(
  deps: Deps,
  viewer: Viewer,
  snapshotId: string,
  action: SnapshotEditAction,
  value: string,
): Promise<void> {
  if (value.trim() === '' || value.length > MAX_SNAPSHOT_EDIT || value.includes('\0'))
    throw new DomainError('INVALID_INPUT', `Name what to ${action}: 1 to ${MAX_SNAPSHOT_EDIT} characters of the copy.`);
  if (action === 'hide') {
    // Where a draft ends is fixed when it is begun, so what is read here is what the edit is of.
    const { plain } = await withDraft(deps, viewer, snapshotId, (tx, { snapshot }) =>
      reviewSource(tx, scopeOf(viewer), snapshot),
    );
    if (!standsIn(plain, value))
      throw new DomainError(
        'INVALID_INPUT',
        'It stands nowhere in the copy. Select it there, or type it as it stands there.',
      );
  }
  await withDraft(deps, viewer, snapshotId, async (tx, { snapshot }) => {
    const edits = await store.editsOf(tx, viewer.mspId, snapshot.id);
    if (action === 'undo' && !standing(edits).has(keyOf(value)))
      throw new DomainError('INVALID_STATE', 'There is no edit of it to undo. It was undone already, or never made.');
    // What stands can always be taken back.
    if (action !== 'undo' && edits.length >= MAX_SNAPSHOT_EDITS)
      throw new DomainError(
        'INVALID_STATE',
        `A snapshot takes ${MAX_SNAPSHOT_EDITS} edits. Discard it and begin again.`,
      );
    await store.insertEdit(tx, viewer.mspId, snapshot.id, { action, value, by: viewer.userId });
  });
}

/** The edits that count, by what they are of. */
const standing = (edits: readonly store.SnapshotEditRow[]) => standingEdits(edits.flatMap(asScrubbed));

/**
 * Publishes the very copy that was reviewed, by a link that works until the expiry. Only the scrubbed copy is kept.
 * Errors: NOT_FOUND, FORBIDDEN, INVALID_STATE, CONFLICT when the copy is not the one that was looked at.
 */
export async function confirmSnapshot(
  deps: Deps,
  viewer: Viewer,
  input: { snapshotId: string; hash: string; expiry: SnapshotExpiry },
): Promise<void> {
  const { mspId } = viewer;
  const source = await withDraft(deps, viewer, input.snapshotId, (tx, { snapshot }) =>
    reviewSource(tx, scopeOf(viewer), snapshot),
  );
  const review = await reviewOf(deps.scrubber, { mspId }, source);
  await withDraft(deps, viewer, input.snapshotId, async (tx, { snapshot, session }) => {
    const edits = await store.editsOf(tx, mspId, snapshot.id);
    if (review.hash !== input.hash || edits.length !== source.editCount)
      throw new DomainError(
        'CONFLICT',
        'The copy changed since you looked at it. Look at the copy again, then confirm.',
      );
    const at = new Date();
    const expiresAt = new Date(at.getTime() + SNAPSHOT_LIFETIME_MS[input.expiry]);
    const { rules, places } = review;
    const document = JSON.stringify(review.document);
    await store.publishSnapshot(tx, mspId, deps.seal, snapshot.id, {
      by: viewer.userId,
      at,
      expiresAt,
      rules,
      places,
      document,
    });
    const made = [...standing(edits).values()];
    const count = (action: SnapshotEditAction) => made.filter((edit) => edit.do === action).length;
    const { seq } = await appendEntry(tx, mspId, session.id, {
      kind: 'snapshot_shared',
      key: `snapshot:${snapshot.id}`,
      actor: authorOf(viewer),
      origin: 'browser',
      at: at.toISOString(),
      payload: {
        snapshotId: snapshot.id,
        throughSeq: snapshot.through_seq,
        expiresAt: expiresAt.toISOString(),
        hidden: places,
        edits: { hide: count('hide'), show: count('show') },
      },
    });
    const event = {
      key: `snapshot:${snapshot.id}`,
      kind: 'snapshot' as const,
      title: `A snapshot of session ${session.number} is ready`,
      link: `/s/${session.number}#e${seq}`,
    };
    await announce(tx, mspId, { ...event, clientId: session.client_id });
    // Who made the link knows.
    if (session.assignee_id !== null && session.assignee_id !== viewer.userId)
      await raise(tx, mspId, { ...event, userId: session.assignee_id });
    await audit(tx, mspId, viewer.email, 'snapshot.shared', `session ${session.number}`, {
      ...{
        snapshot: snapshot.id,
        throughEntry: snapshot.through_seq,
        expiresAt: expiresAt.toISOString(),
        hidden: places,
      },
      ip: viewer.address,
    });
  });
}

/**
 * Whether this person may end the link: whoever may share the session, whoever published it (it may have gone to somebody else since), and
 * an admin, who must be able to stop what went out.
 */
export const mayRevoke = (viewer: Viewer, session: SessionRow, { published_by }: store.SnapshotRow): boolean =>
  mayShare(viewer, session) ||
  published_by === viewer.userId ||
  allows(viewer, 'settings.write', false, session.client_id);

/** Ends a link at once; its content goes, its views stay. Errors: NOT_FOUND, FORBIDDEN, INVALID_STATE. */
export async function revokeSnapshot(deps: Deps, viewer: Viewer, snapshotId: string): Promise<void> {
  await withHeld(deps, viewer, snapshotId, mayRevoke, async (tx, { snapshot, session }) => {
    const state = store.snapshotState(snapshot);
    if (state === 'draft') throw new DomainError('INVALID_STATE', 'This snapshot has no link yet. Discard it instead.');
    if (state === 'revoked') return;
    await store.revokeSnapshot(tx, viewer.mspId, snapshot.id, viewer.userId);
    await appendEntry(tx, viewer.mspId, session.id, {
      kind: 'snapshot_revoked',
      key: `snapshot:${snapshot.id}:revoked`,
      actor: authorOf(viewer),
      origin: 'browser',
      at: new Date().toISOString(),
      payload: { snapshotId: snapshot.id },
    });
    await audit(tx, viewer.mspId, viewer.email, 'snapshot.revoked', `session ${session.number}`, {
      ...{ snapshot: snapshot.id, ip: viewer.address },
    });
  });
}

/** Throws a draft away. Returns its session's id. Errors: NOT_FOUND, FORBIDDEN, INVALID_STATE once it is out. */
export async function discardSnapshot(deps: Deps, viewer: Viewer, snapshotId: string): Promise<string> {
  return withDraft(deps, viewer, snapshotId, async (tx, { snapshot, session }) => {
    await store.deleteDraft(tx, viewer.mspId, snapshot.id);
    return session.id;
  });
}

interface Held {
  snapshot: store.SnapshotRow;
  session: SessionRow;
}

/** Does something with a snapshot where this person may, its row held. */
function withHeld<T>(
  deps: Deps,
  viewer: Viewer,
  snapshotId: string,
  may: (viewer: Viewer, session: SessionRow, snapshot: store.SnapshotRow) => boolean,
  work: (tx: Tx, held: Held) => Promise<T>,
): Promise<T> {
  return withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const snapshot = await store.holdSnapshot(tx, scopeOf(viewer), snapshotId);
    if (snapshot === null) throw notFound('Snapshot');
    const session = await seenSession(tx, viewer, snapshot.session_id);
    if (!may(viewer, session, snapshot)) permit(viewer, 'snapshot.share', isOwn(viewer, session), session.client_id);
    return work(tx, { snapshot, session });
  });
}

function withDraft<T>(
  deps: Deps,
  viewer: Viewer,
  snapshotId: string,
  work: (tx: Tx, held: Held) => Promise<T>,
): Promise<T> {
  return withHeld(deps, viewer, snapshotId, mayShare, (tx, held) => {
    if (store.snapshotState(held.snapshot) !== 'draft')
      throw new DomainError(
        'INVALID_STATE',
        'This snapshot is out already and cannot be changed. Revoke it and make a new one.',
      );
    return work(tx, held);
  });
}
