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
  const isBy = (userId: string) => effect.by.kind === 'user' && effect.by.id === userId;
  const kind = from === null ? 'assigned' : 'reassigned';
  const key = `assigned:${ctx.sessionId}:${seq}`;
  if (!isBy(effect.to)) await ctx.notify(effect.to, { key, kind, title: `Session ${number} is now yours: ${title}` });
  // Who gave it away knows.
  if (effect.from !== null && !isBy(effect.from))
    await ctx.notify(effect.from, {
      key: `unassigned:${ctx.sessionId}:${seq}`,
      kind,
      title: `Session ${number} went to ${to.name}.`,
    });
  await ctx.announce({ key, kind, title: `Session ${number} went to ${to.name}: ${title}` });
}

export async function accept(ctx: EffectContext, effect: Effect & { do: 'accept' }): Promise<void> {
  await ctx.append('accepted', `accepted:${effect.at}`, effect.by, effect.at, {});
}

/** Back in the queue: the dispatchers hear of it, and so does whoever let the time run out. */
export async function unassign(ctx: EffectContext, effect: Effect & { do: 'unassign' }): Promise<void> {
  const { from, why, by, at } = effect;
  const { name } = await ctx.person(from);
  const reason = await ctx.text(effect.reasonText);
  const { seq } = await ctx.append('unassigned', `unassigned:${at}:${from}`, by, at, {
    from: name,
    fromId: from,
    why,
    reason,
  });
  const { number, title } = await ctx.session();
  const key = `put_back:${ctx.sessionId}:${seq}`;
  const said = why === 'declined' ? `${name} declined it` : `${name} did not take it up in time`;
  const news = { key, kind: 'unassigned', title: `Session ${number} is back in the queue: ${said}. ${title}` } as const;
  const text = why === 'declined' ? { text: `${news.title} Reason: ${reason}` } : {};
  for (const userId of await ctx.dispatchers()) await ctx.notify(userId, { ...news, ...text }, seq);
  const late = `Session ${number} went back to the queue: you did not take it up in time.`;
  if (why === 'not_taken_up') await ctx.notify(from, { ...news, title: late }, seq);
  await ctx.announce(news, seq);
}

export async function hold(ctx: EffectContext, effect: Effect & { do: 'hold' }): Promise<void> {
  await ctx.append('hold', `hold:${effect.at}:${String(effect.held)}`, effect.by, effect.at, {
    held: effect.held,
    reason: await ctx.text(effect.reasonText),
  });
}

export async function escalate(ctx: EffectContext, effect: Effect & { do: 'escalate' }): Promise<void> {
  const to = await ctx.person(effect.to);
  const reason = await ctx.text(effect.reasonText);
  const { seq } = await ctx.append('escalated', `escalated:${effect.at}:${effect.to}`, effect.by, effect.at, {
    to: to.name,
    toId: effect.to,
    reason,
  });
  const { number, title } = await ctx.session();
  const key = `escalated:${ctx.sessionId}:${seq}`;
  await ctx.notify(effect.to, {
    key,
    kind: 'escalated',
    title: `Session ${number} was escalated to you: ${title}`,
    text: `Session ${number} was escalated to you: ${reason}`,
  });
  const news = { key, kind: 'escalated', title: `Session ${number} was escalated to ${to.name}: ${title}` } as const;
  // Managers answer to the client for it. Who escalated knows.
  for (const userId of await ctx.withRoles(['manager']))
    if (userId !== effect.to && !(effect.by.kind === 'user' && effect.by.id === userId))
      await ctx.notify(userId, { ...news, text: `${news.title}. Reason: ${reason}` });
  await ctx.announce(news);
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
