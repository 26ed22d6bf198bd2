import { DomainError, notFound } from '@throughline/domain/errors';
import { isUuid } from '@throughline/domain/ids';
import type { PolicyLevel } from '@throughline/domain/policy';
import { type PolicyDocument, zPolicyDocument } from '@throughline/domain/policy/document';
import { type PolicySubject, subjectName } from '@throughline/store/policy-store';
import type { Tx } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import { scopeOf } from '../sessions/viewer.ts';

/** Whose policy is meant: one of the three, or none for the organisation's. */
export interface SubjectIds {
  groupId?: { id: string } | null | undefined;
  clientId?: { id: string } | null | undefined;
  endpointId?: { id: string } | null | undefined;
}

const WHAT: Record<PolicyLevel, string> = {
  organisation: 'Organisation',
  client_group: 'Client group',
  client: 'Client',
  endpoint: 'Endpoint',
};

/** Errors: INVALID_INPUT for two at once, NOT_FOUND, in the same words for what is not there and for what is out of reach. */
export async function subjectOf(tx: Tx, viewer: Viewer, ids: SubjectIds): Promise<PolicySubject & { name: string }> {
  const named = (
    [
      ['client_group', ids.groupId],
      ['client', ids.clientId],
      ['endpoint', ids.endpointId],
    ] as const
  ).flatMap(([level, ref]) => (ref == null ? [] : [{ level, id: ref.id }]));
  if (named.length > 1)
    throw new DomainError(
      'INVALID_INPUT',
      'Name one of client group, client and endpoint, or none for the organisation.',
    );
  const subject: PolicySubject = named[0] ?? { level: 'organisation', id: viewer.mspId };
  const name = isUuid(subject.id) ? await subjectName(tx, scopeOf(viewer), subject) : null;
  if (name === null) throw notFound(WHAT[subject.level]);
  return { ...subject, name };
}

/** Errors: INVALID_INPUT, in words. */
export function documentOf(input: unknown): PolicyDocument {
  const parsed = zPolicyDocument.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new DomainError('INVALID_INPUT', parsed.error.issues[0]?.message ?? 'The policy cannot be taken.');
}
