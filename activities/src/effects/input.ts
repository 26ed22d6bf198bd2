import { createHash } from 'node:crypto';
import type { Effect } from '@throughline/domain/effect';
import { INPUT_LIFETIME_MS, type InputOrder, inputOrderBytes } from '@throughline/domain/input-order';
import { inputTold, insertInput, nextInputSeq } from '@throughline/store/command-input-store';
import { publish } from '@throughline/store/notify';
import type { EffectContext } from '../effect-context.ts';
import { type SignedEnvelope, SignerRefusal } from '../envelope-signer.ts';

/** Signs what a technician typed into a running command and leaves it for whoever holds the runtime's socket. Keyed by its id: typed once, given once. */
export async function sendInput(ctx: EffectContext, effect: Effect & { do: 'send_input' }): Promise<void> {
  const { commandId, inputId, end, at } = effect;
  if (effect.by.kind !== 'user') throw new Error('only a person types into a command');
  const seq = await nextInputSeq(ctx.tx, ctx.mspId, commandId, inputId);
  const { rows } = await ctx.tx.query<{ runtime_id: string }>(
    'select runtime_id from command_outbox where msp_id = $1 and command_id = $2 and settled_at is null',
    [ctx.mspId, commandId],
  );
  const runtimeId = rows[0]?.runtime_id;
  // Repeated, or the command ended meanwhile: then there is nobody to answer.
  if (seq === null || runtimeId === undefined) return;
  const text = await ctx.text(effect.inputText);
  const notAfter = at + INPUT_LIFETIME_MS;
  const order: InputOrder = {
    v: 1,
    mspId: ctx.mspId,
    runtimeId,
    endpointId: (await ctx.endpoint()).id,
    sessionId: ctx.sessionId,
    commandId,
    seq,
    text,
    end,
    notAfter,
    technician: (await ctx.person(effect.by.id)).name,
  };
  const signed = await signedOrRefused(ctx, order);
  await insertInput(ctx.tx, ctx.mspId, {
    ...{ id: inputId, sessionId: ctx.sessionId, commandId, runtimeId, seq, text, ends: end, notAfter },
    ...{ typedBy: effect.by.id, typedAt: at, order: signed.bytes, signature: signed.signature },
  });
  await ctx.append('command_input', `input:${inputId}`, effect.by, at, {
    ...{ commandId, input: seq, text, end, orderHash: signed.hash },
  });
  if (signed.refused !== null) {
    await inputTold(ctx.tx, ctx.mspId, runtimeId, { commandId, seq, given: false, words: signed.refused });
    await ctx.append('command_input_told', `input_told:${commandId}:${seq}`, { kind: 'system' }, at, {
      ...{ commandId, input: seq, given: false, words: signed.refused },
    });
  } else await publish(ctx.tx, { k: 'input', m: ctx.mspId, s: ctx.sessionId, r: runtimeId, c: commandId });
  await publish(ctx.tx, { k: 'command', m: ctx.mspId, s: ctx.sessionId, c: commandId });
}

/** What the signer refuses is kept with its words and without a signature, as an answer that was not given. */
async function signedOrRefused(
  ctx: EffectContext,
  order: InputOrder,
): Promise<SignedEnvelope & { refused: string | null }> {
  try {
    return { ...(await ctx.signer.signInput(order)), refused: null };
  } catch (error) {
    if (!(error instanceof SignerRefusal)) throw error;
    const bytes = Buffer.from(inputOrderBytes(order));
    const hash = createHash('sha256').update(bytes).digest('hex');
    const refused = `The signer refused it (${error.code}), so it was not given. ${error.message}`;
    return { bytes, signature: Buffer.alloc(0), hash, refused };
  }
}
