import { ref } from 'vue';
import { NudgeApprovalDocument } from '../../graphql/generated/operations.ts';
import { useAction } from '../../lib/use-action.ts';
import { viewer } from '../signin/use-viewer.ts';

/** Asks again: at the device, or the approvers by mail and on their pages. The server keeps the pace: one nudge in 30 s. */
export function useNudge() {
  const { run, busy } = useAction(NudgeApprovalDocument);
  const words = ref('');
  async function nudge(approval: { id: string; session?: { number: number; requester: string } }): Promise<void> {
    const result = await run({ input: { approvalId: approval.id } });
    if (!result.ok) return void (words.value = result.failure.message);
    const { nudges, byApprover, approvers } = result.value;
    const person = byApprover
      ? approvers.map(({ name }) => name).join(', ') || 'A named approver'
      : approval.session?.requester || 'The person at the device';
    const who = approval.session ? `${person}, session ${approval.session.number},` : person;
    const only = byApprover ? unmailed(approvers) : '';
    words.value = `${who} ${byApprover && approvers.length > 1 ? 'are' : 'is'} asked again. Nudge ${nudges}.${only}`;
  }
  return { nudge, busy, words };
}

/** Why a reminder goes out to nobody by mail; empty where it does. */
function unmailed(approvers: readonly { email: string }[]): string {
  const why =
    viewer.value?.mailsNotifications === false
      ? 'No mail server is set'
      : approvers.every(({ email }) => email === '') && 'No e-mail address is known';
  return why ? ` ${why}, so only the approver’s own page says so.` : '';
}
