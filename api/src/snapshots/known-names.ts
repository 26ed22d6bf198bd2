import type { KnownName } from '@throughline/domain/scrub/scrub';
import { clientNames, named, namesOfFacts, personNames } from '@throughline/domain/snapshot-names';
import type { SessionRow } from '@throughline/store/session-store';
import { approverNames, clientContacts, endpointNames, staffNames } from '@throughline/store/snapshot-names-store';
import type { Scope, Tx } from '@throughline/store/tenant';

/** What the organisation knows by name, beyond what the record itself says: its clients and their contacts, retired ones too, the client's approvers and computers, its own people. */
export async function knownNames(tx: Tx, scope: Scope, session: SessionRow): Promise<KnownName[]> {
  const all = await clientContacts(tx, scope);
  // Whose session it is comes first, so that it is client-1.
  const ordered = [...all].sort((a, b) => Number(b.id === session.client_id) - Number(a.id === session.client_id));
  const approvers = await approverNames(tx, scope, session.client_id);
  const endpoints = await endpointNames(tx, scope, session.client_id);
  const staff = await staffNames(tx, scope.mspId);
  return [
    ...ordered.flatMap((client) => clientNames(client.name)),
    ...ordered.flatMap(({ contact_name, contact_email, contact_phone }) => [
      ...personNames(contact_name, contact_email),
      ...named('phone', contact_phone ?? ''),
    ]),
    ...approvers.flatMap(({ name, email, phone }) => [...personNames(name, email), ...named('phone', phone)]),
    ...endpoints.flatMap(({ name, facts }) => [...named('host', name), ...(facts === null ? [] : namesOfFacts(facts))]),
    ...staff.flatMap(({ name, email }) => personNames(name, email)),
  ];
}
