import { runAsText } from '@throughline/domain/command';
import type { Decision, Effect } from '@throughline/domain/effect';
import type { ShownEntry } from '@throughline/domain/entry';
import { type KeptLink, zKeptLink } from '@throughline/domain/approval-link';
import { type KeptAssertion, zKeptAssertion } from '@throughline/domain/passkey';
import { promptWords, shownReason } from '@throughline/domain/prompt/prompt-words';
import { spokenCode } from '@throughline/domain/spoken-code';
import { scopeWords } from '@throughline/domain/approval-scope';
import { unattendedWords } from '@throughline/domain/policy/document';
import { asksApprover } from '@throughline/domain/policy/strong-rule';
import { approvalById } from '@throughline/store/approval-store';
import { type AskedApprover, askedApprovers, mailApprovers } from '@throughline/store/asked-approver-store';
import { audit } from '@throughline/store/audit-store';
import { commandById } from '@throughline/store/command-store';
import { publish } from '@throughline/store/notify';
import { sha256 } from '@throughline/store/record-store';
import { type EffectContext, isoTime } from '../effect-context.ts';
import { reminderDone } from './reminder-done.ts';
import { decisionOf } from '../evidence.ts';

/** Puts the question to the person at the endpoint: a row that the gateway sends to the prompt page. */
export async function ask(ctx: EffectContext, effect: Effect & { do: 'ask' }): Promise<void> {
  const session = await ctx.session();
  const endpoint = await ctx.endpoint();
  const technician = await ctx.person(effect.technicianId);
  const scope = { mspId: ctx.mspId, clients: '*' as const };
  const command = effect.commandId === null ? null : await commandById(ctx.tx, scope, effect.commandId);
  const reason = command?.reason ?? (await ctx.text(effect.reasonText));
  const words = promptWords({
    kind: effect.kind,
    technician: technician.name,
    endpoint: endpoint.name,
    risk: command?.risk ?? null,
    riskWhy: command?.risk_why ?? '',
    runAs: command === null ? null : runAsText(command.spec.runAs),
    input: command?.spec.input === true,
    file: command?.spec.file,
  });
  const code = spokenCode(sha256, {
    approvalId: effect.approvalId,
    kind: effect.kind,
    hash: effect.hash,
    technician: technician.name,
    reason: shownReason(reason),
  });
  const { rowCount } = await ctx.tx.query(
    `insert into approval_request (msp_id, id, session_id, command_id, kind, hash, title, reason, changes, unchanged, undo, code, state,
       technician_id, requested_at, expires_at, unattended)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'waiting', $13, to_timestamp($14 / 1000.0), to_timestamp($15 / 1000.0), $16)
     on conflict do nothing`,
    [
      ctx.mspId,
      effect.approvalId,
      ctx.sessionId,
      effect.commandId,
      effect.kind,
      effect.hash,
      words.title,
      reason,
      words.changes,
      words.unchanged,
      words.undo,
      code,
      effect.technicianId,
      effect.at,
      effect.expiresAt,
      effect.unattended ?? null,
    ],
  );
  if (rowCount === 0) return;
  await ctx.append(
    'approval_requested',
    `asked:${effect.approvalId}`,
    { kind: 'user', id: effect.technicianId },
    effect.at,
    {
      approvalId: effect.approvalId,
      kind: effect.kind,
      commandId: effect.commandId,
      hash: effect.hash,
      title: words.title,
      reason,
      changes: words.changes,
      code,
      expiresAt: isoTime(effect.expiresAt),
    },
  );
  if (effect.commandId !== null)
    await ctx.tx.query(
      `update command set state = 'waiting_approval', approval_id = $3 where msp_id = $1 and id = $2`,
      [ctx.mspId, effect.commandId, effect.approvalId],
    );
  await publish(ctx.tx, { k: 'prompt', m: ctx.mspId, s: ctx.sessionId, e: session.endpoint_id, a: effect.approvalId });
}

/** Asks whoever is waited for again: the person at the device there, a named approver by mail and on their own page. */
export async function nudge(ctx: EffectContext, effect: Effect & { do: 'nudge' }): Promise<void> {
  const { approvalId, count, by, at } = effect;
  const approvers = await approversAsked(ctx, approvalId);
  const { isNew } = await ctx.append('approval_nudged', `nudged:${approvalId}:${count}`, by, at, {
    approvalId,
    count,
    ...(approvers && { approvers: approvers.map(({ name }) => name) }),
  });
  await ctx.tx.query(
    'update approval_request set nudges = $3, nudged_at = to_timestamp($4 / 1000.0) where msp_id = $1 and id = $2',
    [ctx.mspId, approvalId, count, at],
  );
  if (approvers === null) {
    const { endpoint_id } = await ctx.session();
    return publish(ctx.tx, { k: 'prompt', m: ctx.mspId, s: ctx.sessionId, e: endpoint_id, a: approvalId });
  }
  if (isNew) {
    if (ctx.mails) await mailApprovers(ctx.tx, ctx.mspId, approvalId, approvers);
    const who = await ctx.actor(by);
    const reminded = { approvalId, count, ...reminderDone(approvers, ctx.mails) };
    const { number } = await ctx.session();
    const email = who.kind === 'user' ? who.email : who.kind;
    await audit(ctx.tx, ctx.mspId, email, 'approver.reminded', `session ${number}`, reminded);
  }
  await publishApproval(ctx, approvalId);
}

/** Who could answer, where a named approver is asked; null: the person at the device is. */
async function approversAsked(ctx: EffectContext, approvalId: string): Promise<AskedApprover[] | null> {
  const approval = await approvalById(ctx.tx, { mspId: ctx.mspId, clients: '*' }, approvalId);
  if (!asksApprover(approval?.rule)) return null;
  return (await askedApprovers(ctx.tx, ctx.mspId, [approvalId])).get(approvalId) ?? [];
}

export async function decided(ctx: EffectContext, effect: Effect & { do: 'decide' }): Promise<void> {
  const { decision } = effect;
  if (decision.unattended !== undefined) return runsByPolicy(ctx, effect, decision.unattended);
  const reason = await ctx.text(decision.reasonText);
  const { rows } = await ctx.tx.query<{ shown_at: Date | null }>(
    `update approval_request set state = $3, decided_at = to_timestamp($4 / 1000.0), account = $5, answer_reason = $6, channel = $7
     where msp_id = $1 and id = $2 and state = 'waiting' returning shown_at`,
    [
      ctx.mspId,
      effect.approvalId,
      decision.decision === 'approve' ? 'approved' : 'denied',
      effect.at,
      decision.account,
      reason,
      decision.channel,
    ],
  );
  const by = { kind: 'end_user' as const, account: decision.account };
  const shown = await shownEntry(ctx, effect.approvalId, decision.shown);
  const passkey = await passkeyOf(ctx, decision);
  const link = await linkOf(ctx, decision);
  const { seq, isNew } = await ctx.append('approval_decided', `decided:${effect.approvalId}`, by, effect.at, {
    approvalId: effect.approvalId,
    kind: effect.kind,
    commandId: effect.commandId,
    decision: decision.decision,
    reason,
    channel: decision.channel,
    account: decision.account,
    hash: decision.hash,
    requestedAt: isoTime(effect.requestedAt),
    shownAt: rows[0]?.shown_at?.toISOString() ?? null,
    decidedAt: isoTime(decision.decidedAt),
    signature: decision.signature,
    ...(decision.scope === undefined ? {} : { scope: decision.scope }),
    ...(shown === undefined ? {} : { shown }),
    ...(passkey === undefined ? {} : { passkey }),
    ...(link === undefined ? {} : { link }),
  });
  if (effect.kind === 'session' && decision.decision === 'approve')
    await ctx.tx.query(
      'update session set consent_at = coalesce(consent_at, to_timestamp($3 / 1000.0)) where msp_id = $1 and id = $2',
      [ctx.mspId, ctx.sessionId, effect.at],
    );
  if (isNew) {
    const approved = decision.decision === 'approve';
    const said = approved || reason === '' ? '' : `: “${reason}”`;
    await tellOfApproval(ctx, effect, seq, {
      kind: 'approval',
      title: (number) => `Session ${number}: ${decision.account} ${approved ? 'approved' : 'denied'}`,
      more: said,
    });
  }
  await publishApproval(ctx, effect.approvalId);
}

/** Tells whoever waits for the answer: who has the session, and whoever proposed the command where that is somebody else. */
async function tellOfApproval(
  ctx: EffectContext,
  { approvalId, commandId }: { approvalId: string; commandId: string | null },
  seq: number,
  news: { kind: 'approval' | 'approval_waiting'; title: (number: number) => string; more: string },
): Promise<void> {
  const { assignee_id, number } = await ctx.session();
  const people = new Set(assignee_id === null ? [] : [assignee_id]);
  if (commandId !== null) people.add((await approvalAsker(ctx, approvalId)) ?? '');
  people.delete('');
  const { kind } = news;
  const title = news.title(number);
  const key = `${kind === 'approval' ? 'decided' : 'expired'}:${approvalId}`;
  for (const userId of people) await ctx.notify(userId, { key, kind, title, text: title + news.more }, seq);
  await ctx.announce({ key, kind, title }, seq);
}

async function approvalAsker(ctx: EffectContext, approvalId: string): Promise<string | null> {
  const { rows } = await ctx.tx.query<{ technician_id: string }>(
    'select technician_id from approval_request where msp_id = $1 and id = $2',
    [ctx.mspId, approvalId],
  );
  return rows[0]?.technician_id ?? null;
}

/** The endpoint stated that its owner's file lets the session run unattended: nobody was asked, and the record says so. */
async function runsByPolicy(
  ctx: EffectContext,
  { approvalId, decision, requestedAt, at }: Effect & { do: 'decide' },
  { rule, level, version, classes, fileHash }: NonNullable<Decision['unattended']>,
): Promise<void> {
  await ctx.tx.query(
    `update approval_request set state = 'approved', decided_at = to_timestamp($3 / 1000.0), account = null, channel = 'policy'
     where msp_id = $1 and id = $2 and state = 'waiting'`,
    [ctx.mspId, approvalId, at],
  );
  await ctx.append('unattended_allowed', `decided:${approvalId}`, { kind: 'system' }, at, {
    ...{ approvalId, hash: decision.hash, rule, policyLevel: level, policyVersion: version, classes, fileHash },
    words: unattendedWords({ rule, level, version }),
    requestedAt: isoTime(requestedAt),
    statedAt: isoTime(decision.decidedAt),
    signature: decision.signature,
  });
  await ctx.tx.query(
    `update session set consent_at = coalesce(consent_at, to_timestamp($3 / 1000.0)), unattended = $4 where msp_id = $1 and id = $2`,
    [ctx.mspId, ctx.sessionId, at, { rule, level, version, classes }],
  );
  await publishApproval(ctx, approvalId);
}

/** What a named approver's passkey signed, in strong mode. */
async function passkeyOf(ctx: EffectContext, { passkeyText }: Decision): Promise<KeptAssertion | undefined> {
  return passkeyText === undefined ? undefined : zKeptAssertion.parse(JSON.parse(await ctx.text(passkeyText)));
}

/** The mailed link it was answered by. */
async function linkOf(ctx: EffectContext, { linkText }: Decision): Promise<KeptLink | undefined> {
  return linkText === undefined ? undefined : zKeptLink.parse(JSON.parse(await ctx.text(linkText)));
}

/** What the page showed, with its text and the server's own times. */
async function shownEntry(
  ctx: EffectContext,
  approvalId: string,
  shown: Decision['shown'],
): Promise<ShownEntry | undefined> {
  if (shown === undefined) return undefined;
  const { textId, heardAt, askedAt, shownAt, ...said } = shown;
  const { rows } = await ctx.tx.query<{ at: Date }>(
    'select at from transcript_entry where msp_id = $1 and session_id = $2 and key = $3',
    [ctx.mspId, ctx.sessionId, `shown:${approvalId}`],
  );
  return {
    ...said,
    text: await ctx.text(textId),
    askedAt: isoTime(askedAt),
    shownAt: isoTime(shownAt),
    heardShownAt: rows[0]?.at.toISOString() ?? null,
    heardAt: isoTime(heardAt),
  };
}

/** Says in the record which earlier yes covers this command, before it is sent. */
export async function cited(ctx: EffectContext, effect: Effect & { do: 'cite' }): Promise<void> {
  const { approvalId, commandId } = effect;
  const yes = await decisionOf(ctx, approvalId);
  const covered = yes?.scope === undefined ? '' : `${scopeWords(yes.scope)}, `;
  await ctx.append('approval_cited', `cited:${commandId}`, { kind: 'system' }, effect.at, {
    commandId,
    approvalId,
    words: `Covered by an earlier yes of ${yes?.account ?? 'the person at the device'}: ${covered}for ${yes?.scope?.minutes ?? 0} minutes.`,
    until: isoTime(effect.until),
    citedAt: isoTime(effect.at),
  });
  await ctx.tx.query('update command set approval_id = $3 where msp_id = $1 and id = $2', [
    ctx.mspId,
    commandId,
    approvalId,
  ]);
}

/** From this entry on nothing may be sent on that yes; the signer sees it in the row. */
export async function scopeEnded(ctx: EffectContext, effect: Effect & { do: 'end_scope' }): Promise<void> {
  const { approvalId, account, endedAt, signature, at } = effect;
  const scope = (await decisionOf(ctx, approvalId))?.scope;
  const covered = scope === undefined ? '' : `: ${scopeWords(scope)}`;
  const by = { kind: 'end_user' as const, account };
  await ctx.append('approval_scope_ended', `scope_ended:${approvalId}`, by, at, {
    ...{ approvalId, account, endedAt: isoTime(endedAt), signature },
    words: `What an earlier yes covered is allowed no more${covered}. Later commands ask again.`,
  });
  await ctx.tx.query(
    `update approval_request set scope_ended_at = coalesce(scope_ended_at, to_timestamp($3 / 1000.0)) where msp_id = $1 and id = $2`,
    [ctx.mspId, approvalId, at],
  );
  await publishApproval(ctx, approvalId);
}

export async function ended(ctx: EffectContext, effect: Effect & { do: 'end_approval' }): Promise<void> {
  await ctx.tx.query(
    `update approval_request set state = $3, decided_at = to_timestamp($4 / 1000.0), answer_reason = $5
     where msp_id = $1 and id = $2 and state = 'waiting'`,
    [ctx.mspId, effect.approvalId, effect.state, effect.at, effect.why],
  );
  const { seq, isNew } = await ctx.append('approval_ended', `ended:${effect.approvalId}`, effect.by, effect.at, {
    approvalId: effect.approvalId,
    kind: effect.kind,
    commandId: effect.commandId,
    state: effect.state,
    reason: effect.why,
  });
  if (isNew && effect.state === 'expired')
    await tellOfApproval(ctx, effect, seq, {
      kind: 'approval_waiting',
      title: (number) => `Session ${number}: nobody answered the request in time`,
      more: '',
    });
  await publishApproval(ctx, effect.approvalId);
}

export async function ignored(ctx: EffectContext, effect: Effect & { do: 'ignore_decision' }): Promise<void> {
  const { decision } = effect;
  const key = `ignored:${effect.approvalId}:${decision.decidedAt}:${decision.account}`;
  const nobody = decision.unattended !== undefined;
  const by = nobody ? ({ kind: 'system' } as const) : { kind: 'end_user' as const, account: decision.account };
  await ctx.append('approval_ignored', key, by, effect.at, {
    approvalId: effect.approvalId,
    decision: decision.decision,
    reason: await ctx.text(decision.reasonText),
    account: decision.account,
    why: effect.why,
  });
}

async function publishApproval(ctx: EffectContext, approvalId: string): Promise<void> {
  const { endpoint_id } = await ctx.session();
  await publish(ctx.tx, { k: 'approval', m: ctx.mspId, s: ctx.sessionId, e: endpoint_id, a: approvalId });
}
