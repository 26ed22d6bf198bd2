import type { Followed, GqlAnswer } from './followed.ts';
import { PageSocket } from './page-socket.ts';
import type { TestPerson } from './people.ts';

export type { Followed, GqlAnswer };

/** What a mutation answers with: its result's fields, or a UserError's. */
export type Acted = { __typename: string; code?: string; message?: string; id?: string } & Record<string, unknown>;

/** The id as GraphQL shows it (Relay's spelling, the same the product makes). */
export const gid = (type: string, id: string): string => Buffer.from(`${type}:${id}`).toString('base64');
export const rawId = (globalId: string): string =>
  Buffer.from(globalId, 'base64')
    .toString('utf8')
    .replace(/^[^:]+:/, '');

/** A signed-in person at work: speaks GraphQL over real HTTP, with their cookie. */
export class Desk {
  readonly person: TestPerson | null;
  private readonly url: string;

  constructor(url: string, person: TestPerson | null) {
    this.url = url;
    this.person = person;
  }

  get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
    return fetch(`${this.url}${path}`, { method, headers: { ...this.headers(), ...headers } });
  }

  headers(): Record<string, string> {
    return { 'x-throughline': '1', ...(this.person === null ? {} : { cookie: this.person.cookie }) };
  }

  async raw<T>(query: string, variables: object = {}): Promise<GqlAnswer<T>> {
    const answer = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { ...this.headers(), 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return (await answer.json()) as GqlAnswer<T>;
  }

  /** Throws where the answer holds an error. */
  async gql<T>(query: string, variables: object = {}): Promise<T> {
    const { data, errors } = await this.raw<T>(query, variables);
    if (errors !== undefined || data == null) throw new Error(`GraphQL: ${JSON.stringify(errors)} for ${query}`);
    return data;
  }

  /** Calls a mutation of the form `field(input: FieldInput!)`; `select` goes into the fragment on its result type. */
  async act(field: string, input: object, select = '... on Node { id }'): Promise<Acted> {
    const type = `${field[0]?.toUpperCase()}${field.slice(1)}Input`;
    const query = `mutation($input: ${type}!) { r: ${field}(input: $input) { __typename ... on UserError { code message } ${select} } }`;
    const { data, errors } = await this.raw<{ r: Acted }>(query, { input });
    if (errors?.[0] !== undefined) {
      const { message, extensions } = errors[0];
      return { __typename: 'Error', code: extensions?.code ?? '', message };
    }
    if (data == null) throw new Error(`${field} answered nothing`);
    return data.r;
  }

  /** The same, and a refusal fails the test. */
  async must(field: string, input: object, select?: string): Promise<Acted> {
    const acted = await this.act(field, input, select);
    if (acted.__typename === 'UserError' || acted.__typename === 'Error')
      throw new Error(`${this.person?.name ?? 'nobody'} may not ${field}: ${acted.code}: ${acted.message}`);
    return acted;
  }

  /** A tab's socket, as the web app opens it. */
  openSocket(headers: Record<string, string> = {}): Promise<PageSocket> {
    return PageSocket.open(this.url, { ...this.headers(), origin: this.url, ...headers });
  }

  /** Follows a subscription over a socket of its own until closed. */
  async followBySocket<T>(query: string, variables: object = {}): Promise<Followed<T>> {
    const socket = await this.openSocket();
    await socket.greet();
    const followed = socket.follow<T>(query, variables);
    return Object.assign(followed, { close: () => socket.close() });
  }

  /** Follows a subscription over server-sent events until closed. */
  async follow<T>(query: string, variables: object = {}): Promise<Followed<T>> {
    const leave = new AbortController();
    const answer = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { ...this.headers(), 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query, variables }),
      signal: leave.signal,
    });
    const followed: Followed<T> = {
      events: [],
      errors: [],
      ended: false,
      status: answer.status,
      close: async () => {
        leave.abort();
        await reading;
      },
    };
    const reading = readEvents(answer, followed).catch((error: Error) => {
      if (error.name !== 'AbortError') throw error;
    });
    return followed;
  }
}

async function readEvents<T>(answer: Response, followed: Followed<T>): Promise<void> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const part of answer.body ?? []) {
    text += decoder.decode(part as Uint8Array, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      take(text.slice(0, end), followed);
      text = text.slice(end + 2);
    }
  }
}

function take<T>(block: string, followed: Followed<T>): void {
  const field = (name: string) =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  if (field('event') === 'complete') followed.ended = true;
  const data = field('data');
  if (field('event') !== 'next' || data === undefined) return;
  const { data: value, errors } = JSON.parse(data) as GqlAnswer<T>;
  if (errors !== undefined) followed.errors.push(...errors);
  if (value != null) followed.events.push(value);
}
