import { type EntryKind, type EntryPayload, payloadSchema, signedOfShown } from '@throughline/domain/entry';
import type { EffectContext } from './effect-context.ts';
import type { Evidence, SignedStatement } from './signer/protocol.ts';

/** What the person at the endpoint signed when it answered these requests, as the record has it: also answers of this very transaction. */
export async function evidenceFor(ctx: EffectContext, approvalIds: readonly string[]): Promise<Evidence[]> {
  return (await decisionsOf(ctx, approvalIds)).map((said) => {
    const { approvalId, decision, reason, account, decidedAt, hash, signature, scope, shown, passkey } = said;
    const shared = { approvalId, decision, reason, account, at: Date.parse(decidedAt), hash, signature };
    return {
      ...shared,
      ...(scope === undefined ? {} : { scope }),
      ...(shown === undefined ? {} : { shown: signedOfShown(shown) }),
      ...(passkey === undefined ? {} : { passkey }),
    };
  });
}

export async function decisionOf(
  ctx: EffectContext,
  approvalId: string,
): Promise<EntryPayload<'approval_decided'> | undefined> {
  return (await decisionsOf(ctx, [approvalId]))[0];
}

async function decisionsOf(
  ctx: EffectContext,
  approvalIds: readonly string[],
): Promise<EntryPayload<'approval_decided'>[]> {
  const rows = await payloadsOf(ctx, 'approval_decided', approvalIds);
  return rows.map((payload) => payloadSchema('approval_decided').parse(payload));
}

/** What the endpoint signed of its owner's file, where the session runs unattended. */
export async function statementFor(
  ctx: EffectContext,
  approvalIds: readonly string[],
): Promise<SignedStatement | undefined> {
  const [payload] = await payloadsOf(ctx, 'unattended_allowed', approvalIds);
  if (payload === undefined) return undefined;
  const stated = payloadSchema('unattended_allowed').parse(payload);
  const { approvalId, hash, rule, policyLevel: level, policyVersion: version, classes, fileHash, signature } = stated;
  return { approvalId, hash, rule, level, version, classes, fileHash, at: Date.parse(stated.statedAt), signature };
}

async function payloadsOf(ctx: EffectContext, kind: EntryKind, approvalIds: readonly string[]): Promise<unknown[]> {
  const { rows } = await ctx.tx.query<{ payload: Buffer }>(
    `select p.payload from transcript_entry e
     join transcript_payload p on p.msp_id = e.msp_id and p.session_id = e.session_id and p.seq = e.seq
     where e.msp_id = $1 and e.session_id = $2 and e.key = any($3) and e.kind = $4`,
    [ctx.mspId, ctx.sessionId, approvalIds.map((id) => `decided:${id}`), kind],
  );
  return rows.map(({ payload }): unknown => JSON.parse(payload.toString('utf8')));
}
