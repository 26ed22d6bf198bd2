import {
  CancellationScope,
  allHandlersFinished,
  condition,
  currentUpdateInfo,
  makeContinueAsNewFunc,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { Effect } from '@throughline/domain/effect';
import { SessionCase } from '@throughline/domain/session-case';
import type { SessionInput } from './messages.ts';
import { SIGN_TIMEOUT, STEP_TIMEOUT } from './patience.ts';
import type { SessionPort } from './ports.ts';

const port = proxyActivities<SessionPort>({
  startToCloseTimeout: '30s',
  heartbeatTimeout: SIGN_TIMEOUT,
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '10s' },
});

/** Ask the server for a new history before its own hint, so that a busy session's replay stays short. */
const OWN_HISTORY_LIMIT = 2_000;

/**
 * Holds a session's case and carries out what its steps want done. Handlers only validate, change the case and queue effects;
 * this loop alone awaits, so that no handler ever blocks and order is one.
 */
export class SessionRunner {
  readonly input: SessionInput;
  case: SessionCase | null;
  private queue: Effect[] = [];
  /** The Updates that wanted something of what is in the queue. */
  private updates: string[] = [];

  constructor(input: SessionInput) {
    this.input = input;
    this.case = input.state === undefined ? null : new SessionCase(input.state);
  }

  want(effects: Effect[]): void {
    this.queue.push(...effects);
    const update = currentUpdateInfo()?.id;
    if (update !== undefined && effects.length > 0) this.updates.push(update);
  }

  async run(): Promise<void> {
    for (;;) {
      if (this.queue.length > 0) {
        await this.apply();
        continue;
      }
      if (this.case?.state.status === 'completed' && this.nothingOpen()) break;
      if (this.shouldRenew()) return this.renew();
      await this.rest();
    }
    await condition(allHandlersFinished);
    // Handlers that came in while we drained may have queued a last effect (a late answer to record).
    while (this.queue.length > 0) await this.apply();
  }

  /** Commands told to stop at completion still report; their last word is waited for, so that the record is whole. */
  private nothingOpen(): boolean {
    return Object.keys(this.case?.state.commands ?? {}).length === 0;
  }

  private async apply(): Promise<void> {
    const { queue: effects, updates } = this;
    this.queue = [];
    this.updates = [];
    const { mspId, sessionId } = this.input;
    await CancellationScope.nonCancellable(() => port.applyEffects({ mspId, sessionId, effects, updates }));
  }

  private async rest(): Promise<void> {
    const due = this.case?.nextWake() ?? null;
    const moved = () => this.queue.length > 0 || this.case?.nextWake() !== due || this.shouldRenew() || this.closed();
    if (due === null) {
      await condition(moved);
      return;
    }
    const woken = await condition(moved, Math.max(1, due - Date.now()));
    if (!woken && this.case !== null) this.want(this.case.wake(Date.now()));
  }

  private closed(): boolean {
    return this.case?.state.status === 'completed' && this.nothingOpen();
  }

  private shouldRenew(): boolean {
    const info = workflowInfo();
    return this.case !== null && (info.continueAsNewSuggested || info.historyLength > OWN_HISTORY_LIMIT);
  }

  private async renew(): Promise<void> {
    await condition(allHandlersFinished);
    while (this.queue.length > 0) await this.apply();
    if (this.case === null) return;
    // Said anew, for sessions that began with Temporal's own limit of 10 s.
    const goOn = makeContinueAsNewFunc<(input: SessionInput) => Promise<void>>({ workflowTaskTimeout: STEP_TIMEOUT });
    await goOn({ ...this.input, state: this.case.state });
  }
}
