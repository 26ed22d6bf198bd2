import { assertNever } from '@throughline/domain/assert-never';
import { OWNER_RULE } from '@throughline/domain/policy/strong-rule';
import type {
  ClockName,
  CommandState,
  PolicySource,
  Risk,
  Role,
  SessionOutcome,
  SessionStatus,
  Shell,
  WaitingOn,
} from '../graphql/generated/operations.ts';

/* The glossary's words for what the schema names, with the shape and colour that always go with them. */

/** How a status looks: a word, a symbol of IconSprite.vue and a colour class. Never one of them alone. */
export interface Look {
  word: string;
  glyph: string;
  tone: 'idle' | 'wait' | 'run' | 'ok' | 'bad' | 'ink';
}

const look = (word: string, glyph: string, tone: Look['tone']): Look => ({ word, glyph, tone });

export function sessionLook(status: SessionStatus, outcome: SessionOutcome | null): Look {
  switch (status) {
    case 'unstarted':
      return look('Not started', 'g-unstarted', 'idle');
    case 'pending_approval':
      return look('Pending approval', 'g-pending', 'wait');
    case 'active':
      return look('Active', 'g-active', 'run');
    case 'completed':
      return outcome === null ? look('Completed', 'g-resolved', 'ink') : outcomeLook(outcome);
    default:
      return assertNever(status);
  }
}

export function outcomeLook(outcome: SessionOutcome): Look {
  switch (outcome) {
    case 'resolved':
      return look('Resolved', 'g-resolved', 'ok');
    case 'unresolved':
      return look('Unresolved', 'g-unresolved', 'ink');
    case 'escalated_out':
      return look('Escalated out', 'g-urgent', 'wait');
    case 'denied':
      return look('Denied', 'g-denied', 'bad');
    case 'expired':
      return look('Expired', 'g-expired', 'ink');
    case 'cancelled':
      return look('Cancelled', 'g-cancelled', 'idle');
    default:
      return assertNever(outcome);
  }
}

/** What a command's state looks like, before exit codes and counts are added. */
export function commandLook(state: CommandState): Look {
  switch (state) {
    case 'proposed':
      return look('Proposed', 'g-unstarted', 'idle');
    case 'refused':
      return look('Refused', 'g-denied', 'bad');
    case 'waiting_approval':
      return look('Waiting for approval', 'g-pending', 'wait');
    case 'denied':
      return look('Denied', 'g-denied', 'bad');
    case 'queued':
      return look('Queued', 'g-unstarted', 'idle');
    case 'dispatched':
      return look('Sent', 'g-unstarted', 'run');
    case 'running':
      return look('Running', 'g-running', 'run');
    case 'completed':
      return look('exit 0', 'g-tick', 'ok');
    case 'completed_with_errors':
      return look('exit 0', 'g-warn', 'wait');
    case 'failed':
      return look('Failed', 'g-fail', 'bad');
    case 'timed_out':
      return look('Timed out', 'g-expired', 'ink');
    case 'cancelled':
      return look('Cancelled', 'g-cancelled', 'idle');
    case 'expired_unsent':
      return look('Expired, never sent', 'g-expired', 'ink');
    case 'outcome_unknown':
      return look('Outcome unknown', 'g-unknown', 'wait');
    default:
      return assertNever(state);
  }
}

export const waitingWords: Record<WaitingOn, string> = {
  end_user: 'End user',
  approver: 'Approver',
  technician: 'Technician',
  endpoint: 'Endpoint',
  assignee: 'Assignee',
  none: 'none',
};

export const riskWords: Record<Risk, string> = { read_only: 'read-only', change: 'change', destructive: 'destructive' };

/** Whose word judged a command: a policy, and in which version, or the owner of the computer. Null: from before there were levels. */
export function policyText(level: PolicySource | null, version: number, rule: string | null): string {
  if (rule === OWNER_RULE) return 'the computer’s owner';
  switch (level) {
    case null:
      return `policy v${version}`;
    case 'built_in':
      return 'built-in policy';
    case 'client_group':
      return `client group policy v${version}`;
    default:
      return `${level} policy v${version}`;
  }
}

export const roleWords: Record<Role, string> = {
  technician: 'Technician',
  senior: 'Senior',
  dispatcher: 'Dispatcher',
  manager: 'Manager',
  admin: 'Admin',
};

/** `consent_wait` counts the wait for any yes: consent to the session, and then a command's. */
export const clockWords: Record<ClockName, string> = {
  consent_wait: 'Approval',
  response: 'Response',
  resolution: 'Resolve',
};

export const shellWords: Record<Shell, string> = {
  bash: 'bash',
  sh: 'sh',
  pwsh: 'pwsh',
  powershell: 'PowerShell',
  cmd: 'cmd',
};

/** `JP` of Jun Park; an account or address gives its first two letters. */
export function initials(name: string): string {
  const words = name
    .replace(/^.*\\/, '')
    .split(/[\s._@-]+/)
    .filter(Boolean);
  const picked = words.length > 1 ? [words[0], words.at(-1)] : [...(words[0] ?? '?').slice(0, 2)];
  return picked
    .map((w) => w?.[0] ?? '')
    .join('')
    .toUpperCase();
}

export const firstName = (name: string): string => name.split(' ')[0] ?? name;

/** `48 21`: read aloud, so in pairs. */
export const spokenCode = (code: string): string => code.replace(/\s/g, '').replace(/(..)(?=.)/g, '$1 ');

const counts = new Intl.NumberFormat('en-US');
export const countText = (n: number): string => counts.format(n);
export const bytesText = (n: number): string => `${counts.format(n)} ${n === 1 ? 'byte' : 'bytes'}`;
