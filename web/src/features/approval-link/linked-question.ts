import type { PromptLine } from '@throughline/domain/prompt/prompt-text';

/** The question that a mailed link leads to, as the server tells its page. */
export interface LinkedQuestion {
  mspName: string;
  clientName: string;
  endpointName: string;
  technician: string;
  /** Whom the link was mailed to. */
  name: string;
  lines: PromptLine[];
  textHash: string;
  expiresAt: number;
}

export type Decision = 'approve' | 'deny';

/** What became of the answer. */
export interface Outcome {
  decision: Decision;
  /** Null: the computer has not said yet. */
  counted: boolean | null;
  /** Why it did not count, in English. */
  why: string;
}

/** Why there is nothing to answer: the link does not work, too many did not, the page has none, or the server does not understand what it asks. */
export type Dead = 'dead' | 'wait' | 'none' | 'bad';
