import type { EntryPayload } from '@throughline/domain/entry';
import type { EntryFieldsFragment, SessionOutcome } from '../../graphql/generated/operations.ts';
import { dayText, hourMinute, shortDuration } from '../../lib/time.ts';
import { bytesText, clockWords, outcomeLook, spokenCode } from '../../lib/words.ts';
import type { KnownEntry } from './timeline.ts';

/** One line of the record in words: bold lead, plain text, a quotation, and the glyph on the line. */
export interface EntryWords {
  glyph: string;
  tone: 'idle' | 'wait' | 'run' | 'ok' | 'bad';
  lead: string;
  text?: string;
  quote?: string;
  /** Less important lines are written in grey. */
  quiet?: boolean;
}

const channelWords: Record<string, string> = {
  endpoint_prompt: 'at the device',
  passkey: 'with a passkey',
  link: 'by the mailed link',
};

const line = (
  glyph: string,
  tone: EntryWords['tone'],
  lead: string,
  text = '',
  quote = '',
  quiet = false,
): EntryWords => ({
  glyph,
  tone,
  lead,
  text,
  quote,
  quiet,
});

/** A command's waiting request reached a limit. */
function waitLine(mark: string): EntryWords {
  if (mark === 'warn') return line('g-warn', 'wait', 'A command waits long for a yes', 'near the limit');
  return line('g-over', 'bad', 'A command waits too long for a yes', mark === 'escalate' ? 'escalated' : '');
}

/** What an entry says. Kinds this page does not know yet are shown by their name, never left out. */
export function entryWords(raw: EntryFieldsFragment): EntryWords {
  const entry = raw as KnownEntry;
  const who = raw.actor.name;
  switch (entry.kind) {
    case 'opened': {
      const p = entry.payload;
      const asked = p.requester && ` for ${p.requester}`;
      const by =
        raw.actor.kind === 'user'
          ? `opened the session${asked}${p.channel && `, by ${p.channel}`}`
          : `opened the session from ticket ${p.ticket?.externalId ?? ''}${asked}`;
      return line('g-unstarted', 'idle', who, by, p.request);
    }
    case 'endpoint_facts':
      return line('i-device', 'idle', 'Endpoint state', 'captured before any command');
    case 'assigned':
      return line(
        'i-user',
        'idle',
        who,
        `${entry.payload.from ? `reassigned the session from ${entry.payload.from}` : 'assigned the session'} to ${entry.payload.to}`,
        entry.payload.reason,
      );
    case 'accepted':
      return line('g-tick', 'idle', who, 'accepted the session', '', true);
    case 'unassigned':
      return entry.payload.why === 'declined'
        ? line('i-queue', 'wait', who, 'declined the session. It is back in the queue.', entry.payload.reason)
        : line('i-queue', 'wait', 'Back in the queue.', `${entry.payload.from} did not take it up in time.`);
    case 'command_rights':
      return line('i-swap', 'idle', entry.payload.to, rightsWords(entry.payload, who));
    case 'hold':
      return entry.payload.held
        ? line('g-pending', 'wait', who, 'put the session on hold, waiting for the client', entry.payload.reason)
        : line('g-active', 'run', who, 'took the session off hold', entry.payload.reason);
    case 'sla_pause': {
      const { clocks, paused, why } = entry.payload;
      const names = clocks.map((name) => clockWords[name]).join(' and ');
      return paused
        ? line(
            'g-pending',
            'idle',
            `${names} clock stands still`,
            `while ${why.map((w) => pauseWords[w]).join(' and ')}`,
            '',
            true,
          )
        : line('g-active', 'idle', `${names} clock goes on`, '', '', true);
    }
    case 'priority':
      return line(
        'g-urgent',
        entry.payload.to === 'urgent' ? 'wait' : 'idle',
        who,
        `set the priority from ${entry.payload.from} to ${entry.payload.to}`,
        entry.payload.reason,
      );
    case 'escalated':
      return line('i-up', 'wait', who, `escalated to ${entry.payload.to}`, entry.payload.reason);
    case 'started':
      return line('g-active', 'run', who, 'started the session', entry.payload.reason);
    case 'presence':
      return entry.payload.online
        ? line('g-on', 'idle', 'Endpoint online', '', '', true)
        : line(
            'g-off',
            'idle',
            'Endpoint unreachable.',
            'Commands already running go on; nothing is lost and nothing runs twice.',
            '',
            true,
          );
    case 'approval_requested':
      return line(
        'g-pending',
        'wait',
        'Consent asked',
        `at the device. Code ${spokenCode(entry.payload.code)}.`,
        entry.payload.reason,
      );
    case 'approval_shown':
      return line('i-eye', 'idle', 'Prompt shown', 'on the device’s screen', '', true);
    case 'approval_nudged':
      return line('i-bell', 'idle', who, nudgedWords(entry.payload), '', true);
    case 'person_contacted': {
      const p = entry.payload;
      const how = { phone: 'called', email: 'wrote to', other: 'contacted' }[p.how];
      const whom = p.approver === undefined ? 'the person' : `the approver ${p.approver}`;
      return line('i-phone', 'idle', who, `${how} ${whom}: ${p.reached ? 'reached' : 'no answer'}.`, p.words);
    }
    case 'approval_link_sent': {
      const { name, email, expiresAt } = entry.payload;
      return line(
        'i-link',
        'idle',
        who,
        `had a link to the question mailed to ${name}, ${email}.`,
        `It works until ${hourMinute(expiresAt)}, for one answer.`,
      );
    }
    case 'approval_decided': {
      const p = entry.payload;
      const what = p.kind === 'session' ? 'Consent' : 'Approval';
      const took = shortDuration(new Date(p.decidedAt).getTime() - new Date(p.requestedAt).getTime());
      const at = `by ${p.account}, ${channelWords[p.channel] ?? `through ${p.channel}`}, ${took} after the question.`;
      return p.decision === 'approve'
        ? line('g-consent', 'ok', `${what} given`, at, p.reason)
        : line('g-denied', 'bad', `${what} denied`, at, p.reason);
    }
    case 'unattended_allowed':
      return line(
        'g-ruled',
        'wait',
        `Unattended: policy rule ${entry.payload.rule}`,
        `version ${entry.payload.policyVersion}. Nobody was asked; the computer’s owner allows it and the endpoint signed that.`,
      );
    case 'unattended_refused':
      return line('g-ruled', 'idle', 'Not unattended:', entry.payload.words);
    case 'approval_ended':
      return entry.payload.state === 'expired'
        ? line('g-expired', 'idle', 'No answer in time.', 'Silence counts as no.', entry.payload.reason)
        : line('g-cancelled', 'idle', 'Request withdrawn', `by ${who}`, entry.payload.reason);
    case 'approval_cited':
      return line(
        'g-consent',
        'ok',
        'Covered by an earlier yes',
        `until ${hourMinute(entry.payload.until)}.`,
        entry.payload.words,
        true,
      );
    case 'approval_scope_ended':
      return line('g-cancelled', 'wait', `${entry.payload.account} stopped allowing it.`, entry.payload.words);
    case 'approval_ignored':
      return line(
        'g-ruled',
        'idle',
        'A later answer had no effect:',
        `${entry.payload.decision} by ${entry.payload.account}. ${entry.payload.why}`,
        entry.payload.reason,
        true,
      );
    case 'message':
      return line(
        'i-thread',
        'idle',
        who,
        raw.actor.kind === 'end_user'
          ? 'from the device'
          : `${raw.actor.role ?? ''}${entry.payload.toPerson ? ', to the person at the device' : ''}`,
        entry.payload.text,
      );
    case 'sla': {
      if (entry.payload.approval !== undefined) return waitLine(entry.payload.mark);
      const name = clockWords[entry.payload.clock as keyof typeof clockWords] ?? entry.payload.clock;
      if (entry.payload.mark === 'met') return line('g-tick', 'ok', `${name} clock met`, '', '', true);
      if (entry.payload.mark === 'escalate') return line('g-over', 'bad', `${name} clock escalated`);
      return entry.payload.mark === 'warn'
        ? line('g-warn', 'wait', `${name} clock near its limit`)
        : line('g-over', 'bad', `${name} clock over its limit`);
    }
    case 'sla_policy':
      return line('i-queue', 'idle', who, 'changed what the client is promised', entry.payload.changes.join(' · '));
    case 'completed': {
      const look = outcomeLook(entry.payload.outcome as SessionOutcome);
      return line(
        look.glyph,
        look.tone === 'ink' ? 'idle' : look.tone,
        `${look.word}.`,
        `${who} completed the session.`,
        entry.payload.note,
      );
    }
    case 'reviewed': {
      const { checklist, result, items, note } = entry.payload;
      const met = items.filter(({ mark }) => mark === 'met').length;
      return line(
        result === 'pass' ? 'g-tick' : 'g-fail',
        result === 'pass' ? 'ok' : 'bad',
        who,
        `reviewed the session by “${checklist}”: ${result}, ${met} of ${items.length} met`,
        note,
      );
    }
    case 'flagged':
      return line('i-flag', 'wait', who, 'flagged the session for a senior', entry.payload.note);
    case 'flag_reviewed':
      return entry.payload.verdict === 'confirm'
        ? line('g-tick', 'ok', who, 'confirmed: the flag is closed.', entry.payload.note)
        : line('i-flag', 'wait', who, 'redirected: the flag stays open.', entry.payload.note);
    case 'snapshot_shared': {
      const { hidden, expiresAt, edits } = entry.payload;
      const more = edits.hide + edits.show;
      return line(
        'i-link',
        'idle',
        who,
        `shared a snapshot: reviewed, ${hidden} ${hidden === 1 ? 'place' : 'places'} hidden${more > 0 ? `, ${more} ${more === 1 ? 'edit' : 'edits'} by hand` : ''}. Its link works until ${dayText(expiresAt)}, ${hourMinute(expiresAt)}, unless it is revoked.`,
      );
    }
    case 'snapshot_revoked':
      return line('g-cancelled', 'idle', who, 'revoked a snapshot: its link works no more.');
    case 'psa_note':
      return line(
        'i-file',
        entry.payload.state === 'failing' ? 'wait' : 'idle',
        `Ticket ${entry.payload.externalId}`,
        `note ${entry.payload.state}. ${entry.payload.words}`,
        '',
        true,
      );
    case 'command_cancel':
      return line('g-cancelled', 'idle', who, 'asked to cancel the command', '', true);
    case 'dispatch_refused':
      return line(
        'g-denied',
        'bad',
        who,
        `tried to send the command${entry.payload.state === 'denied' ? ' after the denial' : ''}. Refused.`,
        entry.payload.words,
      );
    case 'command_input':
      return line('i-thread', 'idle', who, 'typed into the command', entry.payload.text.trim());
    case 'command_input_told':
      return entry.payload.given
        ? line('g-tick', 'idle', 'Given to the command', '', '', true)
        : line('g-denied', 'wait', 'Not given to the command.', entry.payload.words);
    case 'command_output':
      return line(
        'i-dl',
        'idle',
        'Output stored',
        `stdout ${bytesText(entry.payload.stdout.bytes)}, stderr ${bytesText(entry.payload.stderr.bytes)}`,
        '',
        true,
      );
    case 'file_transferred': {
      const { direction, path, bytes } = entry.payload;
      const [glyph, words] = direction === 'to_endpoint' ? ['i-push', 'File put at'] : ['i-dl', 'File fetched from'];
      return line(glyph, 'ok', words, `${path}, ${bytesText(bytes)}`, '', true);
    }
    case 'command_proposed':
    case 'command_accepted':
    case 'command_policy':
    case 'command_dispatched':
    case 'command_started':
    case 'command_exit':
    case 'command_verdict':
      // Usually part of a command's card; alone only where its proposal is on a page not read yet.
      return line('i-sessions', 'idle', stepWords[entry.kind], '', '', true);
    default:
      return line(
        'i-file',
        'idle',
        raw.kind.replaceAll('_', ' '),
        'Reload the page to see this kind of entry in full.',
        '',
        true,
      );
  }
}

const pauseWords = { approval: 'an answer is waited for', client: 'the client is waited for' };

function nudgedWords({ count, approvers }: EntryPayload<'approval_nudged'>): string {
  if (approvers === undefined) return `nudged, number ${count}`;
  const to =
    approvers.length === 0
      ? 'no approver that is left'
      : `the approver${approvers.length > 1 ? 's' : ''} ${approvers.join(', ')}`;
  return `nudged ${to}, number ${count}`;
}

function rightsWords({ from, why }: EntryPayload<'command_rights'>, who: string): string {
  const before = from === null ? '' : ` from ${from}`;
  switch (why) {
    case 'senior':
      return `took command rights over${before}`;
    case 'holder_gone':
      return `took command rights over${before}, who was away`;
    case 'started':
      return `started the session and has command rights`;
    case 'handed_over':
      return `has command rights, handed over by ${who}`;
    case 'given':
      return `has command rights${before}, given by ${who}`;
  }
}

export const stepWords = {
  command_proposed: 'Proposed',
  command_accepted: 'Accepted',
  command_policy: 'Policy read',
  command_dispatched: 'Sent to the endpoint',
  dispatch_refused: 'Sending refused',
  command_started: 'Started',
  command_output: 'Output stored',
  command_exit: 'Ended',
  command_verdict: 'Verdict',
  file_transferred: 'File transferred',
  command_cancel: 'Cancel asked',
  command_input: 'Typed into',
  command_input_told: 'Input taken or not',
  approval_requested: 'Approval asked',
  approval_shown: 'Prompt shown',
  approval_nudged: 'Nudged',
  approval_link_sent: 'Link sent',
  person_contacted: 'Contacted',
  approval_decided: 'Answered',
  unattended_allowed: 'Runs unattended by policy',
  unattended_refused: 'Not allowed to run unattended',
  approval_cited: 'Covered by an earlier yes',
  approval_scope_ended: 'Stopped allowing what a yes covered',
  approval_ended: 'Request ended',
  approval_ignored: 'Later answer, no effect',
} as const;
