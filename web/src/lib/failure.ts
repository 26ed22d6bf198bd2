import type { CombinedError } from '@urql/core';

/** A failure as it is shown: a stable code, a sentence, and the time it was seen. */
export interface Failure {
  code: string;
  message: string;
  at: string;
  /** The session that is open already, where one is in the way. */
  sessionNumber?: number;
}

export const failure = (code: string, message: string): Failure => ({ code, message, at: new Date().toISOString() });

/** What to show for a failed request. A lost connection gets its own words: nothing was decided by the server. */
export function failureOf(error: CombinedError): Failure {
  const first = error.graphQLErrors[0];
  if (first) {
    const code = first.extensions['code'];
    return failure(typeof code === 'string' ? code : 'INTERNAL', first.message);
  }
  return failure('NO_CONNECTION', 'The server did not answer. Check your connection, then try again.');
}
