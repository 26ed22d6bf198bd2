import type { CommandExit, CommandStart } from '@throughline/domain/agent-protocol';
import { type CommandSpec, type CommandState, type Risk, worseRisk } from '@throughline/domain/command';
import type { PolicyMode, PolicySource } from '@throughline/domain/policy';
import { type EntryPayload, payloadSchema } from '@throughline/domain/entry';
import { type Scope, type Tx, write } from './tenant.ts';

export interface CommandRow {
  id: string;
  session_id: string;
  entry_seq: number | null;
  spec: CommandSpec;
  action_hash: string;
  reason: string;
  origin: string;
  risk: Risk;
  risk_why: string;
  /** Null until it was judged. */
  verdict: PolicyMode | null;
  rule: string | null;
  policy_version: number | null;
  policy_level: PolicySource | null;
  policy_words: string | null;
  state: CommandState;
  words: string | null;
  proposed_by: string;
  proposed_at: Date;
  approval_id: string | null;
  dispatched_at: Date | null;
  started_at: Date | null;
  finished_at: Date | null;
  start: CommandStart | null;
  exit: CommandExit | null;
  cancel_requested_at: Date | null;
  retry_of: string | null;
  waits_for_input: boolean;
  /** Until when its order may reach the endpoint; null before there is one. */
  send_by: Date | null;
}

const COLUMNS = `c.id, c.session_id, c.entry_seq, c.spec, c.action_hash, c.reason, c.origin, c.risk, c.risk_why, c.verdict, c.rule,
  c.policy_version, c.policy_level, c.policy_words, c.state, c.words, c.proposed_by, c.proposed_at, c.approval_id, c.dispatched_at, c.started_at, c.finished_at,
  c.start, c.exit, c.cancel_requested_at, c.retry_of, c.waits_for_input,
  (select o.not_after from command_outbox o where o.msp_id = c.msp_id and o.command_id = c.id) as send_by`;
const FROM = `from command c join session s on s.msp_id = c.msp_id and s.id = c.session_id`;

export interface KeptVerdict {
  verdict: PolicyMode;
  rule: string;
  policyVersion: number;
  policyLevel?: PolicySource;
  words: string;
}

/** By which rule of which policy a command was judged. */
export function keepVerdict(tx: Tx, mspId: string, id: string, judged: KeptVerdict): Promise<void> {
  const { verdict, rule, policyVersion, policyLevel = null, words } = judged;
  return write(
    tx,
    `update command set verdict = $3, rule = $4, policy_version = $5, policy_level = $6, policy_words = $7
     where msp_id = $1 and id = $2`,
    [mspId, id, verdict, rule, policyVersion, policyLevel, words],
  );
}

export async function commandsByIds(tx: Tx, scope: Scope, ids: readonly string[]): Promise<CommandRow[]> {
  const { rows } = await tx.query<CommandRow>(`select ${COLUMNS} ${FROM} where c.msp_id = $1 and c.id = any($2)`, [
    scope.mspId,
    ids,
  ]);
  return rows;
}

export async function commandById(tx: Tx, scope: Scope, id: string): Promise<CommandRow | null> {
  return (await commandsByIds(tx, scope, [id]))[0] ?? null;
}

export async function commandsOfSession(tx: Tx, scope: Scope, sessionId: string): Promise<CommandRow[]> {
  const { rows } = await tx.query<CommandRow>(
    `select ${COLUMNS} ${FROM} where c.msp_id = $1 and c.session_id = $2 order by c.proposed_at, c.id`,
    [scope.mspId, sessionId],
  );
  return rows;
}

/** What the server read out of a command when it was proposed, worst first; undefined for one of before that was kept. */
export async function reasonsOf(
  tx: Tx,
  mspId: string,
  { session_id, id }: Pick<CommandRow, 'session_id' | 'id'>,
): Promise<EntryPayload<'command_proposed'>['reasons']> {
  const { rows } = await tx.query<{ payload: Buffer }>(
    `select p.payload from transcript_entry e
     join transcript_payload p on p.msp_id = e.msp_id and p.session_id = e.session_id and p.seq = e.seq
     where e.msp_id = $1 and e.session_id = $2 and e.key = $3`,
    [mspId, session_id, `proposed:${id}`],
  );
  const payload = rows[0]?.payload;
  return payload && payloadSchema('command_proposed').parse(JSON.parse(payload.toString('utf8'))).reasons;
}

/** What the session's endpoint judged that script when it refused it for being worse than the desk said; null: it never did. */
export async function judgedAtEndpoint(
  tx: Tx,
  mspId: string,
  sessionId: string,
  { shell, script }: Pick<CommandSpec, 'shell' | 'script'>,
): Promise<Risk | null> {
  const { rows } = await tx.query<{ payload: Buffer }>(
    `select p.payload from command c
     join transcript_entry e on e.msp_id = c.msp_id and e.session_id = c.session_id and e.key = 'verdict:' || c.id
     join transcript_payload p on p.msp_id = e.msp_id and p.session_id = e.session_id and p.seq = e.seq
     where c.msp_id = $1 and c.session_id = $2 and c.state = 'refused' and c.spec->>'shell' = $3 and c.spec->>'script' = $4`,
    [mspId, sessionId, shell, script],
  );
  return rows
    .map(({ payload }) => payloadSchema('command_verdict').parse(JSON.parse(payload.toString('utf8'))).judged ?? null)
    .reduce((a, b) => (a === null || b === null ? (a ?? b) : worseRisk(a, b)), null);
}

export interface NewCommand {
  id: string;
  sessionId: string;
  spec: CommandSpec;
  actionHash: string;
  reason: string;
  origin: string;
  risk: Risk;
  riskWhy: string;
  proposedBy: string;
  proposedAt: Date;
  retryOf: string | null;
}

/** False when the same command was inserted before (a repeated request). */
export async function insertCommand(tx: Tx, mspId: string, command: NewCommand): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into command (msp_id, id, session_id, spec, action_hash, reason, origin, risk, risk_why, state, proposed_by, proposed_at, retry_of)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'proposed', $10, $11, $12)
     on conflict do nothing`,
    [
      mspId,
      command.id,
      command.sessionId,
      command.spec,
      command.actionHash,
      command.reason,
      command.origin,
      command.risk,
      command.riskWhy,
      command.proposedBy,
      command.proposedAt,
      command.retryOf,
    ],
  );
  return rowCount === 1;
}

/** Moves a command on, unless it has ended: an ended one never changes again. Returns whether it moved. */
export async function setCommandState(
  tx: Tx,
  mspId: string,
  id: string,
  state: CommandState,
  words: string | null,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update command set state = $3, words = coalesce($4, words)
     where msp_id = $1 and id = $2
       and state not in ('refused', 'denied', 'completed', 'completed_with_errors', 'failed', 'timed_out', 'cancelled', 'expired_unsent')
       and (state <> 'outcome_unknown' or $3 in ('completed', 'completed_with_errors', 'failed', 'timed_out', 'cancelled'))`,
    [mspId, id, state, words],
  );
  return rowCount === 1;
}
