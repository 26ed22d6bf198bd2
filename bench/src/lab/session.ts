import { waitFor } from '@throughline/infra/testing/wait-for';
import { type House, made } from './house.ts';

interface Question {
  approvalId: string;
  textHash: string;
}

/** A session that the person at the device has agreed to: commands of it run at once. */
export async function openActiveSession({ senior, endpoint, endpointId }: House): Promise<string> {
  const input = {
    endpointId,
    title: 'Benchmark',
    request: 'Measure',
    requester: 'Olivia Hart',
    reason: 'a benchmark runs',
  };
  const { id } = await made(senior.act('startSession', 'StartSessionInput', input, '... on Session { id }'));
  const prompt = await endpoint.promptUrl();
  const question = await waitFor('the question at the device', async () => {
    const { questions } = (await (await fetch(`${prompt}/state?locale=en`)).json()) as { questions: Question[] };
    return questions[0];
  });
  const answer = await fetch(`${prompt}/decide`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-throughline': '1' },
    body: JSON.stringify({
      ...{ approvalId: question.approvalId, decision: 'approve', reason: '' },
      page: { locale: 'en', textHash: question.textHash },
    }),
  });
  if (answer.status !== 200) throw new Error(`the prompt page answered ${answer.status}: ${await answer.text()}`);
  await waitFor('the session to be active', async () => {
    const { session } = await senior.gql<{ session: { status: string } }>(
      'query($id: ID!) { session(id: $id) { status } }',
      { id },
    );
    return session.status === 'active';
  });
  return id;
}
