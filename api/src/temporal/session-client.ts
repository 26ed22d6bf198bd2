import {
  type Client,
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  isGrpcServiceError,
} from '@temporalio/client';
import { ApplicationFailure, type SignalDefinition, type UpdateDefinition } from '@temporalio/common';
import { DomainError, isErrorCode } from '@throughline/domain/errors';
import { type SessionId, workflowIdOf } from '@throughline/domain/ids';
import type { SlaPolicy } from '@throughline/domain/sla';
import {
  type OpenInput,
  type SessionInput,
  TASK_QUEUE,
  WORKFLOW_TYPE,
  openUpdate,
} from '@throughline/workflows/messages';
import { STEP_TIMEOUT } from '@throughline/workflows/patience';

const DEADLINE_MS = 10_000;
/** Between two tries while a session begins a new history. */
const TURNING_PAGE_MS = 200;
/** A worker's long poll is renewed at least once a minute. */
const POLLER_FRESH_MS = 75_000;

/** Speaks to sessions' workflows in the product's own terms: refusals come back as DomainErrors, silence as UNKNOWN_OUTCOME. */
export class SessionClient {
  private readonly client: Client;
  private readonly taskQueue: string;
  /** `taskQueue`: the workers' queue; tests that share one Temporal server have one each. */
  constructor(client: Client, taskQueue: string = TASK_QUEUE) {
    this.client = client;
    this.taskQueue = taskQueue;
  }

  /** Opens the session's workflow, or finds it open: a repeated delivery gets the first one's answer. */
  async open(mspId: string, sessionId: string, sla: SlaPolicy, input: OpenInput, updateId: string): Promise<void> {
    const workflowInput: SessionInput = { mspId, sessionId, sla };
    const startWorkflowOperation = new WithStartWorkflowOperation(WORKFLOW_TYPE, {
      workflowId: workflowIdOf(sessionId as SessionId),
      taskQueue: this.taskQueue,
      args: [workflowInput],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowTaskTimeout: STEP_TIMEOUT,
    });
    await this.told(() =>
      this.client.workflow.executeUpdateWithStart(openUpdate, { updateId, args: [input], startWorkflowOperation }),
    );
  }

  /** Sends an Update and waits for its answer. The same `updateId` again gets the same answer. */
  async update<Arg>(
    sessionId: string,
    definition: UpdateDefinition<void, [Arg]>,
    arg: Arg,
    updateId: string,
  ): Promise<void> {
    const handle = this.client.workflow.getHandle(workflowIdOf(sessionId as SessionId));
    await this.told(() => handle.executeUpdate(definition, { args: [arg], updateId }));
  }

  /** Delivers a Signal. NOT_FOUND when the workflow has ended. */
  async signal<Arg>(sessionId: string, definition: SignalDefinition<[Arg]>, arg: Arg): Promise<void> {
    const handle = this.client.workflow.getHandle(workflowIdOf(sessionId as SessionId));
    await this.told(() => handle.signal(definition, arg));
  }

  /** Whether somebody really works the queue that sessions need; a server without a worker is not ready. Throws with the reason. */
  async describe(): Promise<string> {
    const { workflowService } = this.client;
    const found = await this.client.connection.withDeadline(Date.now() + 3_000, () =>
      workflowService.describeTaskQueue({
        namespace: this.client.options.namespace,
        taskQueue: { name: this.taskQueue },
        taskQueueType: 1,
      }),
    );
    const newest = Math.max(
      0,
      ...(found.pollers ?? []).map((poller) => Number(poller.lastAccessTime?.seconds ?? 0) * 1000),
    );
    const agoMs = Date.now() - newest;
    if (newest === 0 || agoMs > POLLER_FRESH_MS) throw new Error('no worker takes sessions: start the worker process');
    return `a worker polls "${this.taskQueue}"`;
  }

  private async told<T>(call: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + DEADLINE_MS;
    for (;;) {
      try {
        return await this.client.connection.withDeadline(deadline, call);
      } catch (error) {
        if (!isTurningPage(error)) throw asDomainError(error);
        if (Date.now() + TURNING_PAGE_MS > deadline) throw turningPage(error);
        await new Promise((resolve) => setTimeout(resolve, TURNING_PAGE_MS));
      }
    }
  }
}

/**
 * A busy session that begins a new history cannot end the old one while messages keep coming: after some tries Temporal turns them
 * away for a moment. Nothing was taken, so the same call is made again.
 */
function isTurningPage(error: unknown): boolean {
  const told = error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : error;
  return isGrpcServiceError(told) && /Workflow Task in failed state/.test(told.details);
}

const turningPage = (cause: unknown): DomainError =>
  new DomainError(
    'UNAVAILABLE',
    'The session is very busy just now. Nothing happened; try again in a moment.',
    {},
    { cause },
  );

function asDomainError(error: unknown): unknown {
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
    const { type, message, details } = error.cause;
    const told = (details?.[0] ?? {}) as DomainError['details'];
    return isErrorCode(type) ? new DomainError(type, message, told, { cause: error }) : error;
  }
  if (error instanceof WorkflowNotFoundError || /workflow execution already completed/i.test(String(error)))
    return new DomainError('NOT_FOUND', 'This session is completed, so it takes no more steps.', {}, { cause: error });
  const lost = error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isGrpcServiceError(error);
  if (lost)
    return new DomainError(
      'UNKNOWN_OUTCOME',
      'The session engine did not answer in time. The step may still happen: look at the session before you try again.',
      {},
      { cause: error },
    );
  return error;
}
