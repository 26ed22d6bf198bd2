import { DomainError } from '@throughline/domain/errors';
import { type SlaDocument, zSlaDocument } from '@throughline/domain/sla/document';
import type { SlaSubject } from '@throughline/store/sla-store';
import type { Tx } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import { type SubjectIds, subjectOf } from '../policy/subject.ts';

/** Whose SLA policy is meant: one of the two, or none for the organisation's. */
export type SlaSubjectIds = Pick<SubjectIds, 'groupId' | 'clientId'>;
export type NamedSlaSubject = SlaSubject & { name: string };

/** Errors: as of a policy's subject. */
export async function slaSubjectOf(tx: Tx, viewer: Viewer, ids: SlaSubjectIds): Promise<NamedSlaSubject> {
  const { level, id, name } = await subjectOf(tx, viewer, { groupId: ids.groupId, clientId: ids.clientId });
  if (level === 'endpoint') throw new DomainError('INVALID_INPUT', 'An endpoint has no SLA policy of its own.');
  return { level, id, name };
}

/** Errors: INVALID_INPUT, in words. */
export function slaDocumentOf(input: unknown): SlaDocument {
  const parsed = zSlaDocument.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new DomainError('INVALID_INPUT', parsed.error.issues[0]?.message ?? 'The SLA policy cannot be taken.');
}
