import { TestEndpoint } from '@throughline/agent/testing/endpoint';
import type { FakeGateway } from '@throughline/agent/testing/fake-gateway';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid, rawId } from '../testing/desk.ts';
import { type ScriptedRuntime, playing } from '../testing/scripted-runtime.ts';

/* The endpoint's rules know more than the desk's, or the desk called a change reading: either way the person is asked the next time. */

let bench: ApiBench;
let jun: Desk;
let made = 0;

beforeAll(async () => {
  bench = await openApiBench();
  jun = bench.desk(bench.northgate.people.jun);
});
afterAll(() => bench?.close());

const SCRIPT = 'uname -a';
const propose = (sessionId: string, script: string, reason = '') =>
  jun.act('proposeCommand', { sessionId: gid('Session', sessionId), shell: 'bash', script, reason });

async function working(): Promise<{ runtime: ScriptedRuntime; sessionId: string }> {
  const runtime = await bench.enrol(bench.northgate.clients.harbor.id, `JUDGED-${++made}`);
  expect(await runtime.connect()).toBe('welcome');
  const sessionId = await bench.started(jun, runtime);
  const { prompt } = await runtime.hears('prompt', (m) => m.prompt.sessionId === sessionId);
  runtime.decide(prompt.approvalId, 'approve');
  await runtime.hears('decided', (m) => m.approvalId === prompt.approvalId);
  return { runtime, sessionId };
}

/** Proposed as reading, and refused by the endpoint, which judges it a change. */
async function disputed(runtime: ScriptedRuntime, sessionId: string): Promise<string> {
  const id = await bench.command(jun, sessionId, SCRIPT);
  expect((await runtime.order(id)).risk).toBe('read_only');
  const message = 'This computer judges the command a change (changes it); the order called it reading.';
  runtime.say({ type: 'refuse', commandId: id, code: 'APPROVAL_REQUIRED', message, judged: 'change', at: Date.now() });
  await runtime.hears('settled', (m) => m.commandId === id);
  return id;
}

it('F045 F049 what the endpoint judges worse than the desk is refused, and proposed again it asks the person and runs once', async () => {
  const { runtime, sessionId } = await working();
  const refused = await disputed(runtime, sessionId);
  const entries = await bench.rows<{ payload: Buffer }>(
    `select p.payload from transcript_entry e join transcript_payload p using (msp_id, session_id, seq)
     where e.session_id = $1 and e.kind = 'command_verdict'`,
    [sessionId],
  );
  expect(entries.map(({ payload }) => JSON.parse(payload.toString()) as unknown)).toEqual([
    expect.objectContaining({ commandId: refused, state: 'refused', judged: 'change' }),
  ]);

  expect(await propose(sessionId, SCRIPT)).toMatchObject({ code: 'REASON_REQUIRED' });
  // Whatever else only reads still does.
  const reading = await bench.command(jun, sessionId, 'uptime');
  await runtime.plays(reading, playing(reading, ['up']));
  const again = rawId(
    (
      await jun.must('proposeCommand', {
        ...{ sessionId: gid('Session', sessionId), shell: 'bash', script: SCRIPT, reason: 'to know its kernel' },
      })
    ).id as string,
  );
  const { prompt } = await runtime.hears('prompt', (m) => m.prompt.kind === 'action');
  expect(prompt).toMatchObject({ command: SCRIPT, risk: 'change' });
  expect(runtime.all('command').some((m) => m.commandId === again)).toBe(false);
  runtime.decide(prompt.approvalId, 'approve');
  const order = await runtime.order(again);
  expect(order).toMatchObject({ risk: 'change', script: SCRIPT });
  expect(order.approvals.map(({ id }) => id)).toContain(prompt.approvalId);
  await runtime.plays(again, playing(again, ['Linux']));
  expect(runtime.all('command').filter((m) => m.commandId === again)).toHaveLength(1);
});

it('F045 what one endpoint judges a script is nothing to another session', async () => {
  const first = await working();
  await disputed(first.runtime, first.sessionId);
  const second = await working();
  expect((await second.runtime.order(await bench.command(jun, second.sessionId, SCRIPT))).risk).toBe('read_only');
});

it('F045 the composer shows the class that the endpoint found', async () => {
  const { runtime, sessionId } = await working();
  const seen = () =>
    jun.gql<{ assessCommand: { risk: string; verdict: string; why: string } }>(
      'query ($s: ID!, $t: String!) { assessCommand(sessionId: $s, shell: bash, script: $t) { risk verdict why } }',
      { s: gid('Session', sessionId), t: SCRIPT },
    );
  expect((await seen()).assessCommand).toMatchObject({ risk: 'read_only' });
  await disputed(runtime, sessionId);
  expect((await seen()).assessCommand).toMatchObject({
    risk: 'change',
    verdict: 'ask',
    why: expect.stringContaining('computer itself'),
  });
});

it('F045 S4 a desk that calls a change reading gets it past no real runtime: refused, asked, and run once', async () => {
  // The desk's judgement is taken over; runtime, gateway, workflow and signer are the real ones.
  const { risk } = bench.deps;
  bench.deps.risk = { assess: () => risk.assess('bash', 'true') };
  const endpoint = new TestEndpoint({ online: false, commands: new Map() } as unknown as FakeGateway);
  try {
    const { token } = await bench
      .desk(bench.northgate.people.ada)
      .must(
        'createEnrollmentToken',
        { clientId: gid('Client', bench.northgate.clients.harbor.id) },
        '... on EnrollmentToken { token }',
      );
    const enrolled = await endpoint.cli(
      ...['enroll', '--server', bench.url, '--token', token as string, '--name', 'JUDGED-REAL', '--no-run'],
    );
    expect(enrolled).toMatchObject({ code: 0 });
    void endpoint.start().catch(() => undefined);
    const { id: endpointId } = (
      await waitFor(
        'the runtime to be online',
        async () => {
          const rows = await bench.rows<{ id: string }>(
            "select id from endpoint where name = 'JUDGED-REAL' and online",
          );
          return rows.length > 0 && rows;
        },
        30_000,
      )
    )[0]!;
    const { id } = await jun.must('startSession', {
      ...{ endpointId: gid('Endpoint', endpointId), title: 'Certificate warning', reason: 'to look into it' },
    });
    const sessionId = rawId(id as string);
    const yes = async (kind: string) => {
      const { id: approvalId } = await waitFor('the question', async () => {
        const rows = await bench.rows<{ id: string }>(
          "select id from approval_request where session_id = $1 and kind = $2 and state = 'waiting'",
          [sessionId, kind],
        );
        return rows[0];
      });
      await endpoint.knows(approvalId);
      const page = await endpoint.page(approvalId, 'en');
      await endpoint.press('shown', { approvalId });
      expect(await endpoint.press('decide', { approvalId, decision: 'approve', reason: '', page })).toMatchObject({
        status: 200,
      });
    };
    const ended = (commandId: string) =>
      waitFor('the end of the command', async () => {
        const [row] = await bench.rows<{ state: string; words: string }>(
          'select state, words from command where id = $1',
          [commandId],
        );
        return row !== undefined && ['refused', 'completed', 'failed'].includes(row.state) && row;
      });
    await yes('session');
    await waitFor(
      'the consent',
      async () =>
        (await bench.rows<{ status: string }>('select status from session where id = $1', [sessionId]))[0]?.status ===
        'active',
    );
    const file = join(endpoint.data, 'executions');
    const script = `set -C; echo ran > ${file}`;
    const first = await ended(await bench.command(jun, sessionId, script));
    expect(first.state).toBe('refused');
    expect(first.words).toContain('This computer judges the command a change');
    expect(existsSync(file)).toBe(false);

    const input = { sessionId: gid('Session', sessionId), shell: 'bash', script, reason: 'to leave a mark' };
    const again = rawId((await jun.must('proposeCommand', input)).id as string);
    await yes('action');
    expect(await ended(again)).toMatchObject({ state: 'completed' });
    expect(readFileSync(file, 'utf8')).toBe('ran\n');
  } finally {
    bench.deps.risk = risk;
    await endpoint.remove();
  }
}, 90_000);
