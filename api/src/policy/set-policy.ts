import { type PolicyDocument, policyChanges } from '@throughline/domain/policy/document';
import { audit } from '@throughline/store/audit-store';
import { type PolicySubject, policyHistory, savePolicy } from '@throughline/store/policy-store';
import type { Tx } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import { permit } from '../sessions/viewer.ts';
import { checkReach, noteOf, nothingChanged } from './change.ts';
import { type SubjectIds, documentOf, subjectOf } from './subject.ts';

export interface PolicyChange extends SubjectIds {
  document: unknown;
  /** The version that was read; 0 where there was none. */
  expectedVersion: number;
  note: string;
}

/** Lays down the next version of a policy. It counts for every command proposed from now on. */
export async function setPolicy(
  tx: Tx,
  viewer: Viewer,
  change: PolicyChange,
): Promise<PolicySubject & { name: string }> {
  permit(viewer, 'settings.write', true);
  const subject = await subjectOf(tx, viewer, change);
  checkReach(viewer, subject.level);
  const document = documentOf(change.document);
  const note = noteOf(change.note);
  const before: PolicyDocument = (await policyHistory(tx, viewer.mspId, subject))[0]?.document ?? {};
  const changes = policyChanges(before, document);
  const { expectedVersion: expected } = change;
  if (changes.length === 0) throw nothingChanged();
  await savePolicy(tx, viewer.mspId, subject, { document, expected, by: viewer.userId, note });
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
  await audit(tx, viewer.mspId, viewer.email, 'policy.changed', subject.name, what);
  return subject;
}
