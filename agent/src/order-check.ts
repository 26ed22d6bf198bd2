import { statSync } from 'node:fs';
import { isAbsolute, parse } from 'node:path';
import { actionHash, consentHash } from '@throughline/domain/action';
import { covers, scopeEnd } from '@throughline/domain/approval-scope';
import { placeOf } from '@throughline/domain/command-place';
import { type Risk, RISKS, runAsText, worseRisk, zCommandSpec, zRisk } from '@throughline/domain/command';
import { type Envelope, parseEnvelope, specOf, unattendedRuleOf } from '@throughline/domain/envelope';
import { DomainError, type ErrorCode, isDomainError } from '@throughline/domain/errors';
import { type ApproverPins, needsApprover } from '@throughline/domain/passkey';
import { coversUnattended } from '@throughline/domain/unattended';
import { type Account, findAccount, ownAccount, signedIn } from './accounts.ts';
import { proveAccount } from './as-account.ts';
import type { CommandJournal } from './command-journal.ts';
import type { ConsentStore } from './consent-store.ts';
import type { Identity } from './identity.ts';
import type { Judge } from './judge.ts';
import { type LocalPolicy, withinHours } from './local-policy.ts';
import { NotYet, inOneMoment } from './not-yet.ts';
import { ClassesAtHome, type OrderClass } from './order-class.ts';
import type { RunOrder } from './run-order.ts';
import { sha256 } from './sha256.ts';
import { findShells } from './shells.ts';
import { letsStart, refuseOpenInput } from './strong-mode.ts';

export interface OrderContext {
  identity: Identity;
  verify: (bytes: Uint8Array, signature: string) => boolean;
  journal: Pick<CommandJournal, 'counter' | 'isUsed'>;
  consent: ConsentStore;
  /** Read for this order; throws when it cannot be understood. */
  policy: () => LocalPolicy;
  /** Whose passkeys approve, and what; or null. Read for this order; throws when it cannot be understood. */
  pins: () => ApproverPins | null;
  /** This computer's own judgement of a script. */
  judge: Judge['judge'];
  now: () => number;
  /** Server's clock minus ours, ms, to explain a refusal. */
  clockOffset: number;
  /** How long an answer given here may wait for the server's confirmation. */
  pendingWaitMs: number;
}

export type CheckedOrder = { ok: true; envelope: Envelope; order: RunOrder; approvals: string[] } | RefusedOrder;
export interface RefusedOrder {
  ok: false;
  /** There once the order is proven to be the organisation's own. */
  envelope: Envelope | null;
  code: string;
  message: string;
  /** What this computer judges the command, where it is refused because the order called it less. */
  judged?: Risk;
}

type OrderMessage = Record<'commandId' | 'envelope' | 'signature', string>;

/** An order that was proven, and what is known and awaited for it. */
export interface ProvenOrder {
  ok: true;
  envelope: Envelope;
  atHome: ClassesAtHome;
  /** Answers whose confirmation was waited for. */
  awaited: Set<string>;
}

/** Whether an order is the organisation's own, and for this computer. Where its class may decide, judging begins here: before its turn has come. */
export function proveOrder(
  context: Pick<OrderContext, 'identity' | 'verify' | 'judge'>,
  message: OrderMessage,
): ProvenOrder | RefusedOrder {
  try {
    const envelope = authentic(context, message);
    const atHome = new ClassesAtHome(context.judge);
    if (classMayDecide(envelope)) atHome.begin(envelope.shell, envelope.script);
    return { ok: true, envelope, atHome, awaited: new Set() };
  } catch (error) {
    return refusedFor(error, null);
  }
}

/** Where an approval of exactly this action is named, and where nothing is worse, mostly nobody asks for the class. */
const classMayDecide = (envelope: Envelope): boolean =>
  specOf(envelope).file === undefined &&
  envelope.risk !== 'destructive' &&
  (envelope.risk === 'read_only' ||
    unattendedRuleOf(envelope) !== undefined ||
    envelope.approvals.some(({ kind, hash }) => kind === 'action' && hash !== envelope.actionHash));

/** Everything the runtime itself demands of an order before it promises to run it. The server's word alone is never enough. */
export async function checkOrder(
  context: OrderContext,
  message: OrderMessage,
  proven: ProvenOrder | RefusedOrder = proveOrder(context, message),
): Promise<CheckedOrder> {
  if (!proven.ok) return proven;
  try {
    return await inOneMoment(() => allowed(context, proven));
  } catch (error) {
    return refusedFor(error, proven.envelope);
  }
}

function allowed(context: OrderContext, proven: ProvenOrder): CheckedOrder {
  const { envelope } = proven;
  fresh(context, envelope);
  const policy = context.policy();
  allowedByOwner(policy, proven, context.now());
  const approvals = permitted(context, proven, policy);
  const order = { ...runnable(envelope), ...outputLimit(envelope, policy), file: fileOf(envelope, policy) };
  return { ok: true, envelope, order, approvals };
}

function refusedFor(error: unknown, envelope: Envelope | null): RefusedOrder {
  if (!isDomainError(error)) throw error;
  // The protocol's texts are short; a long path in one must not make the message unreadable.
  const judged = zRisk.safeParse(error.details.judged).data;
  return {
    ...{ ok: false, envelope, code: error.code, message: error.message.slice(0, 2000) },
    ...(judged === undefined ? {} : { judged }),
  };
}

/** Signature first: nothing of an unproven order is looked at. */
function authentic({ identity, verify }: Pick<OrderContext, 'identity' | 'verify'>, message: OrderMessage): Envelope {
  const bytes = Buffer.from(message.envelope, 'base64');
  if (!verify(bytes, message.signature)) {
    throw new DomainError(
      'FORBIDDEN',
      'The order’s signature does not fit the organisation’s command key. Nothing was run.',
    );
  }
  let envelope: Envelope;
  try {
    envelope = parseEnvelope(bytes);
  } catch (cause) {
    throw new DomainError(
      'INVALID_INPUT',
      'The order is not in a form this runtime knows. Update the runtime.',
      {},
      { cause },
    );
  }
  if (
    envelope.mspId !== identity.mspId ||
    envelope.runtimeId !== identity.runtimeId ||
    envelope.endpointId !== identity.endpointId
  ) {
    throw new DomainError('FORBIDDEN', 'The order is for another computer. Nothing was run.');
  }
  if (envelope.commandId !== message.commandId) {
    throw new DomainError(
      'FORBIDDEN',
      'The order names another command than the message that brought it. Nothing was run.',
    );
  }
  const { sessionId, endpointId } = envelope;
  if (actionHash(sha256, sessionId, endpointId, specOf(envelope)) !== envelope.actionHash) {
    throw new DomainError('FORBIDDEN', 'The order’s fields do not fit the hash that was approved. Nothing was run.');
  }
  const spec = specOf(envelope);
  // The words are what the person is shown.
  if (spec.file !== undefined && !zCommandSpec.safeParse(spec).success) {
    throw new DomainError('FORBIDDEN', 'The order’s words do not say which file it moves. Nothing was moved.');
  }
  return envelope;
}

function fresh({ journal, now, clockOffset }: OrderContext, envelope: Envelope): void {
  if (envelope.counter <= journal.counter) {
    throw new DomainError(
      'CONFLICT',
      `The order is a repeat (number ${envelope.counter}, already at ${journal.counter}). Nothing was run.`,
    );
  }
  const skew =
    Math.abs(clockOffset) > 60_000
      ? ` This computer’s clock differs from the server’s by ${Math.round(clockOffset / 1000)} s: correct it.`
      : '';
  if (now() > envelope.notAfter) {
    throw new DomainError(
      'APPROVAL_EXPIRED',
      `The order came after its time to start was over. Propose the command again.${skew}`,
    );
  }
  if (now() < envelope.notBefore - 60_000) {
    throw new DomainError('INVALID_STATE', `The order may not start yet.${skew}`);
  }
}

function allowedByOwner(policy: LocalPolicy, { envelope, atHome }: ProvenOrder, now: number): void {
  const no = (what: string) =>
    new DomainError('POLICY_DENIED', `The owner of this computer ${what} (policy.json). Nothing was run.`);
  if (policy.killSwitch) throw no('has switched all commands off');
  if (policy.readOnly && !onlyReads(envelope)) throw no('allows only commands that change nothing');
  if (policy.hours && !withinHours(policy.hours, new Date(now)))
    throw no(`allows commands only from ${policy.hours.from} to ${policy.hours.to}`);
  const { file } = specOf(envelope);
  if (file?.direction === 'to_endpoint' && policy.maxFileBytes !== undefined && file.bytes > policy.maxFileBytes)
    throw no(`allows files of at most ${policy.maxFileBytes} bytes`);
  if (policy.runAs && envelope.runAs.kind === 'account' && !policy.runAs.includes(envelope.runAs.name)) {
    throw no(`does not allow commands as ${envelope.runAs.name}`);
  }
  if (policy.readOnly)
    refuseDisputed(
      atHome.ofOrder(envelope),
      'POLICY_DENIED',
      'Its owner allows only commands that change nothing (policy.json). Nothing was run.',
    );
}

const UNJUDGED =
  'The command could not be judged on this computer just now, so it counts as a change here. Nothing was run. Send it again, or write it in another way.';

/** Refuses what only the order's own, milder class would have let through. */
function refuseDisputed({ risk, dispute, unjudged }: OrderClass, code: ErrorCode, words: string): void {
  // Nothing to remember of the script, so the desk is told no class.
  if (dispute !== null && unjudged) throw new DomainError(code, UNJUDGED);
  if (dispute !== null) throw new DomainError(code, `${dispute} ${words}`, { judged: risk });
}

/** What will be typed into an open input nobody has judged, whatever class the order claims. */
const onlyReads = (envelope: Envelope): boolean =>
  envelope.risk === 'read_only' && specOf(envelope).input === undefined;

/** The ids of the approvals that the order uses up. */
function permitted(context: OrderContext, proven: ProvenOrder, policy: LocalPolicy): string[] {
  const { envelope, atHome } = proven;
  const pins = context.pins();
  const attended = policy.consent === 'required';
  const needs = (risk: Risk) => pins !== null && needsApprover(pins, { ...specOf(envelope), risk });
  const asClaimed = needs(envelope.risk);
  // Only where a worse class is pinned is it worth asking.
  const own = !asClaimed && RISKS.some(needs) ? atHome.ofOrder(envelope) : null;
  if (pins !== null && (asClaimed || (own !== null && needs(own.risk)))) {
    // Consent of the person here is asked for beside the approver's yes, never instead of it.
    if (attended) allowedSession(context, proven, false);
    else notStopped(context, envelope);
    return signedFor(context, proven, pins, own);
  }
  if (unattendedRuleOf(envelope) !== undefined) return unattendedHere(context, proven, policy);
  return consented(context, proven, policy);
}

/** What needs an approver here (in strong mode every command) needs one unused yes to exactly this action, signed by a pinned passkey. */
function signedFor(
  context: OrderContext,
  proven: ProvenOrder,
  pins: ApproverPins,
  /** Where the order's own class would need no approver. */
  own: OrderClass | null,
): string[] {
  const { consent, journal, now } = context;
  const { envelope } = proven;
  refuseOpenInput(envelope);
  const id = granted(context, proven, listed(envelope, ['action', 'identity'], envelope.actionHash), false, (each) => {
    const record = consent.approval(each);
    return (
      record !== undefined &&
      !journal.isUsed(each) &&
      wasShown(record.prompt, envelope) &&
      letsStart(pins, envelope, record, now())
    );
  });
  if (id === null && own !== null)
    refuseDisputed(
      own,
      'APPROVAL_REQUIRED',
      'A named approver has to allow it here. Nothing was run. Propose it again.',
    );
  if (id === null)
    throw new DomainError(
      'APPROVAL_REQUIRED',
      'A named approver has to allow this command, and no passkey that is pinned here signed for exactly this command, in time and once. Nothing was run. Ask a named approver.',
    );
  return [id];
}

/** By policy alone: the owner's file must let such a command run unattended now, as it let the session when that began. */
function unattendedHere(context: OrderContext, { envelope, atHome }: ProvenOrder, policy: LocalPolicy): string[] {
  notStopped(context, envelope);
  const no = (what: string) =>
    new DomainError(
      'POLICY_DENIED',
      `The owner of this computer has not allowed ${what} (policy.json). Nothing was run.`,
    );
  if (policy.consent !== 'unattended') throw no('unattended work');
  const lets = (risk: Risk) => coversUnattended(policy.unattended, risk, specOf(envelope));
  if (!lets(envelope.risk)) throw no('such a command to run unattended');
  const own = RISKS.every(lets) ? null : atHome.ofOrder(envelope);
  if (own !== null && !lets(own.risk))
    refuseDisputed(
      own,
      'POLICY_DENIED',
      'Its owner has not allowed that unattended (policy.json). Nothing was run. Propose it again.',
    );
  if (statedHere(context, envelope)) return [];
  throw new DomainError(
    'APPROVAL_REQUIRED',
    'This computer was not asked whether this session may run unattended. Nothing was run. Start the session again.',
  );
}

/** The order names a question of its session about which this computer stated that its owner lets it run unattended. */
const statedHere = ({ consent }: OrderContext, envelope: Envelope): boolean => {
  const hash = consentHash(sha256, envelope.sessionId, envelope.endpointId);
  return listed(envelope, ['session'], hash).some((id) => consent.runsUnattended(id, envelope.sessionId, hash));
};

/** Without a consent duty a person’s No still stands: an ended session stays ended. */
function notStopped({ consent }: OrderContext, envelope: Envelope): string[] {
  const session = consent.session(envelope.sessionId);
  if (session.ended)
    throw new DomainError('APPROVAL_DENIED', 'The person at this computer ended the session. Nothing was run.');
  return [];
}

/** The runtime's own evidence: consent to the session, and for anything risky one unused approval of exactly this action. */
function consented(context: OrderContext, proven: ProvenOrder, policy: LocalPolicy): string[] {
  const { envelope, atHome } = proven;
  const { consent, journal } = context;
  const { approvalLink } = policy;
  // Where a policy stands in for the person's consent, reading too needs a yes of its own.
  const byPolicy = policy.consent === 'unattended' && statedHere(context, envelope);
  const mayJustRun = onlyReads(envelope) && envelope.runAs.kind === 'runtime' && !byPolicy;
  if (byPolicy) notStopped(context, envelope);
  else allowedSession(context, proven, approvalLink);
  if (mayJustRun && atHome.ofOrder(envelope).risk === 'read_only') return [];

  const candidates = listed(envelope, ['action', 'identity'], envelope.actionHash);
  const action = granted(
    context,
    proven,
    candidates,
    approvalLink,
    (id) =>
      !journal.isUsed(id) && wasShown(consent.approval(id)?.prompt, envelope) && byWhomAsked(consent.approval(id)),
  );
  const cited = citedIn(envelope);
  const own = action === null && cited.length > 0 ? atHome.ofOrder(envelope) : null;
  const coveredAs = (risk: Risk) =>
    granted(context, proven, cited, approvalLink, (id) => coversNow(context, id, proven, risk));
  const covering = action ?? (own === null ? null : coveredAs(own.risk));
  if (!covering) {
    if (mayJustRun || (own?.dispute != null && coveredAs(envelope.risk) !== null))
      refuseDisputed(
        atHome.ofOrder(envelope),
        'APPROVAL_REQUIRED',
        'Nobody here has approved exactly this command. Nothing was run. Propose it again: the person here is asked.',
      );
    const over = [...candidates, ...cited].some((id) => consent.approval(id)?.scopeEnded);
    const why = over
      ? 'The person at this computer stopped allowing what an earlier yes covered. Ask again.'
      : candidates.some((id) => journal.isUsed(id))
        ? 'The approval of this command was already used for one execution. Ask again to run it again.'
        : 'Nobody at this computer has approved exactly this command. Ask for approval first.';
    throw new DomainError('APPROVAL_REQUIRED', `${why} Nothing was run.`);
  }
  return [covering];
}

/** What was asked of a named approver only a passkey allows: not the person here, and not the server's word. */
const byWhomAsked = (record: ReturnType<ConsentStore['approval']>): boolean =>
  record?.prompt.approver !== true || record.answer?.passkey !== undefined;

/** The person at this computer allowed the session, at this computer's own prompt. */
function allowedSession(context: OrderContext, proven: ProvenOrder, approvalLink: boolean): void {
  const { envelope } = proven;
  notStopped(context, envelope);
  const hash = consentHash(sha256, envelope.sessionId, envelope.endpointId);
  const session = granted(context, proven, listed(envelope, ['session'], hash), approvalLink, (id) => {
    const prompt = context.consent.approval(id)?.prompt;
    return prompt?.kind === 'session' && prompt.hash === hash && prompt.sessionId === envelope.sessionId;
  });
  if (session !== null) return;
  throw new DomainError(
    'APPROVAL_REQUIRED',
    'Nobody at this computer has allowed this session at its own prompt. Nothing was run. Ask for consent first.',
  );
}

/** Ids of the approvals of these kinds that the order names for this hash. */
const listed = ({ approvals }: Envelope, kinds: readonly string[], hash: string): string[] =>
  approvals.filter((approval) => kinds.includes(approval.kind) && approval.hash === hash).map(({ id }) => id);

/** The first of them that fits and was approved here. A yes that the server has not confirmed yet is waited for, once. */
function granted(
  { consent, pendingWaitMs }: OrderContext,
  { awaited }: ProvenOrder,
  ids: string[],
  approvalLink: boolean,
  fits: (id: string) => boolean,
): string | null {
  for (const id of ids) {
    const verdict = fits(id) ? consent.verdict(id, approvalLink) : 'no';
    if (verdict === 'approved') return id;
    if (verdict === 'no' || awaited.has(id)) continue;
    awaited.add(id);
    throw new NotYet(consent.settledVerdict(id, approvalLink, pendingWaitMs));
  }
  return null;
}

const citedIn = ({ approvals, runAs }: Envelope): string[] =>
  runAs.kind === 'runtime' ? approvals.filter(({ kind }) => kind === 'action').map(({ id }) => id) : [];

/** An earlier yes given here covers the order as far as it said so itself: in its session, for commands of its scope, in its time. */
function coversNow({ consent, now }: OrderContext, id: string, proven: ProvenOrder, risk: Risk): boolean {
  const { envelope, atHome } = proven;
  const { prompt, answer } = consent.approval(id) ?? {};
  const named = envelope.approvals.find((approval) => approval.id === id);
  if (prompt === undefined || prompt.kind !== 'action' || answer?.scope === undefined) return false;
  if (prompt.sessionId !== envelope.sessionId || named?.hash !== prompt.hash) return false;
  const at = now();
  // A clock that was set back must not make a yes last longer.
  if (at < answer.at - 60_000 || at > scopeEnd(answer.scope, answer.at)) return false;
  const wanted = { hash: envelope.actionHash, risk, place: placeOf(specOf(envelope)) };
  if (!covers(answer.scope, prompt.hash, wanted)) return false;
  if (answer.scope.kind === 'exact' || risk === 'read_only') return true;
  // The class on the question was the desk's word. Nothing is covered that is worse than this computer finds the command it was asked about.
  if (prompt.shell === null || prompt.command === null) return false;
  const own = atHome.of(prompt.shell, prompt.command).risk;
  return worseRisk(risk, own) === own;
}

/** What the person read must be what runs: a prompt that showed other text than its hash stands for is worth nothing. */
function wasShown(
  prompt: ReturnType<ConsentStore['approvals']>[number]['prompt'] | undefined,
  envelope: Envelope,
): boolean {
  return (
    prompt !== undefined &&
    prompt.kind !== 'session' &&
    prompt.sessionId === envelope.sessionId &&
    prompt.hash === envelope.actionHash &&
    prompt.command === envelope.script &&
    prompt.shell === envelope.shell &&
    prompt.cwd === envelope.cwd &&
    prompt.input === specOf(envelope).input &&
    (prompt.file === true) === (specOf(envelope).file !== undefined) &&
    (prompt.runAs ?? runAsText({ kind: 'runtime' })) === runAsText(envelope.runAs)
  );
}

/** Refuses before anything is promised what could not be spawned as asked: shell, account, working directory. */
function runnable(envelope: Envelope): Omit<RunOrder, 'maxOutputBytes' | 'limitedBy' | 'file'> {
  const shell = findShells().find((found) => found.shell === envelope.shell);
  if (!shell) {
    const offered = findShells()
      .map((found) => found.shell)
      .join(', ');
    throw new DomainError(
      'INVALID_INPUT',
      `This computer has no ${envelope.shell}. It offers: ${offered || 'none'}. Nothing was run.`,
    );
  }
  const account = accountFor(envelope);
  const own = ownAccount();
  const home = account?.home ?? own.home;
  const { file } = specOf(envelope);
  if (file !== undefined && !isAbsolute(file.path))
    throw new DomainError('INVALID_INPUT', `${file.path} is no path of this kind of computer. Nothing was moved.`);
  // A file's path is whole, so it does not matter where the transfer stands.
  const anywhere = file !== undefined || !isFolder(home) ? parse(process.execPath).root : home;
  const cwd = envelope.cwd ?? anywhere;
  if (!isFolder(cwd)) {
    throw new DomainError(
      'INVALID_INPUT',
      `The working directory ${cwd} does not exist on this computer or is not a folder. Nothing was run.`,
    );
  }
  if (account) proveAccount(account, cwd);
  const { commandId, sessionId, technician, risk, runAs, script, timeoutMs, notAfter } = envelope;
  return {
    ...{ commandId, sessionId, technician, risk, runAs, script, timeoutMs, notAfter, cwd, account },
    shell: envelope.shell,
    shellPath: shell.path,
    shellVersion: shell.version,
    executionPolicy: shell.executionPolicy,
    input: specOf(envelope).input === true,
  };
}

/** The smaller of what the order and the owner of this computer set. */
function outputLimit(envelope: Envelope, policy: LocalPolicy): Pick<RunOrder, 'maxOutputBytes' | 'limitedBy'> {
  const ordered = specOf(envelope).maxOutputBytes ?? Infinity;
  const owners = policy.maxOutputBytes ?? Infinity;
  const limit = Math.min(ordered, owners);
  return limit === Infinity
    ? { maxOutputBytes: null, limitedBy: null }
    : { maxOutputBytes: limit, limitedBy: owners < ordered ? 'owner' : 'order' };
}

/** What is fetched may be no larger than both the order and the owner of this computer allow. */
function fileOf(envelope: Envelope, { maxFileBytes = Infinity }: LocalPolicy): RunOrder['file'] {
  const { file } = specOf(envelope);
  if (file?.direction === 'from_endpoint') return { ...file, maxBytes: Math.min(file.maxBytes, maxFileBytes) };
  return file ?? null;
}

function accountFor({ runAs }: Envelope): Account | null {
  if (runAs.kind === 'runtime') return null;
  const name = runAs.kind === 'account' ? runAs.name : signedInUser();
  const account = findAccount(name);
  if (!account)
    throw new DomainError(
      'INVALID_INPUT',
      `Context not honoured: requested ${name}, not available: this computer has no such account, or its directory does not answer. Nothing was run.`,
    );
  // No change is needed to be who we are; it would only fail where the runtime is not root.
  return account.uid === ownAccount().uid ? null : account;
}

/** Whose context "the signed-in user" is. One at the screen, or the only one there is; a choice among several is not ours to make. */
function signedInUser(): string {
  const { seated, all } = signedIn();
  const candidates = seated.length > 0 ? seated : all;
  const [name] = candidates;
  if (name === undefined)
    throw new DomainError(
      'INVALID_STATE',
      'Context not honoured: nobody is signed in at this computer. Nothing was run. Choose another account.',
    );
  if (candidates.length > 1)
    throw new DomainError(
      'INVALID_STATE',
      `Context not honoured: several people are signed in (${candidates.slice(0, 10).join(', ')}). Nothing was run. Name the account.`,
    );
  return name;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
