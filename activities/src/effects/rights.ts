import type { Effect } from '@throughline/domain/effect';
import type { EffectContext } from '../effect-context.ts';

/** Command rights go to another person: both hear of it, unless it was their own step. */
export async function move(ctx: EffectContext, effect: Effect & { do: 'command_rights' }): Promise<void> {
  const to = await ctx.person(effect.to);
  const from = effect.from === null ? null : await ctx.person(effect.from);
  const { seq } = await ctx.append('command_rights', `command_rights:${effect.at}:${effect.to}`, effect.by, effect.at, {
    from: from?.name ?? null,
    to: to.name,
    toId: effect.to,
    why: effect.why,
  });
  const { number } = await ctx.session();
  const by = effect.by.kind === 'user' ? effect.by.id : null;
  const kind = 'command_rights';
  const key = `command_rights:${ctx.sessionId}:${seq}`;
  if (effect.from !== null && effect.from !== by)
    await ctx.notify(effect.from, { key, kind, title: `Session ${number}: ${to.name} has command rights now.` }, seq);
  if (effect.to !== by)
    await ctx.notify(effect.to, { key, kind, title: `Session ${number}: you have command rights now.` }, seq);
}
