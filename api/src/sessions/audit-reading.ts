import { auditOnce } from '@throughline/store/audit-store';
import { sessionById } from '@throughline/store/session-store';
import type { Tx } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import { scopeOf } from './viewer.ts';

/** A record that stays open is read again and again; one line in the audit log for each quarter of an hour tells who had it open when. */
const MINUTES = 15;

/** Notes that somebody has a session's record before them. */
export async function auditViewing(tx: Tx, viewer: Viewer, sessionNumber: number): Promise<void> {
  const target = `session ${sessionNumber}`;
  await auditOnce(tx, viewer.mspId, viewer.email, 'record.viewed', target, { ip: viewer.address }, MINUTES);
}

/** Notes that somebody took a file or a whole output out of a session's record. */
export async function auditTaking(tx: Tx, viewer: Viewer, from: { session_id: string }, what: string): Promise<void> {
  const session = await sessionById(tx, scopeOf(viewer), from.session_id);
  const target = `session ${session?.number ?? from.session_id}`;
  const details = { what, ip: viewer.address };
  await auditOnce(tx, viewer.mspId, viewer.email, 'record.file_taken', target, details, MINUTES);
}
