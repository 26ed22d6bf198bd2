/** What a dialog about people does with the sessions at hand. */
export type PersonAct = 'assign' | 'reassign' | 'escalate';
