import { setTimeout } from 'node:timers/promises';
import type { Desk } from '@throughline/e2e/harness/desk';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { made } from './house.ts';

/** What the product knows of a command, times in ISO 8601. All clocks are this machine's. */
export interface CommandFacts {
  id: string;
  state: string;
  words: string | null;
  proposedAt: string;
  dispatchedAt: string | null;
  endpointStartedAt: string | null;
  startedAt: string | null;
  endpointFinishedAt: string | null;
  finishedAt: string | null;
  stdout: { bytes: number; sha256: string | null };
}

const FACTS =
  'id state words proposedAt dispatchedAt endpointStartedAt startedAt endpointFinishedAt finishedAt stdout { bytes sha256 }';

export async function propose(desk: Desk, sessionId: string, script: string, timeoutMs?: number): Promise<string> {
  const input = { sessionId, shell: 'bash', script, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  return (await made(desk.act('proposeCommand', 'ProposeCommandInput', input, '... on Command { id }'))).id;
}

/**
 * Waits for the command's end. Throws when it ended any other way than well. `everyMs` is the pause between two questions: a
 * question costs the product some milliseconds, so whoever waits for eight long commands at once must not ask all the time.
 */
export function completed(desk: Desk, id: string, withinMs = 30_000, everyMs = 0): Promise<CommandFacts> {
  return waitFor(
    `command ${id} to complete`,
    async () => {
      if (everyMs > 0) await setTimeout(everyMs);
      const { command } = await desk.gql<{ command: CommandFacts }>(
        `query($id: ID!) { command(id: $id) { ${FACTS} } }`,
        { id },
      );
      if (command.finishedAt === null) return null;
      if (command.state !== 'completed') throw new Error(`the command ended ${command.state}: ${command.words}`);
      return command;
    },
    withinMs,
  );
}
