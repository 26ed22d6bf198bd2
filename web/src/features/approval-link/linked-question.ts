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
