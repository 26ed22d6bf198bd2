import type { Effect } from '@throughline/domain/effect';
import { type Envelope, envelopeFor } from '@throughline/domain/envelope';
import { keepVerdict, setCommandState } from '@throughline/store/command-store';
import { publish } from '@throughline/store/notify';
import { queueReport } from '@throughline/store/report-store';
import { write } from '@throughline/store/tenant';
import type { EffectContext } from '../effect-context.ts';
import { type SignedEnvelope, SignerRefusal } from '../envelope-signer.ts';
import { type Proof, proofFor } from '../evidence.ts';

export async function recordPolicy(ctx: EffectContext, effect: Effect & { do: 'record_policy' }): Promise<void> {
  const { verdict, rule, policyVersion, policyLevel, words } = effect;
  const judged = { verdict, rule, policyVersion, ...(policyLevel && { policyLevel }), words };
  const command = await ctx.command(effect.commandId);
  await keepVerdict(ctx.tx, ctx.mspId, effect.commandId, judged);
  await ctx.note('command_policy', `policy:${effect.commandId}`, { kind: 'system' }, effect.at, {
    commandId: effect.commandId,
    risk: command.risk,
    riskWhy: command.risk_why,
    ...judged,
    actionHash: command.action_hash,
  });
}

/**
 * Writes the signed order into the outbox, keyed by the command's own id: however often this is retried, there is one order.
 * Whoever holds the runtime's socket sends it.
 */
export async function dispatch(ctx: EffectContext, effect: Effect & { do: 'dispatch' }): Promise<void> {
  // Asked together, as is what follows: each answer that is waited for alone keeps the order back a millisecond.
  const [command, order] = await Promise.all([ctx.command(effect.commandId), ctx.orderOf(effect.commandId)]);
  if (order !== undefined) {
    // A workflow that was set back orders again what has ended long ago: it must hear of the end once more.
    if (order.settled)
      await queueReport(
        ctx.tx,
        ctx.mspId,
        ctx.sessionId,
        `finished:${effect.commandId}:${effect.at}`,
        finished(effect.commandId),
      );
    return;
  }
  const [runtime, proposer, proof] = await Promise.all([
    takeCounter(ctx),
    ctx.person(command.proposed_by),
    proofFor(
      ctx,
      effect.approvals.map((approval) => approval.id),
    ),
  ]);
  if (runtime === null) {
    await end(ctx, effect.commandId, 'expired_unsent', 'The endpoint is retired, so nothing was sent.', effect.at);
    await queueReport(ctx.tx, ctx.mspId, ctx.sessionId, `finished:${effect.commandId}`, finished(effect.commandId));
    return;
  }
  const about = {
    mspId: ctx.mspId,
    runtimeId: runtime.id,
    endpointId: runtime.endpointId,
    sessionId: ctx.sessionId,
    commandId: effect.commandId,
    counter: runtime.counter,
    notBefore: effect.at - 60_000,
    notAfter: effect.notAfter,
    risk: command.risk,
    actionHash: command.action_hash,
    approvals: effect.approvals,
    technician: proposer.name,
  };
  const envelope = envelopeFor(command.spec, about, effect.unattended);
  const signed = await signedOrder(ctx, effect, envelope, proof);
  if (signed === null) return;
  await write(
    ctx.tx,
    `insert into command_outbox (msp_id, command_id, session_id, runtime_id, counter, envelope, signature, not_after)
     values ($1, $2, $3, $4, $5, $6, $7, to_timestamp($8 / 1000.0)) on conflict do nothing`,
    [
      ctx.mspId,
      effect.commandId,
      ctx.sessionId,
      runtime.id,
      runtime.counter,
      signed.bytes,
      signed.signature,
      effect.notAfter,
    ],
  );
  await write(
    ctx.tx,
    `update command set state = 'dispatched', dispatched_at = coalesce(dispatched_at, now())
     where msp_id = $1 and id = $2 and state in ('proposed', 'waiting_approval', 'queued')`,
    [ctx.mspId, effect.commandId],
  );
  await ctx.note('command_dispatched', `dispatched:${effect.commandId}`, { kind: 'system' }, effect.at, {
    commandId: effect.commandId,
    envelopeHash: signed.hash,
    counter: runtime.counter,
  });
  await publish(ctx.tx, { k: 'outbox', m: ctx.mspId, s: ctx.sessionId, r: runtime.id, c: effect.commandId });
}

/** Null when the signer said no: that is final, ends the command, and must not hold up the session. One that is away passes: the batch is tried again. */
async function signedOrder(
  ctx: EffectContext,
  { commandId, at }: Effect & { do: 'dispatch' },
  envelope: Envelope,
  { evidence, statement }: Proof,
): Promise<SignedEnvelope | null> {
  try {
    return await ctx.signer.sign(envelope, evidence, statement);
  } catch (error) {
    if (!(error instanceof SignerRefusal)) throw error;
    const words = `The signer refused the order (${error.code}), so nothing was sent. ${error.message}`;
    await end(ctx, commandId, 'denied', words, at);
    await queueReport(ctx.tx, ctx.mspId, ctx.sessionId, `finished:${commandId}`, finished(commandId));
    return null;
  }
}

export async function endCommand(ctx: EffectContext, effect: Effect & { do: 'end_command' }): Promise<void> {
  await end(ctx, effect.commandId, effect.state, effect.words, effect.at);
}

/** The order's time to start has run out. Nothing to do where the runtime took it; else it ends here, and the runtime would refuse it too. */
export async function expireUnsent(ctx: EffectContext, effect: Effect & { do: 'expire_unsent' }): Promise<void> {
  const { rowCount } = await ctx.tx.query(
    `update command_outbox set settled_at = now()
     where msp_id = $1 and command_id = $2 and accepted_at is null and settled_at is null`,
    [ctx.mspId, effect.commandId],
  );
  if (rowCount !== 1) return;
  await end(
    ctx,
    effect.commandId,
    'expired_unsent',
    'The endpoint was out of reach until the order expired. It never ran.',
    effect.at,
  );
  await queueReport(ctx.tx, ctx.mspId, ctx.sessionId, `finished:${effect.commandId}`, finished(effect.commandId));
}

export async function cancel(ctx: EffectContext, effect: Effect & { do: 'cancel' }): Promise<void> {
  const { rows } = await ctx.tx.query<{ runtime_id: string | null }>(
    `update command c set cancel_requested_at = coalesce(c.cancel_requested_at, now())
     where c.msp_id = $1 and c.id = $2
     returning (select o.runtime_id from command_outbox o where o.msp_id = c.msp_id and o.command_id = c.id) as runtime_id`,
    [ctx.mspId, effect.commandId],
  );
  await ctx.append('command_cancel', `cancel:${effect.commandId}`, effect.by, effect.at, {
    commandId: effect.commandId,
  });
  const runtimeId = rows[0]?.runtime_id ?? null;
  if (runtimeId !== null)
    await publish(ctx.tx, { k: 'cancel', m: ctx.mspId, s: ctx.sessionId, r: runtimeId, c: effect.commandId });
}

const finished = (commandId: string) => ({ type: 'command', report: { commandId, state: 'finished' } }) as const;

async function end(
  ctx: EffectContext,
  commandId: string,
  state: 'denied' | 'expired_unsent' | 'cancelled',
  words: string,
  at: number,
): Promise<void> {
  await setCommandState(ctx.tx, ctx.mspId, commandId, state, words);
  await ctx.append('command_verdict', `verdict:${commandId}`, { kind: 'system' }, at, { commandId, state, words });
  await publish(ctx.tx, { k: 'command', m: ctx.mspId, s: ctx.sessionId, c: commandId });
}

async function takeCounter(ctx: EffectContext): Promise<{ id: string; endpointId: string; counter: number } | null> {
  const { endpoint_id } = await ctx.session();
  const { rows } = await ctx.tx.query<{ id: string; counter: number }>(
    `update runtime r set command_counter = r.command_counter + 1
     from endpoint e
     where e.msp_id = $1 and e.id = $2 and e.retired_at is null and r.msp_id = e.msp_id and r.id = e.runtime_id and r.revoked_at is null
     returning r.id, r.command_counter as counter`,
    [ctx.mspId, endpoint_id],
  );
  const row = rows[0];
  return row === undefined ? null : { id: row.id, endpointId: endpoint_id, counter: row.counter };
}
