import { randomUUID } from 'node:crypto';
import { actionHash } from '@throughline/domain/action';
import { type CommandSpec, type Risk, zCommandSpec } from '@throughline/domain/command';
import { placeOf } from '@throughline/domain/command-place';
import { ENVELOPE_LIFETIME_MS, MIN_SEND_WITHIN_MS, needsProtocol2 } from '@throughline/domain/envelope';
import { fileRisk } from '@throughline/domain/file-risk';
import { DomainError, isDomainError, notFound } from '@throughline/domain/errors';
import {
  type ActionClass,
  type ApprovalPolicy,
  type PolicyVerdict,
  attended,
  decide,
  floored,
} from '@throughline/domain/policy';
import { judgedThere } from '@throughline/domain/risk/judged-there';
import type { Reason } from '@throughline/domain/risk/verdict';
import type { Proposal } from '@throughline/domain/session-case';
import {
  commandById,
  insertCommand,
  judgedAtEndpoint,
  keepVerdict,
  setCommandState,
} from '@throughline/store/command-store';
import { bindFile } from '@throughline/store/file-store';
import { publish } from '@throughline/store/notify';
import { appendEntry, sha256 } from '@throughline/store/record-store';
import { queueReport, reportDoneByKey } from '@throughline/store/report-store';
import type { SessionRow } from '@throughline/store/session-store';
import { type Tx, withTenant, write } from '@throughline/store/tenant';
import { proposeUpdate } from '@throughline/workflows/messages';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { uuidV5 } from './open-session.ts';
import { lookWhoIsThere, policyFor } from './policy.ts';
import { doerOf, stepShown } from './step.ts';
import { commandsAreOwn, permit, scopeOf, seenSession } from './viewer.ts';

export interface ProposeInput {
  sessionId: string;
  spec: CommandSpec;
  reason: string;
  /** How long the order may wait for the endpoint; null: as long as an order lasts. */
  sendWithinMs: number | null;
  retryOf: string | null;
  idempotencyKey: string | null;
}

export interface Assessed {
  risk: Risk;
  why: string;
  /** What was read out of the script, worst first. */
  reasons: Reason[];
  verdict: PolicyVerdict;
}

/** Said where the policy's floor, not the command, makes the class. */
const FLOOR_WHY = 'The policy counts every command as at least this class.';
/** Whether that was said of a command; in older words it was the client group that did. */
export const raisedByFloor = (why: string): boolean => why.endsWith(' counts every command as at least this class.');

/** The server's own judgement of a script: never less than the parser finds, than the endpoint found, and than the policy's floor. */
export function assess(
  deps: Pick<Deps, 'risk'>,
  spec: Pick<CommandSpec, 'shell' | 'script' | 'runAs' | 'input' | 'file'>,
  policy: ApprovalPolicy,
  /** Of the session, where it runs by policy: the classes its endpoint's owner lets run unattended. */
  unattended: readonly ActionClass[] | undefined = undefined,
  /** What the endpoint judged it, where it refused it for that. */
  there: Risk | null = null,
): Assessed {
  const ours = spec.file === undefined ? deps.risk.assess(spec.shell, spec.script) : fileRisk(spec.file);
  const found = judgedThere(ours, spec.script, there);
  // What will be typed into it cannot be judged now: `bash` reads as harmless, and its input may be anything.
  const typed = spec.input === true && found.risk === 'read_only';
  const own = typed ? 'change' : found.risk;
  const risk = floored(policy, own);
  const ownWhy = typed ? 'Its input stays open, and nobody can judge now what will be typed into it.' : found.why;
  const why = risk === own ? ownWhy : FLOOR_WHY;
  const { reasons } = found;
  return {
    risk,
    why,
    reasons,
    verdict: decide(policy, {
      risk,
      consent: true,
      otherIdentity: spec.runAs.kind !== 'runtime',
      ...(unattended && { unattended }),
    }),
  };
}

/**
 * A command typed by a technician: a proposal that is accepted in the same click. It is written down before the workflow is asked, so
 * that a refusal is on the record too, and so that a lost answer can be asked for again under the same id.
 */
export async function proposeCommand(deps: Deps, viewer: Viewer, input: ProposeInput): Promise<string> {
  const spec = zCommandSpec.safeParse(input.spec);
  if (!spec.success)
    throw new DomainError('INVALID_INPUT', spec.error.issues[0]?.message ?? 'The command cannot be taken.');
  const { sendWithinMs } = input;
  if (sendWithinMs !== null && (sendWithinMs < MIN_SEND_WITHIN_MS || sendWithinMs > ENVELOPE_LIFETIME_MS))
    throw new DomainError('INVALID_INPUT', 'An order waits for the endpoint between 5 seconds and 15 minutes.');
  const commandId =
    input.idempotencyKey === null
      ? randomUUID()
      : uuidV5(viewer.mspId, viewer.userId, input.sessionId, input.idempotencyKey);
  const { proposal, verdict } = await judgedNow(deps, viewer, { ...input, spec: spec.data }, commandId);
  const updateId = `propose:${commandId}`;
  const settled = stepShown(deps, input.sessionId, updateId);
  try {
    await deps.sessions.update(input.sessionId, proposeUpdate, proposal, updateId);
  } catch (error) {
    // Unknown is not refused: the report pump asks again under the same id until it is known.
    if (!isDomainError(error) || error.code === 'UNKNOWN_OUTCOME') return commandId;
    await refuse(deps, viewer, input.sessionId, proposal, verdict, error);
    throw error;
  }
  await settled;
  // Only now: until the order is out, the database has that to do. Should this not be written, the same Update is sent again and changes nothing.
  await withTenant(deps.pool, scopeOf(viewer), (tx) =>
    reportDoneByKey(tx, viewer.mspId, input.sessionId, `propose:${commandId}`),
  );
  return commandId;
}

interface Written {
  proposal: Proposal;
  verdict: PolicyVerdict;
}

/** In one transaction, unless the policy hangs on who is at the computer: then that is looked at in between, before anything is written. */
async function judgedNow(deps: Deps, viewer: Viewer, input: ProposeInput, commandId: string): Promise<Written> {
  const attempt = (looked: boolean) =>
    withTenant(deps.pool, scopeOf(viewer), (tx) => writeDown(deps, tx, viewer, input, commandId, looked));
  const first = await attempt(false);
  if (!('lookAt' in first)) return first;
  await lookWhoIsThere(deps, viewer, first.lookAt);
  return (await attempt(true)) as Written;
}

async function writeDown(
  deps: Deps,
  tx: Tx,
  viewer: Viewer,
  input: ProposeInput,
  commandId: string,
  looked: boolean,
): Promise<Written | { lookAt: string }> {
  const { sessionId, spec, reason, retryOf } = input;
  const [session, there] = await Promise.all([
    seenSession(tx, viewer, sessionId),
    judgedAtEndpoint(tx, viewer.mspId, sessionId, spec),
  ]);
  permit(viewer, 'command.run', commandsAreOwn(viewer, session), session.client_id);
  const [{ policy: now, strong, dependsOnEndpoint }, offer] = await Promise.all([
    policyFor(tx, viewer.mspId, session.endpoint_id),
    offerOf(tx, viewer, session),
  ]);
  // Nobody can judge now what will be typed into an open input, so no policy lets it run unattended.
  const policy = spec.input === undefined ? now : attended(now);
  if (dependsOnEndpoint && !looked) return { lookAt: session.endpoint_id };
  if (retryOf !== null && (await commandById(tx, scopeOf(viewer), retryOf))?.session_id !== sessionId)
    throw notFound('Command');
  const { risk, why, reasons, verdict } = assess(deps, spec, policy, session.unattended?.classes, there);
  const approver = strong || verdict.verdict === 'ask_approver';
  if ((verdict.verdict === 'ask' || verdict.verdict === 'ask_approver') && reason.trim() === '')
    throw new DomainError(
      'REASON_REQUIRED',
      `This command asks ${approver ? 'a named approver' : 'the person at the device'} first. Say why: they read your words.`,
    );
  if (approver && spec.input !== undefined)
    throw new DomainError(
      'POLICY_DENIED',
      'Where a named approver decides, nothing can be typed into a running command: no approver could have signed it. Leave the input closed.',
    );
  checkOffer(offer, spec);
  const hash = actionHash(sha256, sessionId, session.endpoint_id, spec);
  const at = new Date();
  const isNew = await insertCommand(tx, viewer.mspId, {
    id: commandId,
    sessionId,
    spec,
    actionHash: hash,
    reason,
    origin: 'browser',
    risk,
    riskWhy: why,
    proposedBy: viewer.userId,
    proposedAt: at,
    retryOf,
  });
  const place = placeOf(spec);
  const proposal: Proposal = {
    commandId,
    risk,
    hash,
    ...(place === null ? {} : { place }),
    otherIdentity: spec.runAs.kind !== 'runtime',
    timeoutMs: spec.timeoutMs,
    ...(input.sendWithinMs === null ? {} : { sendWithinMs: input.sendWithinMs }),
    policy,
    approvalId: uuidV5(commandId, 'approval'),
    by: doerOf(viewer, 'command.run', session),
  };
  if (!isNew) return { proposal, verdict };
  if (spec.file?.direction === 'to_endpoint') await bindFile(tx, viewer.mspId, commandId, spec.file.sha256);
  const actor = { kind: 'user' as const, id: viewer.userId, name: viewer.name, email: viewer.email, role: viewer.role };
  const shared = { actor, origin: 'browser' as const, at: at.toISOString() };
  const [{ seq }] = await Promise.all([
    appendEntry(tx, viewer.mspId, sessionId, {
      ...shared,
      kind: 'command_proposed',
      key: `proposed:${commandId}`,
      payload: { commandId, spec, reason, retryOf, reasons },
    }),
    appendEntry(tx, viewer.mspId, sessionId, {
      ...shared,
      kind: 'command_accepted',
      key: `accepted:${commandId}`,
      payload: { commandId },
    }),
    queueReport(tx, viewer.mspId, sessionId, `propose:${commandId}`, { type: 'propose', proposal }),
  ]);
  await write(tx, 'update command set entry_seq = $3 where msp_id = $1 and id = $2', [viewer.mspId, commandId, seq]);
  return { proposal, verdict };
}

interface Offer {
  facts: { shells: { shell: string }[] } | null;
  name: string;
  protocol: number | null;
}

async function offerOf(tx: Tx, viewer: Viewer, session: SessionRow): Promise<Offer | undefined> {
  const { rows } = await tx.query<Offer>(
    `select e.facts, e.name, r.protocol from endpoint e left join runtime r on r.msp_id = e.msp_id and r.id = e.runtime_id
     where e.msp_id = $1 and e.id = $2`,
    [viewer.mspId, session.endpoint_id],
  );
  return rows[0];
}

/** What the endpoint is known to be unable to do is refused here, in words, rather than there. */
function checkOffer(offer: Offer | undefined, spec: CommandSpec): void {
  const offered = offer?.facts?.shells.map(({ shell }) => shell);
  if (offered !== undefined && !offered.includes(spec.shell))
    throw new DomainError(
      'INVALID_INPUT',
      `${offer?.name ?? 'This endpoint'} has no ${spec.shell}. It offers: ${offered.join(', ')}.`,
    );
  if (needsProtocol2(spec) && (offer?.protocol ?? 1) < 2)
    throw new DomainError(
      'INVALID_INPUT',
      `The runtime on ${offer?.name ?? 'this endpoint'} is too old for this: ${beyondProtocol1(spec)}. Update it, or leave that out.`,
    );
}

const beyondProtocol1 = (spec: CommandSpec): string =>
  [
    ...(spec.maxOutputBytes === undefined ? [] : ['a limit of output']),
    ...(spec.input === undefined ? [] : ['input while it runs']),
    ...(spec.file === undefined ? [] : ['file transfer']),
  ].join(', ');

async function refuse(
  deps: Deps,
  viewer: Viewer,
  sessionId: string,
  { commandId, risk, hash }: Proposal,
  verdict: PolicyVerdict,
  error: DomainError,
): Promise<void> {
  const at = new Date().toISOString();
  await withTenant(deps.pool, scopeOf(viewer), async (tx) => {
    await reportDoneByKey(tx, viewer.mspId, sessionId, `propose:${commandId}`);
    const moved = await setCommandState(tx, viewer.mspId, commandId, 'refused', error.message);
    if (!moved) return;
    // What the policy itself refuses says by which rule, like what it lets through.
    if (error.code === 'POLICY_DENIED' && verdict.verdict === 'refuse') {
      const { rule, version: policyVersion, level: policyLevel, words } = verdict;
      const judged = { verdict: verdict.verdict, rule, policyVersion, ...(policyLevel && { policyLevel }), words };
      const [command] = await Promise.all([
        commandById(tx, scopeOf(viewer), commandId),
        keepVerdict(tx, viewer.mspId, commandId, judged),
      ]);
      const riskWhy = command?.risk_why ?? '';
      await appendEntry(tx, viewer.mspId, sessionId, {
        kind: 'command_policy',
        key: `policy:${commandId}`,
        actor: { kind: 'system' },
        origin: 'api',
        at,
        payload: { commandId, risk, riskWhy, ...judged, actionHash: hash },
      });
    }
    await appendEntry(tx, viewer.mspId, sessionId, {
      kind: 'command_verdict',
      key: `verdict:${commandId}`,
      actor: { kind: 'system' },
      origin: 'api',
      at,
      payload: { commandId, state: 'refused', words: `${error.code}: ${error.message}` },
    });
    await publish(tx, { k: 'command', m: viewer.mspId, s: sessionId, c: commandId });
  });
}
