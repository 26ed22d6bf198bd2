/** Strong mode's rule: a named approver decides about the command, not the person at the computer. */
export const STRONG_RULE = 'P-9';
