import { type EntryKind, type EntryPayload, payloadSchema, signedOfShown } from '@throughline/domain/entry';
import type { EffectContext } from './effect-context.ts';
import type { Evidence, SignedStatement } from './signer/protocol.ts';

/** What a signer must see of the answers that an order goes by, as the record has them: also of this very transaction. */
export interface Proof {
  /** What the person at the endpoint signed when it answered. */
  evidence: Evidence[];
  /** What the endpoint signed of its owner's file, where the session runs unattended. */
  statement: SignedStatement | undefined;
}

export async function proofFor(ctx: EffectContext, approvalIds: readonly string[]): Promise<Proof> {
  const rows = await answersTo(ctx, approvalIds);
  const stated = rows.find(({ kind }) => kind === 'unattended_allowed');
  return {
    evidence: decisions(rows).map(evidenceOf),
    statement: stated && statementOf(payloadSchema('unattended_allowed').parse(stated.payload)),
  };
}

export async function decisionOf(
  ctx: EffectContext,
  approvalId: string,
): Promise<EntryPayload<'approval_decided'> | undefined> {
  return decisions(await answersTo(ctx, [approvalId]))[0];
}

function evidenceOf(said: EntryPayload<'approval_decided'>): Evidence {
  const { approvalId, decision, reason, account, decidedAt, hash, signature, scope, shown, passkey, link } = said;
  const shared = { approvalId, decision, reason, account, at: Date.parse(decidedAt), hash, signature };
  return {
    ...shared,
    ...(scope === undefined ? {} : { scope }),
    ...(shown === undefined ? {} : { shown: signedOfShown(shown) }),
    ...(passkey === undefined ? {} : { passkey }),
    ...(link === undefined ? {} : { link }),
  };
}

function statementOf(stated: EntryPayload<'unattended_allowed'>): SignedStatement {
  const { approvalId, hash, rule, policyLevel: level, policyVersion: version, classes, fileHash, signature } = stated;
  return { approvalId, hash, rule, level, version, classes, fileHash, at: Date.parse(stated.statedAt), signature };
}

const decisions = (rows: readonly Answer[]): EntryPayload<'approval_decided'>[] =>
  rows
    .filter(({ kind }) => kind === 'approval_decided')
    .map(({ payload }) => payloadSchema('approval_decided').parse(payload));

interface Answer {
  kind: EntryKind;
  payload: unknown;
}

async function answersTo(ctx: EffectContext, approvalIds: readonly string[]): Promise<Answer[]> {
  const { rows } = await ctx.tx.query<{ kind: EntryKind; payload: Buffer }>(
    `select e.kind, p.payload from transcript_entry e
     join transcript_payload p on p.msp_id = e.msp_id and p.session_id = e.session_id and p.seq = e.seq
     where e.msp_id = $1 and e.session_id = $2 and e.key = any($3)`,
    [ctx.mspId, ctx.sessionId, approvalIds.map((id) => `decided:${id}`)],
  );
  return rows.map(({ kind, payload }) => ({ kind, payload: JSON.parse(payload.toString('utf8')) as unknown }));
}
