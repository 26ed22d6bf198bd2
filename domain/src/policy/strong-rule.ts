/** Strong mode's rule: a named approver decides about the command, not the person at the computer. */
export const STRONG_RULE = 'P-9';
/** Nobody is asked: the policy says so, and the endpoint's owner allows it. */
export const UNATTENDED_RULE = 'P-10';
/** A class of commands asks a named approver, not the person at the computer. */
export const APPROVER_RULE = 'P-11';
/** It would, and there is no approver whose passkey could be believed there. */
export const NO_APPROVER_RULE = 'P-12';
/** No policy asks a named approver for it, and the computer's owner pinned approvers for that class: it starts there with a passkey only. */
export const OWNER_RULE = 'P-13';
/** Whether by that rule a named approver decides, and not the person at the computer. */
export const asksApprover = (rule: string | null | undefined): boolean =>
  rule === STRONG_RULE || rule === APPROVER_RULE || rule === OWNER_RULE;
