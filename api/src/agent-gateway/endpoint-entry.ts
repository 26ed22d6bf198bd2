import type { NewEntry } from '@throughline/domain/entry';
import { appendEntry } from '@throughline/store/record-store';
import type { Tx } from '@throughline/store/tenant';
import type { Member } from './join.ts';

type Draft = Pick<NewEntry, 'kind' | 'key' | 'payload'>;

/** Puts on the record what a runtime said. */
export function append(tx: Tx, member: Member, sessionId: string, draft: Draft): Promise<unknown> {
  const actor = { kind: 'endpoint' as const, endpointId: member.endpointId, runtimeId: member.runtimeId };
  return appendEntry(tx, member.mspId, sessionId, {
    ...draft,
    actor,
    origin: 'endpoint',
    at: new Date().toISOString(),
  } as NewEntry);
}
