import { assertNever } from './assert-never.ts';
import type { EntryPayload, Outcome, TranscriptEntry } from './entry.ts';
import { type CommandOutput, commandCards } from './snapshot-commands.ts';
import { nameOf } from './snapshot-names.ts';
import { threaded } from './snapshot-threads.ts';
import type { PlainDocument, PlainEntry } from './snapshot.ts';

type Tone = PlainEntry['tone'];
interface Words {
  label: string;
  tone: Tone;
  words: string;
}

/**
 * What of a record goes into a copy, in plain words, nothing hidden yet. What only this installation knows things by (ids, hashes,
 * signatures, environments, clocks, notes to colleagues about how they work) is in no copy.
 * `entries`: the record from its first entry on. `outputs`: by command, of those that `outputsOf` names.
 */
export function plainDocument(
  entries: readonly TranscriptEntry[],
  outputs: ReadonlyMap<string, CommandOutput>,
): PlainDocument {
  const [first, last] = [entries[0], entries.at(-1)];
  if (first?.kind !== 'opened' || last === undefined) throw new RangeError('A record begins with its opening');
  const { title, clientName, endpointName } = first.payload;
  const cards = commandCards(entries, outputs);
  const ended = entries.find((entry) => entry.kind === 'completed');
  return {
    v: 1,
    title,
    client: clientName,
    host: endpointName,
    from: first.at,
    until: last.at,
    outcome: ended?.payload.outcome ?? null,
    throughSeq: last.seq,
    entries: threaded(
      entries.flatMap((entry): PlainEntry[] => {
        const card = cards.get(entry.seq);
        const said = wordsOf(entry, entries);
        const line = said === null ? [] : [{ seq: entry.seq, at: entry.at, ...said }];
        return card === undefined ? line : [card];
      }),
      entries,
    ),
  };
}

const say = (label: string, words: string, tone: Tone = 'plain'): Words => ({ label, words, tone });
/** Sentences, each on a line of its own; empty ones are left out. */
const lines = (...all: (string | null)[]): string =>
  all.filter((each) => each !== null && each.trim() !== '').join('\n');

/** Null: it is no matter of a reader outside, or it is told with its command. */
function wordsOf(entry: TranscriptEntry, entries: readonly TranscriptEntry[]): Words | null {
  const who = nameOf(entry);
  switch (entry.kind) {
    case 'opened': {
      const { requester, request } = entry.payload;
      return say('Opened', lines(`${who}${requester === '' ? '' : `, for ${requester}`}`, request));
    }
    case 'assigned': {
      const { from, to, reason } = entry.payload;
      return say('Assigned', lines(`${who}: ${from === null ? '' : `from ${from} `}to ${to}`, reason));
    }
    case 'unassigned':
      return say('Back in the queue', lines(`from ${entry.payload.from}`, entry.payload.reason), 'warn');
    case 'command_rights':
      return say(
        'Command rights',
        `${entry.payload.from === null ? '' : `from ${entry.payload.from} `}to ${entry.payload.to}`,
      );
    case 'hold':
      return say(entry.payload.held ? 'On hold' : 'Off hold', lines(who, entry.payload.reason));
    case 'priority':
      return say('Priority', lines(`${who}: from ${entry.payload.from} to ${entry.payload.to}`, entry.payload.reason));
    case 'escalated':
      return say('Escalated', lines(`${who} to ${entry.payload.to}`, entry.payload.reason), 'warn');
    case 'started':
      return say('Started', lines(who, entry.payload.reason));
    case 'approval_requested': {
      const { kind, title, reason, changes } = entry.payload;
      return say(kind === 'session' ? 'Consent asked' : 'Approval asked', lines(title, reason, changes));
    }
    case 'approval_link_sent':
      return say(
        'Link sent',
        `${who} had a link to the question mailed to ${entry.payload.name}, ${entry.payload.email}.`,
      );
    case 'person_contacted': {
      const { how, reached, words, approver } = entry.payload;
      const verb = { phone: 'called', email: 'wrote to', other: 'contacted' }[how];
      const whom = approver ?? 'the person at the computer';
      return say('Contacted', lines(`${who} ${verb} ${whom}: ${reached ? 'reached' : 'no answer'}.`, words));
    }
    case 'approval_decided':
      return decided(entry.payload);
    case 'approval_cited':
      return say('Covered by an earlier yes', entry.payload.words, 'good');
    case 'approval_scope_ended':
      return say(
        'Permission ended',
        lines(`${entry.payload.account} stopped allowing it.`, entry.payload.words),
        'warn',
      );
    case 'approval_ended':
      return entry.payload.state === 'expired'
        ? say('No answer in time', lines('Silence counts as no.', entry.payload.reason), 'warn')
        : say('Request withdrawn', lines(who, entry.payload.reason));
    case 'unattended_allowed':
      return say('Unattended', lines('Nobody was asked: the computer’s owner allows it.', entry.payload.words), 'warn');
    case 'unattended_refused':
      return say('Not unattended', entry.payload.words);
    case 'approval_ignored': {
      const { decision, account, why, reason } = entry.payload;
      return say('Answer without effect', lines(`${decision} by ${account}. ${why}`, reason));
    }
    case 'command_cancel':
      return say('Cancel asked', who);
    case 'dispatch_refused':
      return say('Sending refused', lines(who, entry.payload.words), 'bad');
    case 'command_input':
      return say('Typed into the command', lines(who, entry.payload.text.trim()));
    case 'file_transferred': {
      const { direction, path, bytes } = entry.payload;
      return say(direction === 'to_endpoint' ? 'File put' : 'File fetched', `${path}, ${bytes} bytes`, 'good');
    }
    case 'message':
      return say(
        entry.actor.kind === 'end_user' ? 'Message from the computer' : 'Message',
        lines(`${who}:`, entry.payload.text),
      );
    case 'completed':
      return completed(entry.payload, who, entries);
    case 'command_proposed':
    case 'command_accepted':
    case 'command_policy':
    case 'command_dispatched':
    case 'command_started':
    case 'command_output':
    case 'command_exit':
    case 'command_verdict':
    case 'command_input_told':
    case 'endpoint_facts':
    case 'accepted':
    case 'presence':
    case 'approval_shown':
    case 'approval_nudged':
    case 'sla':
    case 'sla_policy':
    case 'sla_pause':
    case 'reviewed':
    case 'flagged':
    case 'flag_reviewed':
    case 'snapshot_shared':
    case 'snapshot_revoked':
    case 'psa_note':
      return null;
    default:
      return assertNever(entry);
  }
}

const CHANNELS: Readonly<Record<string, string>> = {
  endpoint_prompt: 'at the computer',
  passkey: 'with a passkey',
  link: 'by a mailed link',
};

function decided(p: EntryPayload<'approval_decided'>): Words {
  const yes = p.decision === 'approve';
  const label = p.kind === 'session' ? (yes ? 'Consent given' : 'Consent denied') : yes ? 'Approved' : 'Denied';
  const by = `${yes ? 'Yes' : 'No'} by ${p.account}, ${CHANNELS[p.channel] ?? p.channel}.`;
  // Word for word what they read before they answered.
  const read = p.shown === undefined ? null : `They read:\n${p.shown.text}`;
  return say(label, lines(by, p.reason, read), yes ? 'good' : 'bad');
}

const OUTCOMES: Readonly<Record<Outcome, [label: string, tone: Tone]>> = {
  resolved: ['Resolved', 'good'],
  unresolved: ['Not resolved', 'warn'],
  escalated_out: ['Escalated out', 'warn'],
  denied: ['Denied', 'bad'],
  expired: ['Expired', 'warn'],
  cancelled: ['Cancelled', 'plain'],
};

function completed(p: EntryPayload<'completed'>, who: string, entries: readonly TranscriptEntry[]): Words {
  const [label, tone] = OUTCOMES[p.outcome];
  const checks = p.verification.flatMap((seq) => {
    const at = entries.find((entry) => entry.seq === seq);
    return at === undefined ? [] : [shownBy(at, entries)];
  });
  return say(
    label,
    lines(
      who,
      p.note,
      checks.length === 0 ? null : `Verified by:\n${checks.join('\n')}`,
      p.notVerifiedBecause === null ? null : `Not verified: ${p.notVerifiedBecause}`,
    ),
    tone,
  );
}

/** What an entry is known by to a reader: its command's script, or its own words. */
function shownBy(entry: TranscriptEntry, entries: readonly TranscriptEntry[]): string {
  const of = 'commandId' in entry.payload ? entry.payload.commandId : null;
  const proposal = entries.find((each) => each.kind === 'command_proposed' && each.payload.commandId === of);
  if (of !== null && proposal?.kind === 'command_proposed') return proposal.payload.spec.script;
  return wordsOf(entry, [])?.words ?? `entry ${entry.seq}`;
}
