import type { AskedApprover } from '@throughline/store/asked-approver-store';

/** What a reminder of named approvers did, for the audit trail. Their own pages say by themselves that they are asked again. */
export interface ReminderDone {
  approvers: string[];
  /** Those for whom a mail was queued. */
  mailQueuedFor: string[];
  /** Why the others get none. */
  noMail?: string;
}

/** `mails`: a mail server is set. */
export function reminderDone(approvers: readonly AskedApprover[], mails: boolean): ReminderDone {
  const names = (some: readonly AskedApprover[]) => some.map(({ name }) => name);
  const unknown = names(approvers.filter(({ email }) => email === ''));
  const noMail = !mails
    ? 'no mail server is set'
    : unknown.length > 0
      ? `no address is known of ${unknown.join(', ')}`
      : null;
  return {
    approvers: names(approvers),
    mailQueuedFor: mails ? names(approvers.filter(({ email }) => email !== '')) : [],
    ...(noMail !== null && { noMail }),
  };
}
