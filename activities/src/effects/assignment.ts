import type { Effect } from '@throughline/domain/effect';
import type { EffectContext } from '../effect-context.ts';

export async function assign(ctx: EffectContext, effect: Effect & { do: 'assign' }): Promise<void> {
  const to = await ctx.person(effect.to);
  const from = effect.from === null ? null : await ctx.person(effect.from);
  const { seq } = await ctx.append('assigned', `assigned:${effect.at}:${effect.to}`, effect.by, effect.at, {
    from: from?.name ?? null,
    to: to.name,
    toId: effect.to,
    reason: await ctx.text(effect.reasonText),
  });
  const { number, title } = await ctx.session();
  const self = effect.by.kind === 'user' && effect.by.id === effect.to;
  if (!self) {
    const word = from === null ? 'assigned' : 'reassigned';
    await ctx.notify(effect.to, `assigned:${ctx.sessionId}:${seq}`, word, `Session ${number} is now yours: ${title}`);
  }
  if (effect.from !== null)
    await ctx.notify(
      effect.from,
      `unassigned:${ctx.sessionId}:${seq}`,
      'reassigned',
      `Session ${number} went to ${to.name}.`,
    );
}

export async function escalate(ctx: EffectContext, effect: Effect & { do: 'escalate' }): Promise<void> {
  const to = await ctx.person(effect.to);
  const reason = await ctx.text(effect.reasonText);
  const { seq } = await ctx.append('escalated', `escalated:${effect.at}:${effect.to}`, effect.by, effect.at, {
    to: to.name,
    toId: effect.to,
    reason,
  });
  const { number } = await ctx.session();
  await ctx.notify(
    effect.to,
    `escalated:${ctx.sessionId}:${seq}`,
    'escalated',
    `Session ${number} was escalated to you: ${reason}`,
  );
}

export async function setPriority(ctx: EffectContext, effect: Effect & { do: 'set_priority' }): Promise<void> {
  await ctx.append('priority', `priority:${effect.at}`, effect.by, effect.at, {
    from: effect.from,
    to: effect.to,
    reason: await ctx.text(effect.reasonText),
  });
}

export async function setSla(ctx: EffectContext, effect: Effect & { do: 'set_sla' }): Promise<void> {
  const { organisation, client_group: clientGroup, client } = effect.versions;
  const key = `sla_policy:${organisation}.${clientGroup}.${client}`;
  await ctx.append('sla_policy', key, effect.by, effect.at, {
    organisation,
    clientGroup,
    client,
    changes: effect.changes,
  });
}
