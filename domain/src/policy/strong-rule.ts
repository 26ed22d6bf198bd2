/** Strong mode's rule: a named approver decides about the command, not the person at the computer. */
export const STRONG_RULE = 'P-9';
/** Nobody is asked: the policy says so, and the endpoint's owner allows it. */
export const UNATTENDED_RULE = 'P-10';
