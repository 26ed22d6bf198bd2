import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { SessionState } from '@throughline/domain/session-state';
import type { SlaPolicy } from '@throughline/domain/sla';
import { slaChangedSignal } from '@throughline/workflows/messages';
import { randomUUID } from 'node:crypto';
import { type Site, localId } from './site.ts';

const NAMESPACE = 'throughline';
/** RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL of Temporal's API. */
const SIGNALS = 1;

/** Temporal by its own front door, for what the product never does to a session: look inside, and set it back. */
export interface TemporalDesk {
  state(sessionId: string): Promise<SessionState | null>;
  runId(sessionId: string): Promise<string>;
  /** What a worker has been given of the session and has not brought back. */
  underWay(sessionId: string): Promise<{ step: boolean; activity: boolean }>;
  /** Promises something else from here on, as no policy of the product could: in milliseconds. */
  promise(sessionId: string, sla: SlaPolicy): Promise<void>;
  /** Sets the session back to one of its earlier steps; Temporal applies again the updates that came after, and by default the signals. */
  resetTo(sessionId: string, which: (steps: number) => number, signals?: boolean): Promise<void>;
  /** Runs the session's history through the workflow's code, as a worker does that took it over. Throws when they differ. */
  replay(sessionId: string): Promise<void>;
  close(): Promise<void>;
}

let quiet = false;

/** host:port of the product's own Temporal. */
export function temporalAddress(site: Site): string {
  const list = JSON.parse(readFileSync(join(site.product.dataDir, 'processes.json'), 'utf8')) as {
    parts: { name: string; pid: number }[];
  };
  const { pid } = list.parts.findLast((part) => part.name === 'temporal') ?? {};
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  return `127.0.0.1:${words[words.indexOf('--port') + 1]}`;
}

/** Whether it serves the product's namespace, decided within a good half second. */
export async function temporalServes(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: 300 });
    try {
      await connection.withDeadline(Date.now() + 300, () =>
        connection.workflowService.describeNamespace({ namespace: NAMESPACE }),
      );
      return true;
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}

export async function openTemporal(site: Site): Promise<TemporalDesk> {
  // Once a process: replays need a worker, whose news nobody wants here.
  if (!quiet) Runtime.install({ logger: new DefaultLogger('ERROR') });
  quiet = true;
  const connection = await Connection.connect({ address: temporalAddress(site) });
  const client = new Client({ connection, namespace: NAMESPACE });
  const handleOf = (sessionId: string) => client.workflow.getHandle(`session-${localId(sessionId)}`);
  return {
    state: (sessionId) => handleOf(sessionId).query<SessionState | null>('state'),
    runId: async (sessionId) => (await handleOf(sessionId).describe()).runId,
    async underWay(sessionId) {
      const { raw } = await handleOf(sessionId).describe();
      return {
        step: raw.pendingWorkflowTask?.startedTime != null,
        activity: (raw.pendingActivities ?? []).some((each) => each.lastStartedTime != null),
      };
    },
    promise: (sessionId, sla) => handleOf(sessionId).signal(slaChangedSignal, { sla, by: { kind: 'system' } }),
    async resetTo(sessionId, which, signals = true) {
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
        resetReapplyExcludeTypes: signals ? [] : [SIGNALS],
      });
    },
    async replay(sessionId) {
      const handle = handleOf(sessionId);
      const { runId } = await handle.describe();
      const history = await client.workflow.getHandle(handle.workflowId, runId).fetchHistory();
      const codePath = join(site.product.dataDir, 'build', 'workflow-bundle.js');
      await Worker.runReplayHistory({ workflowBundle: { codePath } }, history, handle.workflowId);
    },
    close: () => connection.close(),
  };
}
