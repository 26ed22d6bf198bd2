import { createHmac } from 'node:crypto';
import type { Desk } from '@throughline/e2e/harness/desk';
import { WEBHOOK } from './house.ts';
import type { PlacedComputer } from './place.ts';
import { joinScripted } from './scripted-runtime.ts';

export interface Present {
  url: string;
  desks: Record<'ada' | 'dana' | 'jun' | 'theo' | 'sam', Desk>;
  /** Global ids of people by key. */
  ids: Record<'jun' | 'theo' | 'sam', string>;
  computers: Record<string, PlacedComputer>;
}

/** What is open now, all of it made the way people and programs make it: webhooks, GraphQL, the agent protocol. Each session has its workflow. */
export async function playPresent(present: Present): Promise<void> {
  const { url, desks } = present;
  await ticket(
    url,
    48_301,
    'Outlook asks for the password again and again',
    'Harbor Dental',
    'HARB-WS-07',
    'Olivia Hart',
    'High',
  );
  await ticket(url, 48_302, 'Labels come out blank', 'Brightline Print', 'BRIT-NORTH-01', 'Ken Abe', 'Normal');
  await ticket(
    url,
    48_303,
    'New laptop cannot find the scanner',
    'Harbor Dental',
    'HARB-LT-22',
    'Olivia Hart',
    'Normal',
  );
  await refusedDelivery(url);
  const { labels } = await until('the tickets', async () => {
    const sessions = await openSessions(desks.dana);
    const found = sessions.find((session) => session.title === 'Labels come out blank');
    const triage = await desks.dana.gql<{ triage: unknown[] }>('{ triage { id } }');
    return sessions.length >= 2 && found !== undefined && triage.triage.length > 0 ? { labels: found } : null;
  });
  await done(
    desks.dana.act(
      'assignSession',
      'AssignSessionInput',
      { sessionId: labels.id, userId: present.ids.theo },
      '... on Session { id }',
    ),
  );

  await start(
    desks.jun,
    present,
    'BRIT-EAST-01',
    'Printer does nothing at three o’clock',
    'the printer stops every afternoon',
    'Front desk',
  );
  const [waiting] = await until('the request', async () => {
    const board = await desks.dana.gql<{ board: { waiting: { id: string }[] } }>('{ board { waiting { id } } }');
    return board.board.waiting.length > 0 ? board.board.waiting : null;
  });
  await done(
    desks.dana.act('nudgeApproval', 'NudgeApprovalInput', { approvalId: waiting?.id }, '... on ApprovalRequest { id }'),
  );

  await atWork(present);
}

/** Two sessions in the middle of work: one with a change that waits for a yes, one where the computer has just gone offline. */
async function atWork(present: Present): Promise<void> {
  const { desks } = present;
  const theo = await start(
    desks.theo,
    present,
    'CLIENT-ACCT-01',
    'Payroll export hangs at 80 %',
    'the payroll export hangs',
    'Paula Reyes',
    'urgent',
  );
  await withComputer(present, 'CLIENT-ACCT-01', PAYROLL, async () => {
    await active(desks.theo, theo);
    await run(desks.theo, theo, 'Get-Service', 'see whether the spooler runs');
    await desks.theo.act(
      'addMessage',
      'AddMessageInput',
      { sessionId: theo, text: 'The spooler is in StopPending since 09:12: that is where the export waits.' },
      '... on Entry { id }',
    );
    const restart = {
      sessionId: theo,
      shell: 'powershell',
      script: 'Restart-Service -Name Spooler -Force',
      reason: 'restart the print spooler; jobs that wait are printed again',
    };
    await done(desks.theo.act('proposeCommand', 'ProposeCommandInput', restart, '... on Command { id }'));
  });
  const sam = await start(
    desks.sam,
    present,
    'BRIT-WEST-01',
    'Press PC: nightly copy fails',
    'the nightly copy fails',
    'Ken Abe',
  );
  await withComputer(present, 'BRIT-WEST-01', DISKS, async () => {
    await active(desks.sam, sam);
    await run(desks.sam, sam, 'Get-Volume', 'see how much space is left');
  });
}

const PAYROLL = {
  'Get-Service':
    'Status       Name         DisplayName\r\n------       ----         -----------\r\nRunning      EventLog     Windows Event Log\r\nStopPending  Spooler      Print Spooler\r\n',
};
const DISKS = {
  'Get-Volume':
    'DriveLetter FriendlyName SizeRemaining    Size\r\n----------- ------------ -------------    ----\r\nC           System             41.2 GB  237 GB\r\nE           Jobs                0.3 GB  931 GB\r\n',
};

async function withComputer(
  present: Present,
  name: string,
  script: Record<string, string>,
  work: () => Promise<void>,
): Promise<void> {
  const computer = present.computers[name];
  if (computer === undefined) throw new Error(`the demo has no computer ${name}`);
  const runtime = await joinScripted(present.url, computer, script);
  try {
    await work();
  } finally {
    await runtime.leave();
  }
}

async function start(
  desk: Desk,
  present: Present,
  computer: string,
  title: string,
  reason: string,
  requester: string,
  priority = 'normal',
): Promise<string> {
  const endpointId = Buffer.from(`Endpoint:${present.computers[computer]?.endpointId}`).toString('base64');
  const input = { endpointId, title, request: title, requester, channel: 'phone', priority, reason };
  return (await done(desk.act<Answer>('startSession', 'StartSessionInput', input, '... on Session { id }'))).id;
}

async function run(desk: Desk, sessionId: string, script: string, reason: string): Promise<void> {
  const { id } = await done(
    desk.act<Answer>(
      'proposeCommand',
      'ProposeCommandInput',
      { sessionId, shell: 'powershell', script, reason },
      '... on Command { id }',
    ),
  );
  await until(`${script} to end`, async () => {
    const { command } = await desk.gql<{ command: { finishedAt: string | null; state: string } }>(
      'query($id: ID!) { command(id: $id) { finishedAt state } }',
      { id },
    );
    return command.finishedAt;
  });
}

const active = (desk: Desk, id: string) =>
  until('consent', async () => {
    const { session } = await desk.gql<{ session: { status: string } }>(
      'query($id: ID!) { session(id: $id) { status } }',
      { id },
    );
    return session.status === 'active' ? true : null;
  });

interface Answer {
  __typename: string;
  id: string;
  code?: string;
  message?: string;
}
async function done<T extends Answer>(answer: Promise<T>): Promise<T> {
  const result = await answer;
  if (result.code !== undefined) throw new Error(`refused: ${result.code}: ${result.message}`);
  return result;
}

async function openSessions(desk: Desk): Promise<{ id: string; title: string }[]> {
  const data = await desk.gql<{ sessions: { edges: { node: { id: string; title: string; status: string } }[] } }>(
    '{ sessions { edges { node { id title status } } } }',
  );
  return data.sessions.edges.map((edge) => edge.node).filter((session) => session.status !== 'completed');
}

/** As the PSA sends it. */
async function ticket(
  url: string,
  id: number,
  summary: string,
  client: string,
  device: string,
  requester: string,
  priority: string,
): Promise<void> {
  const body = JSON.stringify({
    event: 'ticket.created',
    ticket: {
      id,
      summary,
      details: 'Since this morning.',
      client_name: client,
      user_name: requester,
      device,
      priority,
    },
  });
  const answer = await deliver(
    url,
    `demo-${id}`,
    body,
    createHmac('sha256', WEBHOOK.secret).update(body).digest('hex'),
  );
  if (answer.status !== 202) throw new Error(`the webhook answered ${answer.status}: ${await answer.text()}`);
}

/** One with a wrong signature: refused, and on the audit page. */
async function refusedDelivery(url: string): Promise<void> {
  const answer = await deliver(url, 'demo-forged', '{"event":"ticket.created"}', '00'.repeat(32));
  if (answer.status !== 401) throw new Error(`a forged webhook was answered with ${answer.status}`);
}

function deliver(url: string, deliveryId: string, body: string, hmac: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'x-signature': `sha256=${hmac}`, 'x-delivery-id': deliveryId };
  return fetch(`${url}/webhooks/psa/${WEBHOOK.slug}`, { method: 'POST', headers, body });
}

async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  const end = Date.now() + 30_000;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > end) throw new Error(`${what} did not come in 30 s`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
