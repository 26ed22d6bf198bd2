import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FINAL_STATES } from './judge.ts';
import { patiently, pause } from './patience.ts';
import type { Random } from './random.ts';
import type { FaultContext, Row } from './row.ts';
import type { FaultRuntime } from './runtime.ts';
import { type Site, localId } from './site.ts';

const LANES = 6;
const A_ROUND = 500;
/** The shortest a policy may let a question wait. */
const SHORTEST_S = 10;

type Act = 'yes' | 'no' | 'withdraw' | 'cancel' | 'reassign';
/** Each pair is done at 0 to 5 ms of each other, in either order. */
const PAIRS: readonly (readonly [Act, Act])[] = [
  ['yes', 'yes'],
  ['yes', 'no'],
  ['no', 'no'],
  ['yes', 'withdraw'],
  ['no', 'withdraw'],
  ['yes', 'cancel'],
  ['no', 'cancel'],
  ['yes', 'reassign'],
  ['no', 'reassign'],
  ['withdraw', 'cancel'],
  ['withdraw', 'reassign'],
];

/** One question that was raced for. */
interface Race {
  commandId: string;
  tried: string;
  runs: () => number;
}

/** T9: answers of two people, withdrawals, cancels, reassignments and the end of the wait race for one question: it is decided once, and nothing hangs. */
export async function racedDecisions(context: FaultContext): Promise<void> {
  const site = await context.site();
  const runtimes = [await site.endpoint(), await site.endpoint()];
  for (const runtime of runtimes) context.atEnd(() => runtime.stop());
  const [raced, lapsing] = runtimes as [FaultRuntime, FaultRuntime];
  const lanes: [string, FaultRuntime][] = [];
  for (const runtime of runtimes) for (let i = 0; i < LANES; i++) lanes.push([await site.session(runtime), runtime]);
  for (const runtime of runtimes) runtime.approves = false;
  await shortWait(site, lapsing);
  const people = await Promise.all(
    [site.senior, site.admin].map((desk) =>
      desk.gql<{ viewer: { user: { id: string } } }>('{ viewer { user { id } } }'),
    ),
  );
  const times = context.times(10_000);
  await context.row('T9 decisions raced', async (row, random) => {
    const races: Race[] = [];
    // The end of the wait takes its seconds, so these are fewer, beside the others.
    const left = { pairs: 0, lapses: 0 };
    const run = async ([sessionId, runtime]: [string, FaultRuntime], kind: 'pairs' | 'lapses') => {
      while (left[kind]-- > 0 && row.failures.length < 5)
        await race(
          { site, runtime, sessionId, people: people.map(({ viewer }) => viewer.user.id) },
          kind,
          random,
          races.length,
        ).then(
          (done) => races.push(done),
          (error: Error) => {
            context.say(error.message);
            row.failures.push(`after ${races.length}: ${error.stack}`);
          },
        );
    };
    // Judged now and then: a long run that is cut off has shown something until there.
    for (let done = 0; done < times && row.failures.length < 5; done += A_ROUND) {
      left.pairs = Math.min(A_ROUND, times - done);
      left.lapses = Math.ceil(left.pairs / 100);
      const before = races.length;
      await Promise.all(lanes.map((lane) => run(lane, lane[1] === raced ? 'pairs' : 'lapses')));
      await judge(site, races.slice(before), row);
      row.n = races.length;
      context.say(`${races.length} raced and judged`);
    }
  });
}

/** Questions of this endpoint lapse as soon as a policy may say; elsewhere a busy machine has the time it needs to race for them. */
async function shortWait(site: Site, runtime: FaultRuntime): Promise<void> {
  const answer = await site.admin.act(
    'setPolicy',
    'SetPolicyInput',
    {
      document: { approvalTimeoutSeconds: SHORTEST_S },
      endpointId: await site.endpointId(runtime.name),
      expectedVersion: 0,
      note: 'a fault test',
    },
    '... on Policy { version }',
  );
  if (answer.code !== undefined) throw new Error(`${answer.code}: ${answer.message}`);
}

interface Scene {
  site: Site;
  runtime: FaultRuntime;
  sessionId: string;
  people: readonly string[];
}

async function race(scene: Scene, kind: 'pairs' | 'lapses', random: Random, number: number): Promise<Race> {
  const { site, runtime, sessionId } = scene;
  const file = join(site.lab, `decision-${process.pid}-${number}-${random.between(0, 1e9)}`);
  const commandId = await site.propose(sessionId, `echo ran >> ${file}`);
  const question = await patiently('the question on the page', async () =>
    (await runtime.questions()).find((one) => one.text.includes(file)),
  );
  const acts = kind === 'pairs' ? random.pick(PAIRS) : ([random.pick(['yes', 'no'] as const)] as const);
  if (kind === 'lapses') await pause(question.expiresAt - Date.now() + random.between(-5, 5));
  await Promise.all(
    acts.map(async (act) => {
      await pause(random.between(0, 5));
      await doAct(scene, act, question, commandId, random);
    }),
  );
  return {
    commandId: localId(commandId),
    tried: `${acts.join(' and ')}${kind === 'lapses' ? ' as the wait ends' : ''}`,
    runs: () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0),
  };
}

/** "It is decided already" is as good an answer as any. */
async function doAct(
  { site, runtime, sessionId, people }: Scene,
  act: Act,
  { approvalId, textHash }: { approvalId: string; textHash: string },
  commandId: string,
  random: Random,
) {
  switch (act) {
    case 'yes':
      return runtime.answer(approvalId, 'approve', textHash);
    case 'no':
      return runtime.answer(approvalId, 'deny');
    case 'withdraw': {
      const id = Buffer.from(`ApprovalRequest:${approvalId}`).toString('base64');
      await site.senior.act(
        'withdrawApproval',
        'WithdrawApprovalInput',
        { approvalId: id },
        '... on ApprovalRequest { id }',
      );
      return;
    }
    case 'cancel':
      await site.senior.act('cancelCommand', 'CancelCommandInput', { commandId }, '... on Command { id }');
      return;
    case 'reassign': {
      const input = { sessionId, userId: random.pick(people), reason: 'a fault test' };
      await site.dispatcher.act('reassignSession', 'ReassignSessionInput', input, '... on Session { id }');
    }
  }
}

interface Found {
  id: string;
  state: string;
  approval: string;
  decided: string[];
  ended: string[];
}

async function judge(site: Site, races: readonly Race[], row: Row): Promise<void> {
  const ids = races.map(({ commandId }) => commandId);
  const open = () =>
    site.sql<{ id: string; state: string }>(
      'select id, state from command where id = any($1) and not (state = any($2))',
      [ids, FINAL_STATES],
    );
  await patiently('every command to end', async () => (await open()).length === 0, 60_000).catch(() => undefined);
  const tried = new Map(races.map((one) => [one.commandId, one]));
  for (const { id, state } of await open())
    row.failures.push(`command ${id} (${tried.get(id)?.tried}) is stuck in ${state}`);
  const found = await site.sql<Found>(
    `with said as (
       select e.session_id, e.kind, convert_from(p.payload, 'UTF8')::jsonb as body
       from transcript_entry e join transcript_payload p using (msp_id, session_id, seq)
       where e.kind in ('approval_decided', 'approval_ended'))
     select c.id, c.state, a.state as approval,
       array(select s.body->>'decision' from said s where s.kind = 'approval_decided' and s.body->>'approvalId' = a.id::text) as decided,
       array(select s.body->>'state' from said s where s.kind = 'approval_ended' and s.body->>'approvalId' = a.id::text) as ended
     from command c join approval_request a on a.command_id = c.id where c.id = any($1)`,
    [ids],
  );
  if (found.length !== races.length) row.failures.push(`${races.length} races, ${found.length} questions`);
  const states = row.figures as Record<string, number>;
  for (const one of found) {
    states[one.approval] = (states[one.approval] ?? 0) + 1;
    const fault = faultOf(one, tried.get(one.id)!.runs());
    if (fault !== null) row.failures.push(`command ${one.id} (${tried.get(one.id)?.tried}): ${fault}`);
    if (tried.get(one.id)!.runs() > 1) row.ranTwice += 1;
  }
}

/** What row, record and side effect say must be one and the same decision. */
function faultOf({ state, approval, decided, ended }: Found, runs: number): string | null {
  const decisions = [...decided, ...ended];
  if (decisions.length !== 1) return `${decisions.length} decisions (${decisions.join(', ')})`;
  const meant = { approve: 'approved', deny: 'denied' }[decisions[0]!] ?? decisions[0];
  if (approval !== meant) return `the record says ${meant}, the row ${approval}`;
  if (approval !== 'approved') return runs === 0 ? null : `it is ${approval}, and ran`;
  if (state === 'completed') return runs === 1 ? null : `it is completed, and ran ${runs} times`;
  return runs <= 1 ? null : `it is ${state}, and ran ${runs} times`;
}
