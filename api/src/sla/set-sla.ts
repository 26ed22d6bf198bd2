import { slaChanges } from '@throughline/domain/sla/words';
import { audit } from '@throughline/store/audit-store';
import { saveSla, slaHistory } from '@throughline/store/sla-store';
import type { Tx } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import { checkReach, noteOf, nothingChanged } from '../policy/change.ts';
import { permit } from '../sessions/viewer.ts';
import { type NamedSlaSubject, type SlaSubjectIds, slaDocumentOf, slaSubjectOf } from './subject.ts';

export interface SlaChange extends SlaSubjectIds {
  document: unknown;
  /** The version that was read; 0 where there was none. */
  expectedVersion: number;
  note: string;
}

/** Lays down the next version of what clients are promised. Sessions that are under way go on by it, and so do their clocks. */
export async function setSla(tx: Tx, viewer: Viewer, change: SlaChange): Promise<NamedSlaSubject> {
  permit(viewer, 'settings.write', true);
  const subject = await slaSubjectOf(tx, viewer, change);
  checkReach(viewer, subject.level);
  const document = slaDocumentOf(change.document);
  const note = noteOf(change.note);
  const before = (await slaHistory(tx, viewer.mspId, subject))[0]?.document ?? {};
  const changes = slaChanges(before, document);
  if (changes.length === 0) throw nothingChanged();
  const { expectedVersion: expected } = change;
  await saveSla(tx, viewer.mspId, subject, { document, expected, by: viewer.userId, note });
  const { level, id } = subject;
  const what = {
    level,
    subjectId: id,
    version: expected + 1,
    changes,
    before,
    after: document,
    note,
    ip: viewer.address,
  };
  await audit(tx, viewer.mspId, viewer.email, 'sla.changed', subject.name, what);
  return subject;
}
