import type { Http } from '@throughline/e2e/harness/http';

/** The data of one GraphQL subscription over server-sent events, as a browser gets it. Leave the loop to close the stream. */
export async function* subscribe<T>(http: Http, query: string, variables: Record<string, unknown>): AsyncGenerator<T> {
  const gone = new AbortController();
  try {
    const answer = await fetch(`${http.origin}/graphql`, {
      method: 'POST',
      headers: {
        accept: 'text/event-stream',
        'content-type': 'application/json',
        'x-throughline': '1',
        cookie: http
          .cookies()
          .map(({ name, value }) => `${name}=${value}`)
          .join('; '),
      },
      body: JSON.stringify({ query, variables }),
      signal: gone.signal,
    });
    if (answer.body === null || !answer.ok) throw new Error(`the subscription answered ${answer.status}`);
    let text = '';
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const data = /^data: ?(.+)$/m.exec(event)?.[1];
        if (data === undefined) continue;
        const payload = JSON.parse(data) as { data?: T; errors?: { message: string }[] };
        if (payload.errors !== undefined) throw new Error(payload.errors[0]?.message);
        if (payload.data !== undefined) yield payload.data;
      }
    }
  } finally {
    gone.abort();
  }
}
