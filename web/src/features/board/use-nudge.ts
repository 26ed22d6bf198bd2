import { ref } from 'vue';
import { NudgeApprovalDocument } from '../../graphql/generated/operations.ts';
import { useAction } from '../../lib/use-action.ts';

/** Shows a waiting prompt again at the device. The server keeps the pace: one nudge in 30 s. */
export function useNudge() {
  const { run, busy } = useAction(NudgeApprovalDocument);
  const words = ref('');
  async function nudge(approval: { id: string; session?: { number: number; requester: string } }): Promise<void> {
    const result = await run({ input: { approvalId: approval.id } });
    const person = approval.session?.requester || 'The person at the device';
    const who = approval.session ? `${person}, session ${approval.session.number},` : person;
    words.value = result.ok ? `${who} is asked again. Nudge ${result.value.nudges}.` : result.failure.message;
  }
  return { nudge, busy, words };
}
