import { COMMAND_STATES, RISKS, SHELLS } from '@throughline/domain/command';
import { OUTCOMES } from '@throughline/domain/entry';
import { DIRECTIONS } from '@throughline/domain/file-transfer';
import { FLAG_STATES, type FlagVerdict as Verdict } from '@throughline/domain/flag';
import { NOTIFICATION_KINDS } from '@throughline/domain/notification-kind';
import { POLICY_MODES, POLICY_SOURCES } from '@throughline/domain/policy';
import { REVIEW_RESULTS } from '@throughline/domain/quality-review';
import { ROLES } from '@throughline/domain/role';
import { WAITING_ON } from '@throughline/domain/session-state';
import { builder } from './builder.ts';

export const Role = builder.enumType('Role', { values: ROLES });
export const SessionStatus = builder.enumType('SessionStatus', {
  values: ['unstarted', 'pending_approval', 'active', 'completed'] as const,
});
export const SessionOutcome = builder.enumType('SessionOutcome', { values: OUTCOMES });
export const WaitingOn = builder.enumType('WaitingOn', {
  values: WAITING_ON,
});
export const Priority = builder.enumType('Priority', { values: ['normal', 'urgent'] as const });
export const Risk = builder.enumType('Risk', { values: RISKS });
export const PolicySource = builder.enumType('PolicySource', { values: POLICY_SOURCES });
export const PolicyMode = builder.enumType('PolicyMode', { values: POLICY_MODES });
export const ReviewFilter = builder.enumType('ReviewFilter', { values: [...REVIEW_RESULTS, 'none'] as const });
export const Shell = builder.enumType('Shell', { values: SHELLS });
export const CommandState = builder.enumType('CommandState', { values: COMMAND_STATES });
export const NotificationKind = builder.enumType('NotificationKind', { values: NOTIFICATION_KINDS });
export const FileDirection = builder.enumType('FileDirection', { values: DIRECTIONS });
export const OutputStream = builder.enumType('OutputStream', { values: ['stdout', 'stderr'] as const });
export const ApprovalKind = builder.enumType('ApprovalKind', { values: ['session', 'action', 'identity'] as const });
export const ApprovalState = builder.enumType('ApprovalState', {
  values: ['waiting', 'approved', 'denied', 'expired', 'withdrawn'] as const,
});
export const ContactHow = builder.enumType('ContactHow', { values: ['phone', 'email', 'other'] as const });
export const ClockName = builder.enumType('ClockName', { values: ['response', 'consent_wait', 'resolution'] as const });
export const FlagState = builder.enumType('FlagState', { values: FLAG_STATES });
export const FlagVerdict = builder.enumType('FlagVerdict', {
  values: {
    CONFIRM: { value: 'confirm' satisfies Verdict, description: 'It is right; the flag is closed.' },
    REDIRECT: {
      value: 'redirect' satisfies Verdict,
      description: 'The note says what to do instead; the flag stays open.',
    },
  } as const,
});
