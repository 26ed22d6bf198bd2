import { randomUUID } from 'node:crypto';
import type { Effect } from '@throughline/domain/effect';
import { TOLD_AT_FIRST } from '@throughline/domain/sla';
import { publish } from '@throughline/store/notify';
import { write } from '@throughline/store/tenant';
import { type EffectContext, isoTime } from '../effect-context.ts';

export async function complete(ctx: EffectContext, effect: Effect & { do: 'complete' }): Promise<void> {
  const note = effect.noteText === null ? effect.words : await ctx.text(effect.noteText);
  const notVerified = effect.notVerifiedText === null ? null : await ctx.text(effect.notVerifiedText);
  await ctx.append('completed', 'completed', effect.by, effect.at, {
    outcome: effect.outcome,
    note,
    verification: effect.verification,
    notVerifiedBecause: notVerified,
  });
  await ctx.tx.query(
    `update session set note = $3, verification = $4, not_verified_because = $5, completed_at = coalesce(completed_at, to_timestamp($6 / 1000.0))
     where msp_id = $1 and id = $2`,
    [ctx.mspId, ctx.sessionId, note, effect.verification, notVerified, effect.at],
  );
  await queueNote(ctx, effect.outcome, note);
}

/** One note for the ticket, whatever is retried: unique per session, sent by the note pump until the PSA has it. */
async function queueNote(ctx: EffectContext, outcome: string, note: string): Promise<void> {
  const session = await ctx.session();
  if (session.psa_connection_id === null || session.ticket_id === null) return;
  const { rowCount } = await ctx.tx.query(
    `insert into psa_note (msp_id, id, session_id, connection_id, ticket_id, body)
     select $1, $2, $3, c.id, $5, $6 from psa_connection c
     where c.msp_id = $1 and c.id = $4 and c.note_url is not null
     on conflict do nothing`,
    [
      ctx.mspId,
      randomUUID(),
      ctx.sessionId,
      session.psa_connection_id,
      session.ticket_id,
      `Throughline session ${session.number}: ${outcome.replaceAll('_', ' ')}.\n\n${note}`,
    ],
  );
  if (rowCount === 1) await publish(ctx.tx, { k: 'note', m: ctx.mspId, s: ctx.sessionId });
}

const MARK_WORDS = {
  warn: 'is near its limit',
  breach: 'is over its limit',
  escalate: 'needs you: its clock has run too long',
};

export async function sla(ctx: EffectContext, effect: Effect & { do: 'sla' }): Promise<void> {
  const { approval } = effect;
  const key = approval === undefined ? `sla:${effect.clock}:${effect.mark}` : `sla:${approval.id}:${effect.mark}`;
  const { seq, isNew } = await ctx.append('sla', key, { kind: 'system' }, effect.at, {
    clock: effect.clock,
    mark: effect.mark,
    dueAt: isoTime(effect.dueAt),
    startedAt: isoTime(effect.startedAt),
    ...(approval && { approval }),
  });
  if (!isNew || effect.mark === 'met') return;
  const { number, assignee_id, title } = await ctx.session();
  const told = effect.tell ?? TOLD_AT_FIRST;
  const roles = told.filter((who) => who !== 'assignee');
  const people = new Set(await ctx.withRoles(roles));
  if (told.includes('assignee') && assignee_id !== null) people.add(assignee_id);
  const waits = effect.clock === 'consent_wait';
  const clock = approval !== undefined ? 'a command waits for a yes' : waits ? 'waiting for consent' : effect.clock;
  const news = {
    // Of a command's request each person is told once, at the first mark that is theirs; the row shows the rest.
    key: approval === undefined ? `sla:${ctx.sessionId}:${effect.clock}:${effect.mark}` : `waits:${approval.id}`,
    kind: waits ? ('approval_waiting' as const) : ('sla' as const),
    title: `Session ${number} ${MARK_WORDS[effect.mark]} (${clock}): ${title}`,
  };
  for (const userId of people) await ctx.notify(userId, news, seq);
  await ctx.announce(news, seq);
}

export async function slaPause(ctx: EffectContext, effect: Effect & { do: 'sla_pause' }): Promise<void> {
  const { clocks, paused, why, at } = effect;
  await ctx.append('sla_pause', `sla_pause:${at}:${String(paused)}`, { kind: 'system' }, at, { clocks, paused, why });
}

/** Keeps the session's row as the workflow sees it: a picture for lists, never the truth of the record. */
export async function project(ctx: EffectContext, effect: Effect & { do: 'project' }): Promise<void> {
  await write(
    ctx.tx,
    `update session set status = $3, outcome = $4, waiting_on = $5, priority = $6, escalated = $7, assignee_id = $8, clocks = $9,
       holder_id = $10, assignments = $11, awaits_acceptance = $12, accept_by = to_timestamp($13 / 1000.0), on_hold_since = to_timestamp($14 / 1000.0)
     where msp_id = $1 and id = $2`,
    [
      ctx.mspId,
      ctx.sessionId,
      effect.status,
      effect.outcome,
      effect.waitingOn,
      effect.priority,
      effect.escalated,
      effect.assigneeId,
      effect.clocks,
      effect.holderId ?? null,
      effect.assignments ?? 0,
      effect.awaiting != null,
      effect.awaiting?.until ?? null,
      effect.onHoldSince ?? null,
    ],
  );
  await publish(ctx.tx, {
    k: 'session',
    m: ctx.mspId,
    s: ctx.sessionId,
    e: (await ctx.session()).endpoint_id,
    n: effect.status === 'completed' ? 1 : 0,
  });
}
