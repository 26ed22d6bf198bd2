import { type EntryPayload, payloadSchema, signedOfShown } from '@throughline/domain/entry';
import type { EffectContext } from './effect-context.ts';
import type { Evidence } from './signer/protocol.ts';

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
  const { rows } = await ctx.tx.query<{ payload: Buffer }>(
    `select p.payload from transcript_entry e
     join transcript_payload p on p.msp_id = e.msp_id and p.session_id = e.session_id and p.seq = e.seq
     where e.msp_id = $1 and e.session_id = $2 and e.key = any($3)`,
    [ctx.mspId, ctx.sessionId, approvalIds.map((id) => `decided:${id}`)],
  );
  return rows.map(({ payload }) => payloadSchema('approval_decided').parse(JSON.parse(payload.toString('utf8'))));
}
