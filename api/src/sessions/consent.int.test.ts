import { randomUUID } from 'node:crypto';
import { DEFAULT_POLICY } from '@throughline/domain/policy';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { queueReport } from '@throughline/store/report-store';
import { withTenant } from '@throughline/store/tenant';
import { proposeUpdate } from '@throughline/workflows/messages';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid, rawId } from '../testing/desk.ts';
import { type ScriptedRuntime, playing } from '../testing/scripted-runtime.ts';

let bench: ApiBench;
let jun: Desk;
let made = 0;

beforeAll(async () => {
  bench = await openApiBench();
  jun = bench.desk(bench.northgate.people.jun);
});
afterAll(() => bench?.close());

async function endpoint(client: keyof ApiBench['northgate']['clients'] = 'harbor'): Promise<ScriptedRuntime> {
  const runtime = await bench.enrol(bench.northgate.clients[client].id, `CONS-${++made}`);
  expect(await runtime.connect()).toBe('welcome');
  return runtime;
}
const orders = (sessionId: string) => bench.rows('select 1 from command_outbox where session_id = $1', [sessionId]);
const approval = async (id: string) =>
  (
    await bench.rows<{ state: string; account: string | null; answer_reason: string | null; channel: string | null }>(
      'select state, account, answer_reason, channel from approval_request where id = $1',
      [id],
    )
  )[0];
const entries = async (sessionId: string, kind: string) =>
  (
    await bench.rows<{ payload: Buffer }>(
      `select p.payload from transcript_entry e join transcript_payload p using (msp_id, session_id, seq)
       where e.session_id = $1 and e.kind = $2 order by e.seq`,
      [sessionId, kind],
    )
  ).map((row) => JSON.parse(row.payload.toString()) as Record<string, unknown>);
const promptOf = (runtime: ScriptedRuntime, sessionId: string, kind: string) =>
  runtime.hears('prompt', (m) => m.prompt.sessionId === sessionId && m.prompt.kind === kind).then((m) => m.prompt);
const answerTo = (runtime: ScriptedRuntime, approvalId: string, nth = 1) =>
  waitFor('the answer', () => runtime.all('decided').filter((m) => m.approvalId === approvalId)[nth - 1]);
const change = (sessionId: string) =>
  jun
    .must('proposeCommand', {
      sessionId: gid('Session', sessionId),
      shell: 'bash',
      script: 'systemctl restart vpn',
      reason: 'the VPN hangs',
    })
    .then((acted) => rawId(acted.id as string));
const state = async (commandId: string) =>
  (await bench.rows<{ state: string }>('select state from command where id = $1', [commandId]))[0]?.state;

describe('before the person at the device said yes', () => {
  it('F044 no route dispatches anything: not the browser, not the session engine, not a queued report', async () => {
    const runtime = await endpoint();
    const sessionId = await bench.started(jun, runtime);
    const prompt = await promptOf(runtime, sessionId, 'session');
    expect(prompt).toMatchObject({ technician: { name: 'Jun Park' }, reason: 'to look into it', command: null });
    const input = { sessionId: gid('Session', sessionId), shell: 'bash', script: 'uname -a', reason: 'x' };
    expect(await jun.act('proposeCommand', input)).toMatchObject({
      code: 'APPROVAL_REQUIRED',
      message: expect.stringMatching(/Nothing runs before/),
    });
    const sam = bench.desk(bench.northgate.people.sam);
    expect(await sam.act('proposeCommand', input)).toMatchObject({ code: 'CONFLICT' });
    await sam.must('takeCommandRights', { sessionId: gid('Session', sessionId) });
    expect(await sam.act('proposeCommand', input)).toMatchObject({ code: 'APPROVAL_REQUIRED' });
    const back = { sessionId: gid('Session', sessionId), userId: gid('User', bench.northgate.people.jun.id) };
    await sam.must('giveCommandRights', back);
    expect(await jun.act('proposeCommand', { ...input, script: 'systemctl restart vpn' })).toMatchObject({
      code: 'APPROVAL_REQUIRED',
    });

    // Around the api's own check: the Update itself, and the queue that repeats proposals of unknown fate.
    const { id: technician } = bench.northgate.people.jun;
    const proposal = {
      commandId: randomUUID(),
      risk: 'read_only' as const,
      hash: 'x',
      otherIdentity: false,
      timeoutMs: 60_000,
      policy: DEFAULT_POLICY,
      approvalId: randomUUID(),
      by: { id: technician, any: true },
    };
    await expect(bench.deps.sessions.update(sessionId, proposeUpdate, proposal, randomUUID())).rejects.toMatchObject({
      code: 'APPROVAL_REQUIRED',
    });
    const { mspId } = bench.northgate;
    await withTenant(bench.deps.pool, { mspId, clients: '*' }, (tx) =>
      queueReport(tx, mspId, sessionId, 'smuggled', {
        type: 'propose',
        proposal: { ...proposal, commandId: randomUUID() },
      }),
    );
    await bench.rows(`update report_outbox set created_at = now() - interval '1 minute' where key = 'smuggled'`);
    const told = () =>
      bench.rows<{ gave_up: string | null }>(
        `select gave_up from report_outbox where key = 'smuggled' and done_at is not null`,
      );
    expect((await waitFor('the report to be worked off', async () => (await told())[0])).gave_up).toMatch(
      /^APPROVAL_REQUIRED/,
    );

    expect(await orders(sessionId)).toEqual([]);
    expect(runtime.all('command')).toEqual([]);
    // What was refused is on the record as refused.
    expect((await entries(sessionId, 'command_verdict')).map((payload) => payload.state)).toEqual([
      'refused',
      'refused',
      'refused',
      'refused',
    ]);
    runtime.decide(prompt.approvalId, 'approve');
    await answerTo(runtime, prompt.approvalId);
    const id = await bench.command(jun, sessionId);
    expect((await runtime.order(id)).approvals).toEqual([
      { id: prompt.approvalId, kind: 'session', hash: prompt.hash },
    ]);
    expect(await orders(sessionId)).toHaveLength(1);
  });

  it('F135 F044 nobody at the MSP can decide, whatever the role', async () => {
    const runtime = await endpoint();
    const sessionId = await bench.started(jun, runtime);
    const { approvalId } = await promptOf(runtime, sessionId, 'session');
    for (const person of Object.values(bench.northgate.people))
      for (const decision of ['approve', 'deny'])
        expect(
          await bench.desk(person).act('decideApproval', { approvalId: gid('ApprovalRequest', approvalId), decision }),
        ).toMatchObject({
          code: 'FORBIDDEN',
          message: expect.stringMatching(/Only the person at the device/),
        });
    expect((await approval(approvalId))?.state).toBe('waiting');
    expect(await orders(sessionId)).toEqual([]);
  });
});

describe('whose answer counts', () => {
  it('F046 an answer with a wrong signature, a changed answer or a wrong hash does not count; the true one still does', async () => {
    const runtime = await endpoint();
    const sessionId = await bench.started(jun, runtime);
    const { approvalId } = await promptOf(runtime, sessionId, 'session');
    runtime.decide(approvalId, 'approve', { signature: Buffer.alloc(64, 1).toString('base64') });
    expect(await answerTo(runtime, approvalId, 1)).toMatchObject({
      counted: false,
      message: expect.stringMatching(/not signed by this computer/),
    });
    runtime.decide(approvalId, 'approve', { hash: 'f'.repeat(64) });
    expect(await answerTo(runtime, approvalId, 2)).toMatchObject({ counted: false });
    expect((await approval(approvalId))?.state).toBe('waiting');
    await waitFor('the record of it', async () => (await entries(sessionId, 'approval_ignored')).length === 2);
    runtime.decide(approvalId, 'approve');
    expect(await answerTo(runtime, approvalId, 3)).toMatchObject({ counted: true });
    expect(
      await waitFor(
        'the answer in the store',
        async () => (await approval(approvalId))?.state === 'approved' && approval(approvalId),
      ),
    ).toMatchObject({
      account: 'olivia',
      channel: 'endpoint_prompt',
    });
    const [decided] = await entries(sessionId, 'approval_decided');
    expect(decided).toMatchObject({ approvalId, account: 'olivia', channel: 'endpoint_prompt', decision: 'approve' });
    expect(decided?.signature).toMatch(/^[A-Za-z0-9+/]{86}==$/);
  });

  it("F046 F132 another computer's runtime cannot answer, and learns nothing of the request", async () => {
    const [runtime, stranger] = [await endpoint(), await endpoint()];
    const sessionId = await bench.started(jun, runtime);
    const { approvalId, hash } = await promptOf(runtime, sessionId, 'session');
    stranger.decide(approvalId, 'approve', { hash });
    const foreign = await answerTo(stranger, approvalId);
    const nobody = randomUUID();
    stranger.decide(nobody, 'approve', { hash });
    expect({ ...foreign, approvalId: nobody }).toEqual(await answerTo(stranger, nobody));
    expect(foreign).toMatchObject({ counted: false, message: 'There is no such request for this computer.' });
    expect(stranger.all('prompt')).toEqual([]);
    expect((await approval(approvalId))?.state).toBe('waiting');
  });
});

describe('no', () => {
  it('F048 a no stops the action, is recorded with its reason, and the session goes on', async () => {
    const runtime = await endpoint();
    const sessionId = await bench.active(jun, runtime);
    const id = await change(sessionId);
    const prompt = await promptOf(runtime, sessionId, 'action');
    expect(prompt).toMatchObject({ command: 'systemctl restart vpn', reason: 'the VPN hangs', risk: 'change' });
    runtime.decide(prompt.approvalId, 'deny', { reason: 'with a patient' });
    const denied = Date.now();
    await waitFor('the command to be denied', async () => (await state(id)) === 'denied', 2_000);
    expect(Date.now() - denied).toBeLessThanOrEqual(2_000);
    expect(await approval(prompt.approvalId)).toMatchObject({ state: 'denied', answer_reason: 'with a patient' });
    expect(await orders(sessionId)).toEqual([]);
    // A second thought does not undo it: refused to the person, and on the record.
    runtime.decide(prompt.approvalId, 'approve');
    expect(await answerTo(runtime, prompt.approvalId, 2)).toMatchObject({ counted: false });
    const [ignored] = await waitFor('the record', async () => {
      const all = await entries(sessionId, 'approval_ignored');
      return all.length > 0 && all;
    });
    expect(ignored).toMatchObject({ approvalId: prompt.approvalId, decision: 'approve', account: 'olivia' });
    expect(await state(id)).toBe('denied');
    expect(await orders(sessionId)).toEqual([]);

    const next = await bench.command(jun, sessionId);
    await runtime.plays(next, playing(next, ['Linux\n']));
    expect(await state(next)).toBe('completed');
  });

  it('F045 F046 a yes runs exactly what was asked, and names the approval in the signed order', async () => {
    const runtime = await endpoint();
    const sessionId = await bench.active(jun, runtime);
    const id = await change(sessionId);
    const prompt = await promptOf(runtime, sessionId, 'action');
    expect(await orders(sessionId)).toEqual([]);
    runtime.decide(prompt.approvalId, 'approve');
    const order = await runtime.order(id);
    expect(order).toMatchObject({ script: 'systemctl restart vpn', actionHash: prompt.hash });
    expect(order.approvals.map(({ kind }) => kind)).toEqual(['session', 'action']);
    expect(order.approvals[1]).toMatchObject({ id: prompt.approvalId, hash: prompt.hash });
  });

  it('F057 silence counts as no when the time is up; a late yes is refused and recorded', async () => {
    await bench.policy('client_group', bench.northgate.clients.brightline.groupId, { approvalTimeoutMs: 10_000 });
    const runtime = await endpoint('brightline');
    const theo = bench.desk(bench.northgate.people.theo);
    const sessionId = await bench.started(theo, runtime);
    const { approvalId } = await promptOf(runtime, sessionId, 'session');
    await waitFor('the request to expire', async () => (await approval(approvalId))?.state === 'expired', 20_000);
    await runtime.hears('prompt_closed', (m) => m.approvalId === approvalId && m.state === 'expired');
    runtime.decide(approvalId, 'approve');
    expect(await answerTo(runtime, approvalId)).toMatchObject({ counted: false });
    await waitFor('the record', async () => (await entries(sessionId, 'approval_ignored')).length === 1);
    expect((await approval(approvalId))?.state).toBe('expired');
    expect(
      await theo.act('proposeCommand', { sessionId: gid('Session', sessionId), shell: 'bash', script: 'uname' }),
    ).toMatchObject({ __typename: 'UserError' });
    expect(await orders(sessionId)).toEqual([]);
    // F137: who waited for it is told once, with the link to the entry.
    const { notifications } = await theo.gql<{ notifications: { kind: string; link: string }[] }>(
      '{ notifications(first: 20) { kind link } }',
    );
    const [ended] = await bench.rows<{ number: number; seq: number }>(
      `select s.number, e.seq from session s join transcript_entry e on e.msp_id = s.msp_id and e.session_id = s.id
       where s.id = $1 and e.kind = 'approval_ended'`,
      [sessionId],
    );
    const link = `/s/${ended!.number}#e${ended!.seq}`;
    expect(notifications.filter((each) => each.link === link)).toEqual([{ kind: 'approval_waiting', link }]);
  });

  it('F044 the person ends the session at the device: what waits is over, nothing runs any more', async () => {
    const runtime = await endpoint();
    const sessionId = await bench.active(jun, runtime);
    const id = await change(sessionId);
    await promptOf(runtime, sessionId, 'action');
    runtime.say({ type: 'end_session', sessionId, reason: '', account: 'olivia', at: Date.now() });
    await waitFor(
      'the end',
      async () =>
        (await bench.rows<{ status: string }>('select status from session where id = $1', [sessionId]))[0]?.status ===
        'completed',
    );
    expect(['denied', 'cancelled']).toContain(await state(id));
    expect(await orders(sessionId)).toEqual([]);
    expect(
      await jun.act('proposeCommand', { sessionId: gid('Session', sessionId), shell: 'bash', script: 'uname' }),
    ).toMatchObject({ __typename: 'UserError' });
  });
});
