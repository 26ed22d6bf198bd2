import type { Client, OperationResult } from '@urql/core';
import { askInPassing } from '../../lib/ask-in-passing.ts';
import { client } from '../../graphql/client.ts';
import { readAhead } from '../output/output-http.ts';
import { SessionPageDocument, type SessionPageQuery } from '../../graphql/generated/operations.ts';

export const ENTRIES_A_PAGE = 100;
/** Used by the page that opens next, or not at all: what is older than this says nothing about now. */
const FRESH_MS = 5_000;

type Answer = Promise<OperationResult<SessionPageQuery>>;
let ahead: { number: number; at: number; answer: Answer } | null = null;

const ask = (from: Client, number: number, entries: boolean): Answer =>
  askInPassing(from, SessionPageDocument, { number, first: ENTRIES_A_PAGE, entries });

/**
 * Asks for a session while its page's program is still on the way, and for the beginning of what the command of that entry wrote. Who may
 * not see it is answered as always.
 */
export function askSessionAhead(number: number, entrySeq = NaN): void {
  if (isFresh(number)) return;
  const answer = ask(client, number, true);
  ahead = { number, at: Date.now(), answer };
  void answer.then(({ data }) => {
    const command = data?.sessionByNumber?.commands.find((each) => each.entrySeq === entrySeq);
    if (command === undefined || command.finishedAt === null) return;
    for (const stream of ['stdout', 'stderr'] as const) if (command[stream].bytes > 0) readAhead(command.id, stream);
  });
}

const isFresh = (number: number): boolean => ahead?.number === number && Date.now() - ahead.at < FRESH_MS;

/** The session, with the first page of its entries if wanted; what was asked ahead is taken once. */
export function askSession(from: Client, number: number, withEntries: boolean): Answer {
  const early = isFresh(number) ? ahead : null;
  ahead = null;
  if (withEntries && early !== null) return early.answer;
  return ask(from, number, withEntries);
}
