import type { GatewayMessage } from '@throughline/domain/agent-protocol';
import { DomainError, isDomainError } from '@throughline/domain/errors';
import { shownFault } from '@throughline/domain/prompt/check-shown';
import { readPins } from './approver-pins.ts';
import type { ApprovalRecord } from './consent-store.ts';
import type { DataFolder } from './data-folder.ts';
import type { Identity } from './identity.ts';
import { readLocalPolicy } from './local-policy.ts';
import { sha256 } from './sha256.ts';

export type LinkAnswer = Extract<GatewayMessage, { type: 'link_answer' }>;
type Answer = NonNullable<ApprovalRecord['answer']>;

/** What the desk is told: whether an answer by a mailed link counts here now. Files that cannot be understood allow nothing. */
export function takesLinks(folder: DataFolder, identity: Pick<Identity, 'strong'>): boolean {
  try {
    checkAllowed(folder, identity);
    return true;
  } catch (error) {
    if (isDomainError(error)) return false;
    throw error;
  }
}

/** Errors: POLICY_DENIED where the owner's files let no answer by a link count. */
function checkAllowed(folder: DataFolder, identity: Pick<Identity, 'strong'>): void {
  if (!readLocalPolicy(folder).approvalLink)
    throw new DomainError(
      'POLICY_DENIED',
      'The owner of this computer does not let a yes by a mailed link count. The owner allows it with “approvalLink”: true in policy.json.',
    );
  if (readPins(folder, identity) !== null)
    throw new DomainError('POLICY_DENIED', 'Named approvers are pinned on this computer, so no yes by a link counts.');
}

/** The answer as it is kept and signed here. A no always counts; a yes only where the owner allows it. Errors: POLICY_DENIED, FORBIDDEN, INVALID_INPUT. */
export function answerByLink(
  folder: DataFolder,
  identity: Pick<Identity, 'strong'>,
  { prompt, askedAt }: ApprovalRecord,
  { decision, reason, page, text, link }: LinkAnswer,
  at: number,
): Omit<Answer, 'type' | 'approvalId' | 'signature'> {
  if (decision === 'approve') checkAllowed(folder, identity);
  if (decision === 'approve' && prompt.approver === true)
    throw new DomainError('FORBIDDEN', 'A named approver allows this command, with a passkey. A link cannot.');
  const fault = shownFault(sha256, { text, textHash: page.textHash, script: prompt.command });
  if (fault !== null) throw new DomainError('INVALID_INPUT', `The answer ${fault}`);
  const shown = { ...page, channel: 'link_page' as const, askedAt, shownAt: at, locked: null };
  return { decision, reason, account: link.name, at, shown, text, link };
}
