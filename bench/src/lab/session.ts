import { waitFor } from '@throughline/infra/testing/wait-for';
import { type House, made } from './house.ts';

export interface Question {
  approvalId: string;
  textHash: string;
  /** All that the page knows of it, as JSON. */
  text: string;
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
    const { questions } = (await (await fetch(`${prompt}/state?locale=en`)).json()) as {
      questions: Omit<Question, 'text'>[];
    };
    return questions[0];
  });
  await decide(prompt, question);
  await waitFor('the session to be active', async () => {
    const { session } = await senior.gql<{ session: { status: string } }>(
      'query($id: ID!) { session(id: $id) { status } }',
      { id },
    );
    return session.status === 'active';
  });
  return id;
}

/** The person's yes, as their page sends it. */
export async function decide(prompt: string, question: Omit<Question, 'text'>): Promise<void> {
  const answer = await fetch(`${prompt}/decide`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-throughline': '1' },
    body: JSON.stringify({
      ...{ approvalId: question.approvalId, decision: 'approve', reason: '' },
      page: { locale: 'en', textHash: question.textHash },
    }),
  });
  if (answer.status !== 200) throw new Error(`the prompt page answered ${answer.status}: ${await answer.text()}`);
}

/** What an open page of the prompt hears: the questions as they stand now, then again at every change. */
export async function* questionsOf(prompt: string, signal: AbortSignal): AsyncGenerator<Question[]> {
  const { body } = await fetch(`${prompt}/events?locale=en`, { signal });
  let rest = '';
  for await (const piece of (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    const events = `${rest}${piece}`.split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) {
      const data = event.split('\n').find((line) => line.startsWith('data: '));
      if (data === undefined) continue;
      const { questions } = JSON.parse(data.slice(6)) as { questions: Omit<Question, 'text'>[] };
      yield questions.map((question) => ({ ...question, text: JSON.stringify(question) }));
    }
  }
}
