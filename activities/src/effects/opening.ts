import type { Effect } from '@throughline/domain/effect';
import { zSessionDetails } from '@throughline/domain/session-details';
import { endpointFacts, factsPayload } from '@throughline/store/endpoint-facts-store';
import { nextSessionNumber } from '@throughline/store/session-store';
import { checkSlaOfNew } from '@throughline/store/sla-store';
import type { EffectContext } from '../effect-context.ts';

/** Makes the session's row and its first entry. A ticket that has a session already keeps that one. */
export async function open(ctx: EffectContext, effect: Effect & { do: 'open' }): Promise<void> {
  const { clientId, endpointId, detailsText, priority, by } = effect.open;
  const details = zSessionDetails.parse(JSON.parse(await ctx.text(detailsText)));
  const known = await ctx.tx.query('select 1 from session where msp_id = $1 and id = $2', [ctx.mspId, ctx.sessionId]);
  if (known.rowCount === 0) {
    const number = await nextSessionNumber(ctx.tx, ctx.mspId);
    await ctx.tx.query(
      `insert into session (msp_id, id, number, client_id, endpoint_id, title, request, requester, channel, status, waiting_on, priority,
         psa_connection_id, ticket_id, opened_at, follows_id)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'unstarted', 'assignee', $10, $11, $12, to_timestamp($13 / 1000.0), $14)`,
      [
        ctx.mspId,
        ctx.sessionId,
        number,
        clientId,
        endpointId,
        details.title,
        details.request,
        details.requester,
        details.channel,
        priority,
        details.ticket?.connectionId ?? null,
        details.ticket?.externalId ?? null,
        effect.at,
        details.follows?.sessionId ?? null,
      ],
    );
  }
  if (effect.slaVersions !== undefined)
    await checkSlaOfNew(ctx.tx, ctx.mspId, { id: ctx.sessionId, clientId }, effect.slaVersions);
  const session = await ctx.session();
  const endpoint = await ctx.endpoint();
  await ctx.append('opened', 'opened', by, effect.at, {
    number: session.number,
    title: details.title,
    request: details.request,
    requester: details.requester,
    channel: details.channel,
    priority,
    clientName: endpoint.client_name,
    endpointName: endpoint.name,
    simulated: endpoint.simulated,
    ticket: details.ticket,
    ...(details.follows === undefined ? {} : { follows: details.follows }),
  });
  if (by.kind !== 'psa') return;
  const key = `opened:${ctx.sessionId}`;
  const title = `New ticket for ${endpoint.name}: ${details.title}`;
  for (const userId of await ctx.dispatchers()) await ctx.notify(userId, { key, kind: 'ticket', title });
  await ctx.announce({ key, kind: 'ticket', title });
}

export async function start(ctx: EffectContext, effect: Effect & { do: 'start' }): Promise<void> {
  const reason = await ctx.text(effect.reasonText);
  await ctx.append('started', `started:${effect.at}`, effect.by, effect.at, { reason });
  await ctx.tx.query('update session set reason = $3 where msp_id = $1 and id = $2', [
    ctx.mspId,
    ctx.sessionId,
    reason,
  ]);
  // The api asked the endpoint just before (api/src/sessions/facts.ts); one that could not answer is shown as it last was.
  const row = await endpointFacts(ctx.tx, ctx.mspId, (await ctx.session()).endpoint_id);
  const payload = row === null ? null : factsPayload(row, new Date(effect.at));
  if (payload !== null) await ctx.append('endpoint_facts', 'facts:start', { kind: 'system' }, effect.at, payload);
}

export async function presence(ctx: EffectContext, effect: Effect & { do: 'presence' }): Promise<void> {
  const endpoint = await ctx.endpoint();
  await ctx.append('presence', `presence:${effect.at}:${String(effect.online)}`, { kind: 'system' }, effect.at, {
    online: effect.online,
    runtimeLabel: endpoint.runtime_label ?? '',
  });
}
