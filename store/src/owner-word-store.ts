import { payloadSchema } from '@throughline/domain/entry';
import type { ActionClass } from '@throughline/domain/policy';
import type { UnattendedRule } from '@throughline/domain/unattended';
import type { Scope, Tx } from './tenant.ts';

/** What an endpoint last said of its owner's file, when it was asked whether a session may run unattended. */
export interface OwnerWord {
  /** The session that was asked about. */
  sessionNumber: number;
  at: Date;
  /** Null: the owner does not let it, and `refusedWhy` says why in the endpoint's words. */
  allowed: OwnerAllows | null;
  refusedWhy: string | null;
}

export interface OwnerAllows {
  /** The rule that was asked about. */
  by: UnattendedRule;
  classes: ActionClass[];
  /** SHA-256 of the owner's file. */
  fileHash: string;
  /** It has said just this at every session since. By the endpoint's clock. */
  since: Date;
}

interface Row {
  number: number;
  requested_at: Date;
  unattended_refused: string | null;
  payload: Buffer | null;
}

/** So many of the newest sessions are looked at for how long it has said the same. */
const LOOKED_AT = 50;

/** Null: it was never asked, or never answered. The file itself no server ever sees. */
export async function lastOwnerWord(tx: Tx, scope: Scope, endpointId: string): Promise<OwnerWord | null> {
  const { rows } = await tx.query<Row>(
    `select s.number, a.requested_at, a.unattended_refused, p.payload
     from session s
     join approval_request a on a.msp_id = s.msp_id and a.session_id = s.id and a.kind = 'session'
     left join transcript_entry t on t.msp_id = a.msp_id and t.session_id = a.session_id
       and t.key = 'decided:' || a.id and t.kind = 'unattended_allowed'
     left join transcript_payload p on p.msp_id = t.msp_id and p.session_id = t.session_id and p.seq = t.seq
     where s.msp_id = $1 and s.endpoint_id = $2 and a.unattended is not null
       and (p.payload is not null or a.unattended_refused is not null)
     order by s.number desc limit $3`,
    [scope.mspId, endpointId, LOOKED_AT],
  );
  const [newest, ...before] = rows.map(wordOf);
  if (newest?.allowed == null) return newest ?? null;
  for (const { allowed } of before) {
    if (allowed === null || !saysTheSame(allowed, newest.allowed)) break;
    newest.allowed.since = allowed.since;
  }
  return newest;
}

function wordOf({ number, requested_at, unattended_refused, payload }: Row): OwnerWord {
  if (payload === null)
    return { sessionNumber: number, at: requested_at, allowed: null, refusedWhy: unattended_refused };
  const said = payloadSchema('unattended_allowed').parse(JSON.parse(payload.toString('utf8')));
  const { rule, policyLevel: level, policyVersion: version, classes, fileHash } = said;
  const at = new Date(said.statedAt);
  return {
    sessionNumber: number,
    at,
    allowed: { by: { rule, level, version }, classes, fileHash, since: at },
    refusedWhy: null,
  };
}

const saysTheSame = (a: OwnerAllows, b: OwnerAllows): boolean =>
  a.fileHash === b.fileHash && a.classes.join() === b.classes.join();
