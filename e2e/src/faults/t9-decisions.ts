import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FINAL_STATES } from './judge.ts';
import { patiently, pause } from './patience.ts';
import type { Random } from './random.ts';
import type { FaultContext, Row } from './row.ts';
import type { FaultRuntime } from './runtime.ts';
import { type Site, localId } from './site.ts';
import { SoftApprover } from './soft-approver.ts';

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

/** Of two approvers with a passkey each, and the person at the computer, who may say no. */
type Named = 'first approves' | 'first denies' | 'second approves' | 'second denies' | 'no';
const NAMED: readonly (readonly [Named, Named])[] = [
  ['first approves', 'second denies'],
  ['first denies', 'second approves'],
  ['first approves', 'second approves'],
  ['first denies', 'second denies'],
  ['first approves', 'no'],
];
type Kind = 'pairs' | 'lapses' | 'approvers';

/** One question that was raced for. */
interface Race {
  commandId: string;
  tried: string;
  runs: () => number;
}

/** T9: answers of two people and of two named approvers, withdrawals, cancels, reassignments and the end of the wait race for one question: it is decided once, and nothing hangs. */
export async function racedDecisions(context: FaultContext): Promise<void> {
  const site = await context.site();
  const approvers = [await SoftApprover.register(site, 'Mara Voss'), await SoftApprover.register(site, 'Rae Lund')];
  const runtimes = { pairs: await site.endpoint(), lapses: await site.endpoint(), approvers: await site.endpoint() };
  for (const runtime of Object.values(runtimes)) context.atEnd(() => runtime.stop());
  const lanes: [string, Kind][] = [];
  for (const kind of Object.keys(runtimes) as Kind[])
    for (let i = 0; i < LANES; i++) lanes.push([await site.session(runtimes[kind]), kind]);
  for (const runtime of Object.values(runtimes)) runtime.approves = false;
  await policy(site, runtimes.lapses, { approvalTimeoutSeconds: SHORTEST_S });
  await site.pinApprovers(runtimes.approvers);
  await policy(site, runtimes.approvers, { strong: true });
  const people = await Promise.all(
    [site.senior, site.admin].map((desk) =>
      desk.gql<{ viewer: { user: { id: string } } }>('{ viewer { user { id } } }'),
    ),
  );
  const times = context.times(10_000);
  await context.row('T9 decisions raced', async (row, random) => {
    const races: Race[] = [];
    // The end of the wait takes its seconds, so these are fewer, beside the others.
    const left: Record<Kind, number> = { pairs: 0, lapses: 0, approvers: 0 };
    const run = async ([sessionId, kind]: [string, Kind]) => {
      while (left[kind]-- > 0 && row.failures.length < 5)
        await race(
          { site, runtime: runtimes[kind], sessionId, people: people.map(({ viewer }) => viewer.user.id), approvers },
          kind,
          random,
          races.length,
        ).then(
          (done) => {
            races.push(done);
            if (kind === 'approvers') row.figures['by approvers'] = Number(row.figures['by approvers'] ?? 0) + 1;
          },
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
      left.approvers = Math.ceil(left.pairs / 4);
      const before = races.length;
      await Promise.all(lanes.map(run));
      await judge(site, races.slice(before), row);
      row.n = races.length;
      context.say(`${races.length} raced and judged`);
    }
  });
}

/** For one endpoint alone: where questions lapse soon, or named approvers decide. Elsewhere a busy machine has the time it needs to race. */
async function policy(site: Site, runtime: FaultRuntime, document: object): Promise<void> {
  const answer = await site.admin.act(
    'setPolicy',
    'SetPolicyInput',
    {
      document,
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
  approvers: readonly SoftApprover[];
}

async function race(scene: Scene, kind: Kind, random: Random, number: number): Promise<Race> {
  const { site, runtime, sessionId, approvers } = scene;
  const file = join(site.lab, `decision-${process.pid}-${number}-${random.between(0, 1e9)}`);
  const commandId = await site.propose(sessionId, `echo ran >> ${file}`);
  const race = (tried: string): Race => ({
    commandId: localId(commandId),
    tried,
    runs: () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0),
  });
  if (kind === 'approvers') {
    const asked = await patiently('the question on the approver’s page', async () =>
      (await approvers[0]?.questions())?.find(({ prompt }) => prompt.command?.includes(file)),
    );
    const acts = random.pick(NAMED);
    await together(acts, random, async (act) => {
      if (act === 'no') return runtime.answer(asked.prompt.approvalId, 'deny');
      const approver = approvers[act.startsWith('first') ? 0 : 1];
      return approver?.answer(asked, act.endsWith('approves') ? 'approve' : 'deny');
    });
    return race(acts.join(' and '));
  }
  const question = await patiently('the question on the page', async () =>
    (await runtime.questions()).find((one) => one.text.includes(file)),
  );
  const acts = kind === 'pairs' ? random.pick(PAIRS) : ([random.pick(['yes', 'no'] as const)] as const);
  if (kind === 'lapses') await pause(question.expiresAt - Date.now() + random.between(-5, 5));
  await together(acts, random, (act) => doAct(scene, act, question, commandId, random));
  return race(`${acts.join(' and ')}${kind === 'lapses' ? ' as the wait ends' : ''}`);
}

/** Each within 5 ms of the others. */
async function together<T>(acts: readonly T[], random: Random, doIt: (act: T) => Promise<void>): Promise<void> {
  await Promise.all(
    acts.map(async (act) => {
      await pause(random.between(0, 5));
      await doIt(act);
    }),
  );
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
