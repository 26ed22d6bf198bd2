import type { Scope, Tx } from './tenant.ts';

export interface TicketRow {
  ticket_id: string;
  url: string | null;
  connection_name: string;
  note_state: string | null;
  note_error: string | null;
}

/** A session's ticket, with how its note fares. */
export async function ticketOf(tx: Tx, scope: Scope, sessionId: string): Promise<TicketRow | null> {
  const { rows } = await tx.query<TicketRow>(
    `select s.ticket_id, replace(replace(c.ticket_url_template, '{id}', s.ticket_id), '{ticket}', s.ticket_id) as url, c.name as connection_name,
       n.state as note_state, n.last_error as note_error
     from session s
     join psa_connection c on c.msp_id = s.msp_id and c.id = s.psa_connection_id
     left join psa_note n on n.msp_id = s.msp_id and n.session_id = s.id
     where s.msp_id = $1 and s.id = $2`,
    [scope.mspId, sessionId],
  );
  return rows[0] ?? null;
}
