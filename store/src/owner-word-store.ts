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

/** Every answer of an endpoint that tells of its owner's file, with what it said. Sessions are read by `session_by_endpoint`. */
const WORDS = `from session s
  join approval_request a on a.msp_id = s.msp_id and a.session_id = s.id and a.kind = 'session'
  left join transcript_entry t on t.msp_id = a.msp_id and t.session_id = a.session_id
    and t.key = 'decided:' || a.id and t.kind = 'unattended_allowed'
  left join transcript_payload p on p.msp_id = t.msp_id and p.session_id = t.session_id and p.seq = t.seq
  where s.msp_id = $1 and s.endpoint_id = $2 and a.unattended is not null
    and (p.payload is not null or a.unattended_refused is not null)`;
const COLUMNS = 's.number, a.requested_at, a.unattended_refused, p.payload';

/** Null: it was never asked, or never answered. The file itself no server ever sees. However long ago it was said. */
export async function lastOwnerWord(tx: Tx, scope: Scope, endpointId: string): Promise<OwnerWord | null> {
  const of = [scope.mspId, endpointId];
  const { rows } = await tx.query<Row>(`select ${COLUMNS} ${WORDS} order by s.number desc limit 1`, of);
  const newest = rows[0] === undefined ? null : wordOf(rows[0]);
  if (newest?.allowed == null) return newest;
  // The last time it said anything else, and what it said first after that.
  const { allowed } = newest;
  const said = `convert_from(p.payload, 'UTF8')::jsonb`;
  const { rows: since } = await tx.query<Row>(
    `select ${COLUMNS} ${WORDS} and s.number > coalesce((select s.number ${WORDS}
         and (p.payload is null or ${said}->>'fileHash' <> $3 or ${said}->'classes' <> $4::jsonb)
       order by s.number desc limit 1), 0)
     order by s.number limit 1`,
    [...of, allowed.fileHash, JSON.stringify(allowed.classes)],
  );
  if (since[0] !== undefined) allowed.since = wordOf(since[0]).allowed?.since ?? allowed.since;
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
