import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { SessionState } from '@throughline/domain/session-state';
import { randomUUID } from 'node:crypto';
import { type Site, localId } from './site.ts';

const NAMESPACE = 'throughline';

/** Temporal by its own front door, for what the product never does to a session: look inside, and set it back. */
export interface TemporalDesk {
  state(sessionId: string): Promise<SessionState | null>;
  runId(sessionId: string): Promise<string>;
  /** Sets the session back to one of its earlier steps; Temporal applies again what came after. */
  resetTo(sessionId: string, which: (steps: number) => number): Promise<void>;
  close(): Promise<void>;
}

export async function openTemporal(site: Site): Promise<TemporalDesk> {
  const list = JSON.parse(readFileSync(join(site.product.dataDir, 'processes.json'), 'utf8')) as {
    parts: { name: string; pid: number }[];
  };
  const { pid } = list.parts.findLast((part) => part.name === 'temporal') ?? {};
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  const connection = await Connection.connect({ address: `127.0.0.1:${words[words.indexOf('--port') + 1]}` });
  const client = new Client({ connection, namespace: NAMESPACE });
  const handleOf = (sessionId: string) => client.workflow.getHandle(`session-${localId(sessionId)}`);
  return {
    state: (sessionId) => handleOf(sessionId).query<SessionState | null>('state'),
    runId: async (sessionId) => (await handleOf(sessionId).describe()).runId,
    async resetTo(sessionId, which) {
      const handle = handleOf(sessionId);
      const { runId } = await handle.describe();
      const { events } = await client.workflow.getHandle(handle.workflowId, runId).fetchHistory();
      const steps = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
      const step = steps[which(steps.length)];
      if (step === undefined) throw new Error('the session has no step to go back to');
      await client.workflowService.resetWorkflowExecution({
        namespace: NAMESPACE,
        workflowExecution: { workflowId: handle.workflowId, runId },
        reason: 'a fault test',
        workflowTaskFinishEventId: step.eventId,
        requestId: randomUUID(),
      });
    },
    close: () => connection.close(),
  };
}
