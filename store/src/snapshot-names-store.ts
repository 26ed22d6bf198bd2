import type { EndpointFacts } from '@throughline/domain/agent-protocol';
import type { Scope, Tx } from './tenant.ts';

/** A client's computers, retired ones too: what each is called, and what it last said of itself. */
export async function endpointNames(
  tx: Tx,
  scope: Scope,
  clientId: string,
): Promise<{ name: string; facts: EndpointFacts | null }[]> {
  const { rows } = await tx.query<{ name: string; facts: EndpointFacts | null }>(
    'select name, facts from endpoint where msp_id = $1 and client_id = $2 order by id',
    [scope.mspId, clientId],
  );
  return rows;
}

export interface ClientContact {
  id: string;
  name: string;
  contact_name: string | null;
  contact_email: string | null;
  contact_phone: string | null;
}

/** The clients in scope, those that were given up too, with who is written to there. */
export async function clientContacts(tx: Tx, scope: Scope): Promise<ClientContact[]> {
  const { rows } = await tx.query<ClientContact>(
    `select id, name, contact_name, contact_email, contact_phone from client where msp_id = $1 order by lower(name), id`,
    [scope.mspId],
  );
  return rows;
}

/** Everybody who approves or approved for a client, without their passkeys. */
export async function approverNames(
  tx: Tx,
  scope: Scope,
  clientId: string,
): Promise<{ name: string; email: string; phone: string }[]> {
  const { rows } = await tx.query<{ name: string; email: string; phone: string }>(
    'select name, email, phone from approver where msp_id = $1 and client_id = $2 order by id',
    [scope.mspId, clientId],
  );
  return rows;
}

/** Everybody who works or worked for the organisation. */
export async function staffNames(tx: Tx, mspId: string): Promise<{ name: string; email: string }[]> {
  const { rows } = await tx.query<{ name: string; email: string }>(
    'select name, email from app_user where msp_id = $1 order by id',
    [mspId],
  );
  return rows;
}
