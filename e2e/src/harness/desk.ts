import { createClientHttp, type Http } from './http.ts';

/** One signed-in person talking to the api as the web app does: cookies, GraphQL, one clear error when something is refused. */
export interface Desk {
  readonly http: Http;
  /** Data of a query or mutation; GraphQL errors throw. */
  gql<T = Record<string, never>>(query: string, variables?: Record<string, unknown>): Promise<T>;
  /** The result of a mutation's union: `{ code, message }` for a refusal. */
  act<T = Result>(field: string, inputType: string, input: Record<string, unknown>, on: string): Promise<T>;
}

export interface Result {
  __typename: string;
  id: string;
  code?: string;
  message?: string;
}

export async function signIn(url: string, email: string, password: string): Promise<Desk> {
  const http = createClientHttp(url);
  const answer = await http.post('/auth/sign-in', { email, password });
  if (answer.status !== 200) throw new Error(`sign-in of ${email} answered ${answer.status}: ${await answer.text()}`);
  return deskOf(http);
}

/** Opens a one-time link and sets the password. */
export async function takeSetupLink(link: string, body: Record<string, string>): Promise<Desk> {
  const { origin, pathname } = new URL(link);
  const http = createClientHttp(origin);
  const answer = await http.post(`/auth${pathname}`, body);
  if (answer.status !== 200) throw new Error(`setup answered ${answer.status}: ${await answer.text()}`);
  return deskOf(http);
}

export function deskOf(http: Http): Desk {
  const gql = async <T>(query: string, variables: Record<string, unknown> = {}): Promise<T> => {
    const answer = await http.post('/graphql', { query, variables });
    const body = (await answer.json()) as { data?: T; errors?: { message: string; extensions?: { code?: string } }[] };
    if (body.errors !== undefined)
      throw new Error(body.errors.map((e) => `${e.extensions?.code ?? ''} ${e.message}`).join('; '));
    return body.data as T;
  };
  return {
    http,
    gql,
    async act<T>(field: string, inputType: string, input: Record<string, unknown>, on: string): Promise<T> {
      const query = `mutation($input: ${inputType}!) { r: ${field}(input: $input) { __typename ... on UserError { code message } ${on} } }`;
      return (await gql<{ r: T }>(query, { input })).r;
    },
  };
}
