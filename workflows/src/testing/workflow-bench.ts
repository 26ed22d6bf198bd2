import { randomUUID } from 'node:crypto';
import { Client, Connection, WithStartWorkflowOperation, type WorkflowHandle } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Effect } from '@throughline/domain/effect';
import type { SlaPolicy } from '@throughline/domain/sla';
import { DEFAULT_SLA } from '@throughline/domain/sla';
import { DEFAULT_POLICY } from '@throughline/domain/policy';
import { type SessionInput, WORKFLOW_TYPE, openUpdate, startUpdate } from '../messages.ts';
import { STEP_TIMEOUT, STICKY_TIMEOUT } from '../patience.ts';

/** A worker and a client on the run's real Temporal server; the store's side of the port is a list that tests read. */
export interface WorkflowBench {
  client: Client;
  taskQueue: string;
  effects(sessionId: string): Effect[];
  open(options?: { sla?: SlaPolicy }): Promise<OpenCase>;
  /** No worker runs while this goes on; then there is one again. */
  away(meanwhile: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export interface OpenCase {
  sessionId: string;
  handle: WorkflowHandle;
  update<Arg>(definition: UpdateDefinition<void, [Arg]>, arg: Arg, updateId?: string): Promise<void>;
}

export const TECHNICIAN = { id: '11111111-1111-4111-8111-111111111111', any: false };

export async function openBench(address: string, namespace: string): Promise<WorkflowBench> {
  const taskQueue = `test-${randomUUID()}`;
  const applied = new Map<string, Effect[]>();
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const native = await NativeConnection.connect({ address });
  const work = async () => {
    const worker = await Worker.create({
      // As the product's worker has it: a task for one that is gone is soon given to another.
      stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
      connection: native,
      namespace,
      taskQueue,
      workflowsPath: new URL('../index.ts', import.meta.url).pathname,
      activities: {
        applyEffects: (batch: { sessionId: string; effects: Effect[] }) => {
          applied.set(batch.sessionId, [...(applied.get(batch.sessionId) ?? []), ...batch.effects]);
          return Promise.resolve();
        },
      },
    });
    const running = worker.run();
    return async () => {
      worker.shutdown();
      await running;
    };
  };
  let stop = await work();
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  return {
    client,
    taskQueue,
    effects: (sessionId) => applied.get(sessionId) ?? [],
    async open(options = {}) {
      const sessionId = randomUUID();
      const input: SessionInput = { mspId: randomUUID(), sessionId, sla: options.sla ?? DEFAULT_SLA };
      const startWorkflowOperation = new WithStartWorkflowOperation(WORKFLOW_TYPE, {
        workflowId: `session-${sessionId}`,
        taskQueue,
        args: [input],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowExecutionTimeout: '10m',
        workflowTaskTimeout: STEP_TIMEOUT,
      });
      const open = {
        clientId: randomUUID(),
        endpointId: randomUUID(),
        detailsText: randomUUID(),
        priority: 'normal' as const,
        by: { kind: 'system' as const },
      };
      await client.workflow.executeUpdateWithStart(openUpdate, {
        updateId: `open-${sessionId}`,
        args: [{ open, endpointOnline: true }],
        startWorkflowOperation,
      });
      const handle = client.workflow.getHandle(`session-${sessionId}`);
      return {
        sessionId,
        handle,
        update: (definition, arg, updateId = randomUUID()) =>
          handle.executeUpdate(definition, { args: [arg], updateId }),
      };
    },
    async away(meanwhile) {
      await stop();
      await meanwhile();
      stop = await work();
    },
    async close() {
      await stop();
      await connection.close();
      await native.close();
    },
  };
}

/** Starts the session and has the person say yes: commands may run from here on. */
export async function consented(session: OpenCase): Promise<void> {
  const { decideUpdate, assignUpdate } = await import('../messages.ts');
  const approvalId = randomUUID();
  await session.update(assignUpdate, { to: TECHNICIAN.id, by: { kind: 'system' }, reasonText: null });
  await session.update(startUpdate, {
    by: TECHNICIAN,
    approvalId,
    hash: 'consent',
    reasonText: randomUUID(),
    policy: DEFAULT_POLICY,
  });
  await session.update(decideUpdate, decision(approvalId, 'approve', 'consent'));
}

export const decision = (approvalId: string, answer: 'approve' | 'deny', hash: string) => ({
  approvalId,
  decision: answer,
  reasonText: null,
  account: 'olivia',
  channel: 'endpoint_prompt' as const,
  hash,
  signature: 'c2lnbmVk',
  decidedAt: Date.now(),
});

export const proposal = (risk: 'read_only' | 'change' | 'destructive', commandId: string = randomUUID()) => ({
  commandId,
  risk,
  hash: `hash-of-${commandId}`,
  otherIdentity: false,
  timeoutMs: 60_000,
  policy: DEFAULT_POLICY,
  approvalId: randomUUID(),
  by: TECHNICIAN,
});
