import { actionHash, consentHash } from './action.ts';
import { type ApprovalScope, covers, scopeEnd } from './approval-scope.ts';
import { toHex, utf8 } from './bytes.ts';
import { placeOf } from './command-place.ts';
import type { EntryPayload } from './entry.ts';
import type { ExportBundle } from './export-bundle.ts';
import { fileLine } from './file-transfer.ts';
import { shownFault } from './prompt/check-shown.ts';
import type { ActionClass } from './policy.ts';
import { coversUnattended } from './unattended.ts';
import type { Fault, VerifyDeps } from './verify-report.ts';
import type { CheckedEntry } from './verify-chain.ts';

/** What the record has shown so far, read from its first entry on. */
interface Seen {
  consent: boolean;
  /** What the endpoint stated that its owner lets run unattended in this session; nothing: it did not. */
  unattended: readonly ActionClass[];
  completed: boolean;
  asked: Map<string, string>;
  /** Approved hashes by command. */
  approved: Map<string, Set<string>>;
  /** The same, as far as a named approver's passkey signed for them. */
  byPasskey: Map<string, Set<string>>;
  /** Mailed links, by id, and which question each was to. */
  links: Map<string, string>;
  /** Yeses that cover more than their own command, by approval. */
  grants: Map<string, { scope: ApprovalScope; hash: string; decidedAt: number }>;
  /** Yeses whose scope the person ended. */
  endedScopes: Set<string>;
  /** Commands that an earlier yes covers, and which. */
  cited: Map<string, string>;
  specs: Map<string, EntryPayload<'command_proposed'>['spec']>;
  policies: Map<string, EntryPayload<'command_policy'>>;
  dispatched: Set<string>;
  exits: Map<string, EntryPayload<'command_exit'>['exit']>;
}

/**
 * Reads the record in its order and finds every step that was not allowed when it was taken: work before consent, a change without its own
 * approval, an approval for other words than the ones that ran.
 */
export function checkOrder(
  bundle: ExportBundle,
  entries: readonly CheckedEntry[],
  deps: VerifyDeps,
): { faults: Fault[]; dispatches: number } {
  const seen: Seen = {
    consent: false,
    unattended: [],
    completed: false,
    asked: new Map(),
    approved: new Map(),
    byPasskey: new Map(),
    links: new Map(),
    grants: new Map(),
    endedScopes: new Set(),
    cited: new Map(),
    specs: new Map(),
    policies: new Map(),
    dispatched: new Set(),
    exits: new Map(),
  };
  const faults: Fault[] = [];
  for (const entry of entries) {
    const commandId = 'commandId' in entry.payload ? (entry.payload.commandId ?? undefined) : undefined;
    for (const what of step(bundle, entry, seen, deps))
      faults.push({ verdict: 'altered', entry: entry.seq, what, ...(commandId === undefined ? {} : { commandId }) });
  }
  return { faults, dispatches: seen.dispatched.size };
}

function step(bundle: ExportBundle, entry: CheckedEntry, seen: Seen, deps: VerifyDeps): string[] {
  switch (entry.kind) {
    case 'opened':
      return opened(bundle, entry.payload, entry.seq);
    case 'approval_requested':
      seen.asked.set(entry.payload.approvalId, entry.payload.hash);
      return [];
    case 'approval_link_sent':
      seen.links.set(entry.payload.linkId, entry.payload.approvalId);
      return [];
    case 'approval_decided':
      return decided(bundle, entry.payload, seen, deps);
    case 'unattended_allowed':
      return unattendedAllowed(bundle, entry.payload, seen, deps);
    case 'approval_scope_ended':
      return scopeEnded(entry.payload, seen);
    case 'approval_cited':
      return cited(entry.payload, seen);
    case 'command_proposed':
      seen.specs.set(entry.payload.commandId, entry.payload.spec);
      return [];
    case 'command_policy':
      return policy(bundle, entry.payload, seen, deps);
    case 'command_dispatched':
      return dispatched(entry.payload.commandId, seen);
    case 'command_exit':
      seen.exits.set(entry.payload.commandId, entry.payload.exit);
      return told(entry.payload.commandId, seen);
    case 'command_started':
      return told(entry.payload.commandId, seen);
    case 'file_transferred':
      return transferred(entry.payload, seen, deps);
    case 'completed':
      seen.completed = true;
      return [];
    default:
      return [];
  }
}

const told = (commandId: string, { dispatched }: Seen): string[] =>
  dispatched.has(commandId) ? [] : ['tells of a command that was never dispatched.'];

/** The endpoint signed what it wrote to stdout, and a transfer writes nothing but its file's line. */
function transferred(payload: EntryPayload<'file_transferred'>, seen: Seen, { sha256 }: VerifyDeps): string[] {
  const { commandId, direction, path, bytes } = payload;
  const file = seen.specs.get(commandId)?.file;
  if (file?.direction !== direction || file.path !== path) return ['tells of another file than was proposed.'];
  if (file.direction === 'to_endpoint' && (file.bytes !== bytes || file.sha256 !== payload.sha256))
    return ['tells of other bytes than were approved.'];
  const exit = seen.exits.get(commandId);
  return exit?.exitCode === 0 && exit.stdout.sha256 === toHex(sha256(utf8(fileLine(path, payload))))
    ? []
    : ['tells of a file that the endpoint did not sign for.'];
}

function opened({ session }: ExportBundle, payload: EntryPayload<'opened'>, seq: number): string[] {
  const same =
    payload.number === session.number &&
    payload.title === session.title &&
    payload.clientName === session.clientName &&
    payload.endpointName === session.endpointName;
  return [
    ...(same ? [] : ['does not fit the session’s particulars at the top of the file.']),
    ...(seq === 1 ? [] : ['opens the session, but is not its first entry.']),
  ];
}

function decided(
  bundle: ExportBundle,
  payload: EntryPayload<'approval_decided'>,
  seen: Seen,
  { sha256 }: VerifyDeps,
): string[] {
  const { approvalId, kind, commandId, decision, hash, scope, decidedAt, shown, passkey, link } = payload;
  if (seen.asked.get(approvalId) !== hash)
    return ['answers a request that was not asked before, or asked something else.'];
  if (kind === 'session' && hash !== consentHash(sha256, bundle.session.id, bundle.session.endpointId))
    return ['is a consent to another session or endpoint.'];
  if (link !== undefined && seen.links.get(link.id) !== approvalId)
    return ['was given by a link that was not sent for this question before.'];
  if (!tellsItsWay(payload)) return ['does not tell alike in all its parts whether it was given by a link.'];
  if (shown !== undefined) {
    const script = commandId === null ? null : (seen.specs.get(commandId)?.script ?? null);
    const fault = shownFault(sha256, { ...shown, script });
    if (fault !== null) return [fault];
  }
  if (decision !== 'approve') return [];
  // Whether the passkey's signature holds, verify-passkeys.ts says.
  const signed = passkey?.pin !== undefined;
  if (commandId !== null && !signed && seen.policies.get(commandId)?.verdict === 'ask_approver')
    return ['is a yes without a passkey, where the policy demands a named approver’s.'];
  if (kind === 'session') seen.consent = true;
  else if (commandId !== null && kind === 'action' && scope !== undefined)
    seen.grants.set(approvalId, { scope, hash, decidedAt: Date.parse(decidedAt) });
  if (kind !== 'session' && commandId !== null)
    for (const yeses of signed ? [seen.approved, seen.byPasskey] : [seen.approved])
      yeses.set(commandId, (yeses.get(commandId) ?? new Set()).add(hash));
  return [];
}

/** A link is the answer's whole way or no part of it: of `channel` alone, which nobody signed, pages say how somebody answered. */
function tellsItsWay({ channel, scope, shown, passkey, link }: EntryPayload<'approval_decided'>): boolean {
  if (link === undefined) return channel !== 'link' && shown?.channel !== 'link_page';
  return channel === 'link' && shown?.channel === 'link_page' && scope === undefined && passkey === undefined;
}

/** An endpoint may state it of the question that would have asked the person to allow this very session, and of nothing else. */
function unattendedAllowed(
  bundle: ExportBundle,
  { approvalId, hash, classes }: EntryPayload<'unattended_allowed'>,
  seen: Seen,
  { sha256 }: VerifyDeps,
): string[] {
  if (seen.asked.get(approvalId) !== hash)
    return ['answers a request that was not asked before, or asked something else.'];
  if (hash !== consentHash(sha256, bundle.session.id, bundle.session.endpointId))
    return ['lets another session or endpoint run unattended.'];
  seen.unattended = classes;
  return [];
}

/** From here on nothing may be sent on that yes but its own command. */
function scopeEnded({ approvalId }: EntryPayload<'approval_scope_ended'>, seen: Seen): string[] {
  seen.endedScopes.add(approvalId);
  return seen.asked.has(approvalId) ? [] : ['ends what a yes covers that was never asked for.'];
}

/** The command must lie within what the person's yes says it covers, and in its time. */
function cited({ commandId, approvalId, citedAt }: EntryPayload<'approval_cited'>, seen: Seen): string[] {
  const grant = seen.grants.get(approvalId);
  const spec = seen.specs.get(commandId);
  const judged = seen.policies.get(commandId);
  if (seen.endedScopes.has(approvalId)) return ['cites a yes that the person at the endpoint had ended.'];
  if (grant === undefined) return ['cites a yes that covers no more than its own command, or none at all.'];
  if (spec === undefined || judged === undefined)
    return ['cites a yes for a command that was not proposed and judged.'];
  const wanted = { hash: judged.actionHash, risk: judged.risk, place: placeOf(spec) };
  if (judged.verdict === 'ask_approver') return ['cites a yes where the policy demands a named approver’s own.'];
  if (spec.runAs.kind !== 'runtime' || !covers(grant.scope, grant.hash, wanted))
    return ['cites a yes that does not cover this command.'];
  if (!(Date.parse(citedAt) <= scopeEnd(grant.scope, grant.decidedAt))) return ['cites a yes whose time was over.'];
  seen.cited.set(commandId, approvalId);
  return [];
}

function policy(
  bundle: ExportBundle,
  payload: EntryPayload<'command_policy'>,
  seen: Seen,
  { sha256 }: VerifyDeps,
): string[] {
  const spec = seen.specs.get(payload.commandId);
  seen.policies.set(payload.commandId, payload);
  if (spec === undefined) return ['judges a command that was not proposed before.'];
  if (actionHash(sha256, bundle.session.id, bundle.session.endpointId, spec) !== payload.actionHash)
    return ['judges other words than the ones proposed.'];
  if (payload.verdict === 'run' && (payload.risk !== 'read_only' || spec.runAs.kind !== 'runtime'))
    return ['lets a command run unasked that may do more than read.'];
  if (payload.verdict === 'unattended' && !coversUnattended(seen.unattended, payload.risk, spec))
    return ['lets a command run unattended that the endpoint did not say its owner allows.'];
  return [];
}

function dispatched(commandId: string, seen: Seen): string[] {
  const faults: string[] = [];
  const judged = seen.policies.get(commandId);
  const citing = seen.cited.get(commandId);
  // By policy alone goes only what the policy calls unattended, or a person approved by itself.
  const mayGo = seen.consent || (seen.unattended.length > 0 && judged?.verdict !== 'run');
  if (!mayGo) faults.push('was sent to the endpoint before the person there had consented.');
  if (seen.completed) faults.push('was sent to the endpoint after the session had ended.');
  if (seen.dispatched.has(commandId)) faults.push('was sent a second time.');
  if (judged === undefined || judged.verdict === 'refuse') faults.push('was sent though no policy let it.');
  else if (
    judged.verdict === 'ask' &&
    !seen.cited.has(commandId) &&
    seen.approved.get(commandId)?.has(judged.actionHash) !== true
  )
    faults.push('was sent without an approval of exactly these words before it.');
  else if (judged.verdict === 'ask_approver' && seen.byPasskey.get(commandId)?.has(judged.actionHash) !== true)
    faults.push('was sent without a named approver’s passkey for exactly these words, which the policy demands.');
  if (citing !== undefined && seen.endedScopes.has(citing))
    faults.push('was sent on a yes that the person at the endpoint had ended.');
  seen.dispatched.add(commandId);
  return faults;
}
