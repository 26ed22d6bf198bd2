import { serverFetch } from '../../lib/connection.ts';
import { type Failure, failure } from '../../lib/failure.ts';

/* The few calls that are not GraphQL: cookies are set by the server and never seen here. */

export type AuthAnswer<T> = { ok: true; value: T } | { ok: false; status: number; failure: Failure };

/** POSTs JSON (or GETs without a body) and reads the answer; expected refusals come back, they are not thrown. `withinMs`: as long is waited. */
export async function askAuth<T>(path: string, body?: unknown, withinMs?: number): Promise<AuthAnswer<T>> {
  try {
    const response = await serverFetch(path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(withinMs === undefined ? {} : { signal: AbortSignal.timeout(withinMs) }),
    });
    const text = await response.text();
    const json = (text ? JSON.parse(text) : {}) as { error?: { code: string; message: string } };
    if (response.ok) return { ok: true, value: json as T };
    const { code = `HTTP_${response.status}`, message = 'The server refused this.' } = json.error ?? {};
    return { ok: false, status: response.status, failure: failure(code, message) };
  } catch (error) {
    console.warn('The server could not be reached.', error);
    const words = 'The server did not answer. Check your connection, then try again.';
    return { ok: false, status: 0, failure: failure('NO_CONNECTION', words) };
  }
}
