import { assertNever } from '@throughline/domain/assert-never';
import type { Effect } from '@throughline/domain/effect';
import { lockAhead } from '@throughline/store/session-store';
import { publish } from '@throughline/store/notify';
import { withTenant } from '@throughline/store/tenant';
import type { SessionPort } from '@throughline/workflows/ports';
import type { Pool } from 'pg';
import { EffectContext } from './effect-context.ts';
import * as approval from './effects/approval.ts';
import * as assignment from './effects/assignment.ts';
import * as command from './effects/command.ts';
import * as ending from './effects/ending.ts';
import * as input from './effects/input.ts';
import * as opening from './effects/opening.ts';
import * as rights from './effects/rights.ts';
import type { EnvelopeSigner } from './envelope-signer.ts';

/** The activity behind every step of a session: one transaction, all of it or nothing, harmless when repeated. */
export function createApplyEffects(deps: {
  pool: Pool;
  signer: EnvelopeSigner;
  mails: boolean;
}): SessionPort['applyEffects'] {
  return ({ mspId, sessionId, effects, updates = [] }) =>
    withTenant(deps.pool, { mspId, clients: '*' }, async (tx) => {
      // One writer at a time per session, in the order the workflow gave: a retry never overtakes.
      await lockAhead(tx, sessionId);
      const ctx = new EffectContext(tx, mspId, sessionId, deps.signer, deps.mails);
      ctx.foresee(effects);
      for (const effect of effects) await applyOne(ctx, effect);
      for (const update of updates) await publish(tx, { k: 'step', m: mspId, s: sessionId, a: update });
    });
}

function applyOne(ctx: EffectContext, effect: Effect): Promise<void> {
  switch (effect.do) {
    case 'open':
      return opening.open(ctx, effect);
    case 'start':
      return opening.start(ctx, effect);
    case 'presence':
      return opening.presence(ctx, effect);
    case 'assign':
      return assignment.assign(ctx, effect);
    case 'accept':
      return assignment.accept(ctx, effect);
    case 'unassign':
      return assignment.unassign(ctx, effect);
    case 'command_rights':
      return rights.move(ctx, effect);
    case 'hold':
      return assignment.hold(ctx, effect);
    case 'sla_pause':
      return ending.slaPause(ctx, effect);
    case 'escalate':
      return assignment.escalate(ctx, effect);
    case 'set_priority':
      return assignment.setPriority(ctx, effect);
    case 'set_sla':
      return assignment.setSla(ctx, effect);
    case 'ask':
      return approval.ask(ctx, effect);
    case 'nudge':
      return approval.nudge(ctx, effect);
    case 'decide':
      return approval.decided(ctx, effect);
    case 'cite':
      return approval.cited(ctx, effect);
    case 'end_scope':
      return approval.scopeEnded(ctx, effect);
    case 'ignore_decision':
      return approval.ignored(ctx, effect);
    case 'end_approval':
      return approval.ended(ctx, effect);
    case 'record_policy':
      return command.recordPolicy(ctx, effect);
    case 'dispatch':
      return command.dispatch(ctx, effect);
    case 'end_command':
      return command.endCommand(ctx, effect);
    case 'expire_unsent':
      return command.expireUnsent(ctx, effect);
    case 'cancel':
      return command.cancel(ctx, effect);
    case 'send_input':
      return input.sendInput(ctx, effect);
    case 'sla':
      return ending.sla(ctx, effect);
    case 'complete':
      return ending.complete(ctx, effect);
    case 'project':
      return ending.project(ctx, effect);
    default:
      return assertNever(effect);
  }
}
