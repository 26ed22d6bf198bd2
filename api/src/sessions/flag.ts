import { randomUUID } from 'node:crypto';
import { DomainError, notFound } from '@throughline/domain/errors';
import { type FlagVerdict, MAX_FLAG_NOTE } from '@throughline/domain/flag';
import { mayDo } from '@throughline/domain/rights';
import type { Role } from '@throughline/domain/role';
import { type FlagRow, flagsByIds, flagsOf, insertFlag, markSeen, setVerdict } from '@throughline/store/flag-store';
import { raise } from '@throughline/store/notification-store';
import { publish } from '@throughline/store/notify';
import { announce } from '@throughline/store/outbound-store';
import { appendEntry } from '@throughline/store/record-store';
import { rightsOf } from '@throughline/store/rights-store';
import { type SessionRow, lockSession } from '@throughline/store/session-store';
import { type Tx, withTenant } from '@throughline/store/tenant';
import { seers, usersByIds } from '@throughline/store/user-store';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { quoted } from './news-text.ts';
import { allows, authorOf, isOwn, permit, scopeOf, seenSession } from './viewer.ts';

/** Asks a senior to look, during the session or after it. Another flag stands beside the first. Returns its id. */
export async function flagSession(
  deps: Deps,
  viewer: Viewer,
  input: { sessionId: string; note: string; idempotencyKey: string | null },
): Promise<string> {
  checkNote(input.note, 'Say what a senior should look at');
  const { mspId } = viewer;
  return withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const session = await seenSession(tx, viewer, input.sessionId);
    permit(viewer, 'flag.raise', isOwn(viewer, session), session.client_id);
    await lockSession(tx, session.id);
    const id = randomUUID();
    const at = new Date();
    const { seq, isNew } = await appendEntry(tx, mspId, session.id, {
      kind: 'flagged',
      key: `flag:${input.idempotencyKey === null ? id : `${viewer.userId}:${input.idempotencyKey}`}`,
      actor: authorOf(viewer),
      origin: 'browser',
      at: at.toISOString(),
      payload: { flagId: id, note: input.note },
    });
    if (!isNew) {
      const known = (await flagsOf(tx, scopeOf(viewer), session.id)).find(({ entry_seq }) => entry_seq === seq);
      if (known === undefined) throw new Error(`entry ${seq} flags the session and has no row`);
      return known.id;
    }
    const { client_id: clientId } = session;
    await insertFlag(tx, mspId, {
      ...{ id, sessionId: session.id, clientId, entrySeq: seq, note: input.note, by: viewer.userId, at },
    });
    const event = {
      key: `flag:${id}`,
      kind: 'flagged' as const,
      title: `${viewer.name} flagged session ${session.number}: ${session.title}`,
      link: `/s/${session.number}#e${seq}`,
    };
    await announce(tx, mspId, { ...event, clientId });
    const { told, stuck } = await reviewersOf(tx, viewer, clientId);
    const text = `${viewer.name} flagged session ${session.number}${stuck ? NOBODY : ''}: ${quoted(input.note)}`;
    for (const userId of told) await raise(tx, mspId, { ...event, userId, text });
    await tell(tx, mspId, session);
    return id;
  });
}

/**
 * A senior's word on a flag: confirmed it is closed, redirected it stays open, and whoever raised it is told. `seenReviews`: how often it
 * was reviewed when they looked. Errors: NOT_FOUND, FORBIDDEN, INVALID_INPUT, CONFLICT when somebody else was faster.
 */
export async function reviewFlag(
  deps: Deps,
  viewer: Viewer,
  input: { flagId: string; verdict: FlagVerdict; note: string; seenReviews: number | null },
): Promise<void> {
  if (input.verdict === 'redirect' || input.note !== '') checkNote(input.note, 'Say what to do instead');
  const { mspId } = viewer;
  await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const seen = await flagOf(tx, viewer, input.flagId);
    const session = await seenSession(tx, viewer, seen.session_id);
    permit(viewer, 'flag.review', isOwn(viewer, session), session.client_id);
    if (seen.flagged_by === viewer.userId)
      throw new DomainError('FORBIDDEN', 'This flag is your own. Another senior or a manager reviews it.');
    await lockSession(tx, session.id);
    const flag = await flagOf(tx, viewer, input.flagId);
    if (flag.closed || (input.seenReviews !== null && input.seenReviews !== flag.reviews))
      throw await tooLate(tx, mspId, flag);
    const at = new Date();
    const { seq } = await appendEntry(tx, mspId, session.id, {
      kind: 'flag_reviewed',
      key: `flag:${flag.id}:${flag.reviews + 1}`,
      actor: authorOf(viewer),
      origin: 'browser',
      at: at.toISOString(),
      payload: { flagId: flag.id, verdict: input.verdict, note: input.note },
    });
    await markSeen(tx, mspId, session.id, viewer.userId);
    await setVerdict(tx, mspId, flag, { verdict: input.verdict, by: viewer.userId, at, note: input.note, seq });
    const did = input.verdict === 'confirm' ? 'confirmed' : 'redirected';
    const event = {
      key: `flag:${flag.id}:${flag.reviews + 1}`,
      kind: 'flag_reviewed' as const,
      title: `${viewer.name} ${did} a flag in session ${session.number}: ${session.title}`,
      link: `/s/${session.number}#e${seq}`,
    };
    await announce(tx, mspId, { ...event, clientId: session.client_id });
    // Whoever lost sight of the client since is told nothing of it.
    if ((await seers(tx, mspId, session.client_id)).some(({ id }) => id === flag.flagged_by))
      await raise(tx, mspId, {
        ...event,
        userId: flag.flagged_by,
        text: `${viewer.name} ${did} your flag in session ${session.number}${input.note === '' ? '' : `: ${quoted(input.note)}`}`,
      });
    await tell(tx, mspId, session);
  });
}

/** Opening a flagged session marks its open flags as seen by whoever reviews them. They stay open. */
export async function markFlagsSeen(deps: Deps, viewer: Viewer, sessionId: string): Promise<void> {
  await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    const session = await seenSession(tx, viewer, sessionId);
    permit(viewer, 'flag.review', isOwn(viewer, session), session.client_id);
    if (await markSeen(tx, viewer.mspId, session.id, viewer.userId)) await tell(tx, viewer.mspId, session);
  });
}

/** Whether this person may confirm or redirect a flag. Nobody reviews their own. */
export const mayReviewFlag = (viewer: Viewer, flag: FlagRow): boolean =>
  !flag.closed && flag.flagged_by !== viewer.userId && allows(viewer, 'flag.review', false, flag.client_id);

/** Who runs the desk hears of a flag only where nobody nearer to the work may review it. */
const LEADS: ReadonlySet<Role> = new Set(['manager', 'admin']);
const NOBODY = ' (nobody else of this client may review flags: an admin can change that under Permissions)';

/**
 * Who hears of a flag: whoever sees the client and may review flags there, managers and admins only where there is nobody else. `stuck`:
 * nobody may; then those who can see to that are told, and whoever raised it where there are none of them either.
 */
async function reviewersOf(
  tx: Tx,
  { mspId, userId }: Viewer,
  clientId: string,
): Promise<{ told: string[]; stuck: boolean }> {
  const others = (await seers(tx, mspId, clientId)).filter(({ id }) => id !== userId);
  const may = new Map<Role, boolean>();
  for (const role of new Set(others.map((each) => each.role)))
    may.set(role, mayDo(role, await rightsOf(tx, mspId, role), 'flag.review', false, clientId));
  const leads = others.filter(({ role }) => LEADS.has(role));
  const near = others.filter(({ role }) => may.get(role) && !LEADS.has(role));
  const far = leads.filter(({ role }) => may.get(role));
  const found = [near, far, leads].find((people) => people.length > 0)?.map(({ id }) => id);
  return { told: found ?? [userId], stuck: near.length + far.length === 0 };
}

async function flagOf(tx: Tx, viewer: Viewer, flagId: string): Promise<FlagRow> {
  const [flag] = await flagsByIds(tx, scopeOf(viewer), [flagId]);
  if (flag === undefined) throw notFound('Flag');
  return flag;
}

async function tooLate(tx: Tx, mspId: string, flag: FlagRow): Promise<DomainError> {
  const [who] = flag.reviewed_by === null ? [] : await usersByIds(tx, mspId, [flag.reviewed_by]);
  const did = flag.closed ? 'confirmed' : 'redirected';
  return new DomainError(
    'CONFLICT',
    `${who?.name ?? 'Somebody'} ${did} this flag before you. Your review was not kept: look at theirs first.`,
  );
}

function checkNote(note: string, ask: string): void {
  if (note.trim() === '') throw new DomainError('INVALID_INPUT', `${ask}: the note is empty.`);
  if (note.length > MAX_FLAG_NOTE)
    throw new DomainError('TOO_LARGE', `A note holds up to ${MAX_FLAG_NOTE} characters.`);
  if (note.includes('\0')) throw new DomainError('INVALID_INPUT', 'The note holds a character that is no text (NUL).');
}

/** The review queue, the boards, and whoever has the session open. */
async function tell(tx: Tx, mspId: string, { id, endpoint_id }: SessionRow): Promise<void> {
  await publish(tx, { k: 'flag', m: mspId, s: id, e: endpoint_id });
}
