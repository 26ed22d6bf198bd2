import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import '@throughline/infra/testing/provided';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { SessionCase } from '@throughline/domain/session-case';
import { DEFAULT_SLA } from '@throughline/domain/sla';
import { mergeSla } from '@throughline/domain/sla/merge';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  commandReportedSignal,
  completeUpdate,
  decideUpdate,
  endedByEndUserSignal,
  holdUpdate,
  assignUpdate,
  proposeUpdate,
  slaChangedSignal,
  startUpdate,
  stateQuery,
  WORKFLOW_TYPE,
} from './messages.ts';
import { DEFAULT_POLICY } from '@throughline/domain/policy';
import { type WorkflowBench, TECHNICIAN, consented, decision, openBench, proposal } from './testing/workflow-bench.ts';

let bench: WorkflowBench;
beforeAll(async () => {
  bench = await openBench(inject('temporalAddress'), inject('temporalNamespace'));
});
afterAll(() => bench.close());

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'accepted',
    (error: unknown) =>
      error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure
        ? (error.cause.type ?? '?')
        : String(error),
  );
const dispatched = (sessionId: string) => bench.effects(sessionId).filter((effect) => effect.do === 'dispatch');

describe('a session’s workflow', () => {
  it('F044 refuses every command before consent, and writes no history event for it', async () => {
    const session = await bench.open();
    await session.update(assignUpdate, { to: TECHNICIAN.id, by: { kind: 'system' }, reasonText: null });
    expect(await codeOf(session.update(proposeUpdate, proposal('read_only')))).toBe('APPROVAL_REQUIRED');
    const { events } = await session.handle.fetchHistory();
    const taken = events?.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes != null);
    expect(taken).toHaveLength(2); // open and assign; the refused one left nothing
    expect(dispatched(session.sessionId)).toEqual([]);
  });

  it('F049 runs what only reads and asks for what changes, naming rule and policy version', async () => {
    const session = await bench.open();
    await consented(session);
    const reads = proposal('read_only');
    const changes = proposal('change');
    await session.update(proposeUpdate, reads);
    await session.update(proposeUpdate, changes);
    await waitFor(
      'the second policy effect',
      () => bench.effects(session.sessionId).filter((e) => e.do === 'record_policy').length === 2,
    );
    const rules = bench.effects(session.sessionId).filter((effect) => effect.do === 'record_policy');
    expect(rules.map((effect) => [effect.commandId, effect.verdict, effect.rule, effect.policyVersion])).toEqual([
      [reads.commandId, 'run', 'P-1', 1],
      [changes.commandId, 'ask', 'P-2', 1],
    ]);
    await waitFor('the dispatch', () => dispatched(session.sessionId).length === 1);
    expect(dispatched(session.sessionId)[0]).toMatchObject({ commandId: reads.commandId });
  });

  it('F048 never dispatches what was denied, takes the first answer only, and goes on', async () => {
    const session = await bench.open();
    await consented(session);
    const asked = proposal('change');
    await session.update(proposeUpdate, asked);
    await session.update(decideUpdate, decision(asked.approvalId, 'deny', asked.hash));
    expect(await codeOf(session.update(decideUpdate, decision(asked.approvalId, 'approve', asked.hash)))).toBe(
      'ALREADY_DECIDED',
    );
    const next = proposal('read_only');
    await session.update(proposeUpdate, next);
    await waitFor('the next command', () => dispatched(session.sessionId).length === 1);
    expect(dispatched(session.sessionId).map((effect) => effect.commandId)).toEqual([next.commandId]);
    expect(bench.effects(session.sessionId).some((effect) => effect.do === 'ignore_decision')).toBe(true);
  });

  it('F015 dispatches an approved command once, however often it is proposed and reported', async () => {
    const session = await bench.open();
    await consented(session);
    const once = proposal('change');
    await session.update(proposeUpdate, once, `propose:${once.commandId}`);
    await session.update(proposeUpdate, once, `propose:${once.commandId}`);
    await session.update(proposeUpdate, once);
    await session.update(decideUpdate, decision(once.approvalId, 'approve', once.hash));
    for (let i = 0; i < 3; i++)
      await session.handle.signal(commandReportedSignal, { commandId: once.commandId, state: 'finished' });
    await session.update(proposeUpdate, once);
    await waitFor('the dispatch', () => dispatched(session.sessionId).length > 0);
    await session.handle.query(stateQuery);
    expect(dispatched(session.sessionId)).toHaveLength(1);
  });

  it('F046 an answer to other words than were asked does not count', async () => {
    const session = await bench.open();
    await consented(session);
    const asked = proposal('destructive');
    await session.update(proposeUpdate, asked);
    expect(await codeOf(session.update(decideUpdate, decision(asked.approvalId, 'approve', 'another hash')))).toBe(
      'CONFLICT',
    );
    expect(dispatched(session.sessionId)).toEqual([]);
  });

  it('F070 moves to another technician while a command runs and a request waits, disturbing neither', async () => {
    const session = await bench.open();
    await consented(session);
    const running = proposal('read_only');
    const waiting = proposal('change');
    await session.update(proposeUpdate, running);
    await session.handle.signal(commandReportedSignal, { commandId: running.commandId, state: 'running' });
    await session.update(proposeUpdate, waiting);
    const senior = { id: randomUUID(), any: true };
    await session.update(assignUpdate, { to: senior.id, by: { kind: 'system' }, reasonText: randomUUID() });
    const state = await session.handle.query(stateQuery);
    expect(state?.assigneeId).toBe(senior.id);
    expect(state?.commands[running.commandId]?.state).toBe('running');
    expect(state?.approvals[waiting.approvalId]).toBeDefined();
    expect(await codeOf(session.update(proposeUpdate, proposal('read_only')))).toBe('FORBIDDEN'); // the one before is a reader now
    expect(await codeOf(session.update(proposeUpdate, { ...proposal('read_only'), by: senior }))).toBe('accepted');
  });

  it('F057 counts silence as no: a consent request expires by timer and the session ends as expired', async () => {
    const session = await bench.open();
    await session.update(assignUpdate, { to: TECHNICIAN.id, by: { kind: 'system' }, reasonText: null });
    const approvalId = randomUUID();
    const policy = { ...DEFAULT_POLICY, approvalTimeoutMs: 1_200 };
    await session.update(startUpdate, {
      by: TECHNICIAN,
      approvalId,
      hash: 'consent',
      reasonText: randomUUID(),
      policy,
    });
    await session.handle.result();
    expect(bench.effects(session.sessionId).find((effect) => effect.do === 'complete')).toMatchObject({
      outcome: 'expired',
    });
    const late = await codeOf(session.update(decideUpdate, decision(approvalId, 'approve', 'consent')));
    expect(late).not.toBe('accepted');
  });

  const day: [string, string][] = [['00:00', '24:00']];
  const everyDay = { sun: day, mon: day, tue: day, wed: day, thu: day, fri: day, sat: day };
  it.each([
    ['round the clock', undefined],
    ['in business hours', { zone: 'America/Santiago', hours: everyDay, holidays: ['2001-01-01'] }],
    // Business hours ask the time zone data, here inside the workflow's sandbox.
  ])('F080 records warning and breach of a clock once each, %s, and keeps the late response', async (_, hours) => {
    const fast = { warnMs: 400, breachMs: 900 };
    const sla = { ...DEFAULT_SLA, normal: { ...DEFAULT_SLA.normal, response: fast }, ...(hours && { hours }) };
    const session = await bench.open({ sla });
    const marks = () => bench.effects(session.sessionId).filter((effect) => effect.do === 'sla');
    await waitFor('warn and breach', () => marks().length >= 2);
    expect(marks().map((mark) => [mark.clock, mark.mark])).toEqual([
      ['response', 'warn'],
      ['response', 'breach'],
    ]);
    await session.update(assignUpdate, { to: TECHNICIAN.id, by: { kind: 'system' }, reasonText: null });
    await session.update(startUpdate, {
      by: TECHNICIAN,
      approvalId: randomUUID(),
      hash: 'consent',
      reasonText: randomUUID(),
      policy: DEFAULT_POLICY,
    });
    await waitFor('the late response itself', () => marks().some((mark) => mark.mark === 'met'));
    const state = await session.handle.query(stateQuery);
    // The real first response is kept beside the breach, never overwritten by it.
    expect(state?.clocks.response?.metAt).toBeGreaterThan(state?.clocks.response?.breachedAt ?? Infinity);
  });

  const marksOf = (sessionId: string) =>
    bench.effects(sessionId).flatMap((effect) => (effect.do === 'sla' ? [`${effect.clock} ${effect.mark}`] : []));
  const target = (warnMs: number) => ({ warnMs, breachMs: 2 * warnMs, escalateMs: 3 * warnMs });
  const quick = (warnMs: number, version: number) => {
    const targets = { response: target(warnMs), consent_wait: target(warnMs), resolution: target(warnMs + 50) };
    return { normal: targets, urgent: targets, versions: { organisation: version, client_group: 0, client: 0 } };
  };
  const sixMarks = ['response', 'resolution'].flatMap((clock) => [
    `${clock} warn`,
    `${clock} breach`,
    `${clock} escalate`,
  ]);

  it('F080 a policy that changes in mid-flight is a message to the same session, and its marks move', async () => {
    const session = await bench.open();
    expect(marksOf(session.sessionId)).toEqual([]);
    const sla = quick(100, 1);
    await session.handle.signal(slaChangedSignal, { sla, by: { kind: 'system' } });
    await waitFor('the marks of the new policy', () => marksOf(session.sessionId).length === 6);
    expect(bench.effects(session.sessionId)).toContainEqual(
      expect.objectContaining({ do: 'set_sla', versions: sla.versions, by: { kind: 'system' } }),
    );
    const history = await session.handle.fetchHistory();
    await Worker.runReplayHistory({ workflowsPath: new URL('./index.ts', import.meta.url).pathname }, history);
  });

  it('F053 F023 a command’s request that waits too long is marked once each, not after its answer, and the history replays', async () => {
    const session = await bench.open();
    await consented(session);
    const [kept, answered] = [proposal('change'), proposal('change')];
    await session.update(proposeUpdate, kept);
    await session.update(proposeUpdate, answered);
    await session.update(decideUpdate, decision(answered.approvalId, 'approve', answered.hash));
    // Response and resolution are far away; only the wait for a yes is short.
    const policy = quick(50, 1);
    const long = { warnMs: 3_600_000, breachMs: 7_200_000 };
    const targets = { ...policy.normal, response: long, resolution: long };
    await session.handle.signal(slaChangedSignal, {
      sla: { ...policy, normal: targets, urgent: targets },
      by: { kind: 'system' },
    });
    const marks = () =>
      bench.effects(session.sessionId).flatMap((e) => (e.do === 'sla' && e.mark !== 'met' ? [e] : []));
    await waitFor('three marks', () => marks().length >= 3, 60_000);
    await session.update(decideUpdate, decision(kept.approvalId, 'deny', kept.hash));
    expect(marks().map(({ clock, mark, approval }) => [clock, mark, approval?.id])).toEqual(
      ['warn', 'breach', 'escalate'].map((mark) => ['consent_wait', mark, kept.approvalId]),
    );
    const history = await session.handle.fetchHistory();
    await Worker.runReplayHistory({ workflowsPath: new URL('./index.ts', import.meta.url).pathname }, history);
  }, 120_000);

  it('F080 T13 marks that fell due while no worker ran come once each when there is one again', async () => {
    const session = await bench.open({ sla: quick(1_000, 1) });
    const due = Date.now() + 3_500;
    // What the worker was given as it went would be tried again only when its own time is up (30 s), which is not what this is about.
    await waitFor('what opening wanted done', async () => {
      const { raw } = await session.handle.describe();
      return (raw.pendingActivities ?? []).length === 0 && bench.effects(session.sessionId).length > 0;
    });
    await bench.away(async () => void (await waitFor('all limits to pass', () => Date.now() > due)));
    await waitFor('the marks', () => marksOf(session.sessionId).length >= 6, 90_000);
    await session.update(assignUpdate, { to: TECHNICIAN.id, by: { kind: 'system' }, reasonText: null });
    expect(marksOf(session.sessionId).toSorted()).toEqual(sixMarks.toSorted());
  }, 120_000);

  it('F080 T13 after a jump of a day the marks come at once, once each, and waiting on costs nothing', async () => {
    const sessionId = randomUUID();
    const ids = { mspId: randomUUID(), sessionId };
    const details = { clientId: randomUUID(), endpointId: randomUUID(), detailsText: randomUUID() };
    const open = { ...details, priority: 'normal' as const, by: { kind: 'system' as const } };
    const sla = mergeSla([{ level: 'client', version: 1, document: { escalateAfterMinutes: 60 } }]).policy;
    const yesterday = Date.now() - 24 * 3_600_000;
    const { state } = SessionCase.open(ids, open, sla, true, yesterday).session;
    const handle = await bench.client.workflow.start(WORKFLOW_TYPE, {
      workflowId: `session-${sessionId}`,
      taskQueue: bench.taskQueue,
      args: [{ ...ids, sla, state }],
      workflowExecutionTimeout: '10m',
    });
    await waitFor('the marks', () => marksOf(sessionId).length >= 6);
    await handle.executeUpdate(assignUpdate, {
      args: [{ to: TECHNICIAN.id, by: { kind: 'system' }, reasonText: null }],
    });
    expect(marksOf(sessionId).toSorted()).toEqual(sixMarks.toSorted());
    // Nothing is left to wake for, so however long it waits from here on, its history does not grow.
    const { events } = await handle.fetchHistory();
    const started = (events ?? []).filter((event) => event.timerStartedEventAttributes != null);
    const ended = (events ?? []).filter(
      (e) => e.timerFiredEventAttributes != null || e.timerCanceledEventAttributes != null,
    );
    expect(ended).toHaveLength(started.length);
    expect(events?.length).toBeLessThan(100);
  });

  it('U51 a session on hold for 90 days costs under 100 events, wakes for nothing, and then goes on where its clocks stood', async () => {
    const sessionId = randomUUID();
    const ids = { mspId: randomUUID(), sessionId };
    const details = { clientId: randomUUID(), endpointId: randomUUID(), detailsText: randomUUID() };
    const by = { kind: 'system' as const };
    const sla = mergeSla([{ level: 'client', version: 1, document: { pauseWhile: ['client'] } }]).policy;
    const longAgo = Date.now() - 90 * 24 * 3_600_000;
    const { session } = SessionCase.open(ids, { ...details, priority: 'normal', by }, sla, true, longAgo);
    session.hold(true, by, null, longAgo + 60_000);
    const handle = await bench.client.workflow.start(WORKFLOW_TYPE, {
      workflowId: `session-${sessionId}`,
      taskQueue: bench.taskQueue,
      args: [{ ...ids, sla, state: session.state }],
      workflowExecutionTimeout: '10m',
    });
    const startedTimers = async () =>
      ((await handle.fetchHistory()).events ?? []).filter((event) => event.timerStartedEventAttributes != null);
    const assigned = { to: TECHNICIAN.id, by, reasonText: null };
    await handle.executeUpdate(assignUpdate, { args: [assigned] });
    await waitFor('the assignment', () => bench.effects(sessionId).some((effect) => effect.do === 'assign'));
    expect(marksOf(sessionId)).toEqual([]);
    expect(await startedTimers()).toEqual([]);
    await handle.executeUpdate(holdUpdate, { args: [{ held: false, by, reasonText: null }] });
    await waitFor('the clocks to go on', () => bench.effects(sessionId).some((effect) => effect.do === 'sla_pause'));
    await waitFor('a timer for the next mark', async () => (await startedTimers()).length === 1);
    expect(marksOf(sessionId)).toEqual([]);
    const history = await handle.fetchHistory();
    expect(history.events?.length).toBeLessThan(100);
    await Worker.runReplayHistory({ workflowsPath: new URL('./index.ts', import.meta.url).pathname }, history);
  });

  it('F066 what is not taken up goes back once, also when no worker was there at the time', async () => {
    const sla = { ...DEFAULT_SLA, acceptMs: 2_000 };
    const session = await bench.open({ sla });
    await session.update(assignUpdate, { to: TECHNICIAN.id, by: { kind: 'system' }, reasonText: null });
    const back = () => bench.effects(session.sessionId).filter((effect) => effect.do === 'unassign');
    const due = Date.now() + sla.acceptMs;
    await bench.away(async () => void (await waitFor('the time to be up', () => Date.now() > due)));
    await waitFor('the session to be back', () => back().length > 0, 30_000);
    const taken = { to: TECHNICIAN.id, by: { kind: 'user' as const, id: TECHNICIAN.id }, reasonText: null };
    await session.update(assignUpdate, taken);
    await waitFor('the next assignment', () =>
      bench.effects(session.sessionId).some((effect) => effect.do === 'assign' && effect.by.kind === 'user'),
    );
    expect(back()).toHaveLength(1);
  });

  it('F023 ends by the word of the person at the device: requests are withdrawn and running commands cancelled', async () => {
    const session = await bench.open();
    await consented(session);
    const running = proposal('read_only');
    const waiting = proposal('change');
    await session.update(proposeUpdate, running);
    await session.update(proposeUpdate, waiting);
    await session.handle.signal(endedByEndUserSignal, { account: 'olivia' });
    await waitFor('the end', () => bench.effects(session.sessionId).some((effect) => effect.do === 'complete'));
    const effects = bench.effects(session.sessionId);
    expect(effects).toContainEqual(expect.objectContaining({ do: 'cancel', commandId: running.commandId }));
    expect(effects).toContainEqual(
      expect.objectContaining({ do: 'end_approval', approvalId: waiting.approvalId, state: 'withdrawn' }),
    );
    await session.handle.signal(commandReportedSignal, { commandId: running.commandId, state: 'finished' });
    await session.handle.result();
  });

  it('F018 refuses to complete while a command runs, then closes its workflow', async () => {
    const session = await bench.open();
    await consented(session);
    const running = proposal('read_only');
    await session.update(proposeUpdate, running);
    const done = {
      outcome: 'resolved' as const,
      by: TECHNICIAN,
      noteText: randomUUID(),
      verification: [3],
      notVerifiedText: null,
    };
    expect(await codeOf(session.update(completeUpdate, done))).toBe('INVALID_STATE');
    await session.handle.signal(commandReportedSignal, { commandId: running.commandId, state: 'finished' });
    await session.update(completeUpdate, done);
    await session.handle.result();
    expect(bench.effects(session.sessionId).find((effect) => effect.do === 'complete')).toMatchObject({
      verification: [3],
    });
  });

  it('F015 keeps a long wait cheap: a waiting session costs few events, and its history replays', async () => {
    const session = await bench.open();
    await consented(session);
    const asked = proposal('change');
    await session.update(proposeUpdate, asked);
    await session.update(decideUpdate, decision(asked.approvalId, 'approve', asked.hash));
    await session.handle.signal(commandReportedSignal, { commandId: asked.commandId, state: 'finished' });
    await session.update(completeUpdate, {
      outcome: 'resolved',
      by: TECHNICIAN,
      noteText: randomUUID(),
      verification: [],
      notVerifiedText: randomUUID(),
    });
    await session.handle.result();
    const history = await session.handle.fetchHistory();
    expect(history.events?.length).toBeLessThan(100);
    await Worker.runReplayHistory({ workflowsPath: new URL('./index.ts', import.meta.url).pathname }, history);
  });
});
