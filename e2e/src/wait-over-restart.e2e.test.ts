import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ScriptedRuntime } from '@throughline/api/testing/scripted-runtime';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { patiently } from './faults/patience.ts';
import { Site, localId } from './faults/site.ts';

/** Long enough to kill the parts within it on a busy machine. */
const WAIT_S = 20;

/* A question's time ends while the api and the worker are dead, killed with -9: nobody is there whose timer could fire. */
describe.sequential('an approval that waits over a restart', { timeout: 300_000 }, () => {
  let site: Site;

  beforeAll(async () => {
    site = await Site.open();
  }, 600_000);
  afterAll(() => site?.close(), 120_000);

  it('F057 lapses once and is recorded once when they are back; a yes after that is refused and recorded, and nothing runs', async () => {
    const runtime = await ScriptedRuntime.enrol(site.product.url, await site.token(), 'WAITS-1');
    expect(await runtime.connect()).toBe('welcome');
    await shortWait('WAITS-1');
    const { id: sessionId } = await started('WAITS-1');
    await runtime.approves(localId(sessionId));
    await active(sessionId);
    const commandId = await site.propose(sessionId, 'systemctl restart vpn');
    const { prompt } = await runtime.hears('prompt', (m) => m.prompt.kind === 'action', 30_000);

    await outageUntil(prompt.expiresAt, prompt.approvalId);
    await until(prompt.approvalId, 'expired');
    expect(await runtime.connect({ open: [] })).toBe('welcome');
    runtime.decide(prompt.approvalId, 'approve');
    const answer = await runtime.hears('decided', (m) => m.approvalId === prompt.approvalId, 30_000);
    expect(answer).toMatchObject({ counted: false });
    await judge(sessionId, commandId, prompt.approvalId);
  });

  it('F057 a yes given in time at the computer, which no server was there to hear, comes too late: refused, recorded, and nothing runs', async () => {
    const runtime = await site.endpoint();
    await shortWait(runtime.name);
    const sessionId = await site.session(runtime);
    runtime.approves = false;
    const file = join(site.lab, 'ran');
    const commandId = await site.propose(sessionId, `echo ran >> ${file}`);
    const question = await patiently('the question on the page', async () =>
      (await runtime.questions()).find((one) => one.text.includes(file)),
    );

    await outageUntil(question.expiresAt, question.approvalId, () =>
      runtime.answer(question.approvalId, 'approve', question.textHash),
    );
    await until(question.approvalId, 'expired');
    await judge(sessionId, commandId, question.approvalId);
    expect(existsSync(file)).toBe(false);
  });

  async function shortWait(name: string): Promise<void> {
    const input = {
      document: { approvalTimeoutSeconds: WAIT_S },
      endpointId: await site.endpointId(name),
      ...{ expectedVersion: 0, note: 'a test of the wait' },
    };
    const answer = await site.admin.act('setPolicy', 'SetPolicyInput', input, '... on Policy { version }');
    expect(answer.code, answer.message).toBeUndefined();
  }

  async function started(name: string): Promise<{ id: string }> {
    const input = {
      ...{ endpointId: await site.endpointId(name), title: 'VPN', request: 'It hangs' },
      ...{ requester: 'Olivia Hart', reason: 'to look into it' },
    };
    const answer = await site.senior.act('startSession', 'StartSessionInput', input, '... on Session { id }');
    expect(answer.code, answer.message).toBeUndefined();
    return answer;
  }

  const active = (id: string) =>
    patiently('the session to be active', async () => {
      const { session } = await site.senior.gql<{ session: { status: string } }>(
        'query($id: ID!) { session(id: $id) { status } }',
        { id },
      );
      return session.status === 'active';
    });

  const stateOf = async (approvalId: string) =>
    (await site.sql<{ state: string }>('select state from approval_request where id = $1', [approvalId]))[0]?.state;
  const until = (approvalId: string, state: string) =>
    patiently(`the request to be ${state}`, async () => (await stateOf(approvalId)) === state);

  /** Api and worker are dead from before the end of the wait to after it; meanwhile somebody may do something. */
  async function outageUntil(expiresAt: number, approvalId: string, meanwhile?: () => Promise<void>): Promise<void> {
    const comeBack = await site.product.keepDown('worker', 'api');
    try {
      await meanwhile?.();
      expect(Date.now(), 'killed, and answered, within the wait').toBeLessThan(expiresAt);
      await waitFor('the end of the wait', () => Date.now() > expiresAt + 1_000, WAIT_S * 1_000 + 10_000);
      expect(await stateOf(approvalId), 'nobody was there to end it').toBe('waiting');
    } finally {
      await comeBack();
    }
  }

  /** The end is written once, the late yes as well, and no order ever left. */
  async function judge(sessionId: string, commandId: string, approvalId: string): Promise<void> {
    const entries = async (kind: string) =>
      (
        await site.sql<{ payload: Record<string, unknown> }>(
          `select convert_from(p.payload, 'UTF8')::jsonb as payload
           from transcript_entry e join transcript_payload p using (msp_id, session_id, seq)
           where e.session_id = $1 and e.kind = $2`,
          [localId(sessionId), kind],
        )
      )
        .map(({ payload }) => payload)
        .filter((payload) => payload['approvalId'] === approvalId);
    await patiently('the late yes on the record', async () => (await entries('approval_ignored')).length > 0);
    const { command } = await site.senior.gql<{ command: { state: string } }>(
      'query($id: ID!) { command(id: $id) { state } }',
      { id: commandId },
    );
    expect(command.state).toBe('denied');
    expect(await entries('approval_ended')).toMatchObject([{ state: 'expired' }]);
    expect(await entries('approval_ignored')).toMatchObject([{ decision: 'approve' }]);
    expect(await entries('approval_decided')).toEqual([]);
    expect(await stateOf(approvalId)).toBe('expired');
    expect(await site.sql('select 1 from command_outbox where command_id = $1', [localId(commandId)])).toEqual([]);
  }
});
