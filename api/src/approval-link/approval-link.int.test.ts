import { drainMail } from '@throughline/activities/mail-sender';
import { verifySession } from '@throughline/store/database-verify';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { asLinkHolder, keepLinkAnswer } from '@throughline/store/approval-link-store';
import { withTenant } from '@throughline/store/tenant';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid, rawId } from '../testing/desk.ts';
import type { ScriptedRuntime } from '../testing/scripted-runtime.ts';

let bench: ApiBench;
let jun: Desk;
let dana: Desk;
const mails: { to: { address: string }; text: string; subject: string }[] = [];

beforeAll(async () => {
  bench = await openApiBench();
  jun = bench.desk(bench.northgate.people.jun);
  dana = bench.desk(bench.northgate.people.dana);
  await contact('olivia@harbor.example');
});
afterAll(() => bench?.close());

const harbor = () => bench.northgate.clients.harbor.id;
const contact = (email: string | null, name: string | null = 'Olivia Hart') =>
  bench.rows('update client set contact_name = $3, contact_email = $2 where id = $1', [harbor(), email, name]);

/** The worker's sender, with a transport that keeps what it would send. */
const keeping = { sendMail: (mail: (typeof mails)[number]) => Promise.resolve(mails.push(mail)) };
function drained(
  transport: { sendMail(mail: (typeof mails)[number]): Promise<number> } | null = keeping,
): Promise<void> {
  const { pool, seal, log, publicUrl } = bench.deps;
  const sender = { pool, seal, log, publicUrl, from: 'desk@northgate.example', transport };
  return drainMail(sender as unknown as Parameters<typeof drainMail>[0]);
}
async function mailed(): Promise<(typeof mails)[number]> {
  const before = mails.length;
  await drained();
  expect(mails).toHaveLength(before + 1);
  return mails[before]!;
}
const tokenIn = ({ text }: { text: string }) => /\/answer#([\w-]{43})\n/.exec(text)?.[1] ?? '';

interface Said {
  status: number;
  body: Record<string, unknown> & { error?: { code: string; message: string } };
}
async function call(what: string, body: object, headers: Record<string, string> = {}): Promise<Said> {
  const answer = await fetch(`${bench.url}/api/approval-link/${what}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-throughline': '1', ...headers },
    body: JSON.stringify({ ...(what !== 'outcome' && { locale: 'en-US', timeZone: 'America/Chicago' }), ...body }),
  });
  return { status: answer.status, body: (await answer.json()) as Said['body'] };
}
const look = (token: string) => call('look', { token });
const outcome = (token: string) => call('outcome', { token });
async function answer(token: string, decision = 'approve', reason = ''): Promise<Said> {
  const { body } = await look(token);
  return call('answer', { token, decision, reason, textHash: body.textHash ?? '0'.repeat(64) });
}

let hosts = 0;
async function endpoint(allows = true): Promise<ScriptedRuntime> {
  const runtime = await bench.enrol(harbor(), `LINK-${++hosts}`);
  runtime.facts = { ...runtime.facts, ...(allows && { approvalLink: true as const }) };
  await runtime.connect();
  return runtime;
}
/** A command that changes something and waits for the person. */
async function asked(runtime: ScriptedRuntime, sessionId: string, script = 'systemctl restart vpn') {
  const input = { sessionId: gid('Session', sessionId), shell: 'bash', script, reason: 'the VPN hangs' };
  const { id } = await jun.must('proposeCommand', input);
  const { prompt } = await runtime.hears('prompt', (m) => m.prompt.command === script);
  const { approvalId } = prompt;
  return { commandId: rawId(id as string), approvalId, waiting: { approvalId: gid('ApprovalRequest', approvalId) } };
}
/** As after half a minute. */
const later = () => bench.rows("update approval_link set created_at = created_at - interval '31 seconds'");
const linkTo = ({ approvalId }: { approvalId: string }) =>
  jun
    .gql<{ node: { link: Record<string, unknown> | null } }>(
      'query($id: ID!) { node(id: $id) { ... on ApprovalRequest { link { to hindrance askedAt mailedAt openedAt fault late } } } }',
      { id: approvalId },
    )
    .then(({ node }) => node.link);

const payloads = (sessionId: string, kind: string) =>
  bench
    .rows<{ payload: string }>(
      `select convert_from(p.payload, 'UTF8') as payload from transcript_payload p
       join transcript_entry e on e.msp_id = p.msp_id and e.session_id = p.session_id and e.seq = p.seq
       where e.session_id = $1 and e.kind = $2 order by e.seq`,
      [sessionId, kind],
    )
    .then((rows) => rows.map(({ payload }) => JSON.parse(payload) as Record<string, unknown>));

/** Every table in which the words stand: as text, as bytes, or as the bytes that they are the base64url of. */
async function tablesWith(words: string): Promise<string[]> {
  const tables = await bench.rows<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
  );
  const found: string[] = [];
  const needles = [Buffer.from(words), Buffer.from(words, 'base64url')].map((bytes) => `%${bytes.toString('hex')}%`);
  needles.push(`%${words}%`);
  for (const { name } of tables) {
    const rows = await bench.rows(`select 1 from "${name}" t where t::text like any($1) limit 1`, [needles]);
    if (rows.length > 0) found.push(name);
  }
  expect(tables.length).toBeGreaterThan(30);
  return found;
}

it('U33 a link to a command is mailed to the contact, answers it once from a phone, and the record says by which way', async () => {
  const runtime = await endpoint();
  const sessionId = await bench.active(jun, runtime);
  const { approvalId, commandId, waiting } = await asked(runtime, sessionId);
  expect(await linkTo(waiting)).toMatchObject({ to: 'Olivia Hart', hindrance: null, askedAt: null });
  await dana.must('sendApprovalLink', waiting);
  expect(await linkTo(waiting)).toMatchObject({ askedAt: expect.any(String), mailedAt: null, openedAt: null });
  expect(await jun.act('sendApprovalLink', waiting)).toMatchObject({ code: 'RATE_LIMITED' });
  const mail = await mailed();
  expect(mail.to.address).toBe('olivia@harbor.example');
  expect(mail.text).toMatch(/Jun Park of .* has a question about the computer LINK-1\./);
  expect(mail.text).not.toContain('systemctl');
  const token = tokenIn(mail);
  expect(await linkTo(waiting)).toMatchObject({ mailedAt: expect.any(String), openedAt: null, fault: null });

  // A GET, whoever makes it, decides nothing: there is none that takes the token.
  for (const path of [`answer?token=${token}`, `look?token=${token}`, `answer/${token}`])
    expect((await fetch(`${bench.url}/api/approval-link/${path}`)).status).toBe(404);
  expect(await linkTo(waiting)).toMatchObject({ openedAt: null });

  const page = await look(token);
  expect(page).toMatchObject({
    status: 200,
    body: { mspName: expect.any(String), endpointName: 'LINK-1', technician: 'Jun Park', name: 'Olivia Hart' },
  });
  const lines = page.body.lines as { part: string; text: string; label?: string }[];
  expect(lines.find(({ part }) => part === 'title')?.text).toBe('May Jun change something on LINK-1?');
  expect(lines.find(({ part }) => part === 'command')?.text).toBe('systemctl restart vpn');
  const { prompt } = await runtime.hears('prompt', (m) => m.prompt.approvalId === approvalId);
  expect(lines.find(({ part }) => part === 'code')?.label?.replaceAll(' ', '')).toBe(prompt.code);
  expect((await look(token)).status).toBe(200);
  expect(await linkTo(waiting)).toMatchObject({ openedAt: expect.any(String) });

  const textHash = page.body.textHash as string;
  const yes = { token, decision: 'approve', reason: '', textHash };
  expect(await call('answer', yes, { origin: 'https://evil.test' })).toMatchObject({ status: 403 });
  expect(await call('answer', yes, { 'x-throughline': '' })).toMatchObject({ status: 403 });
  expect(await call('answer', { ...yes, textHash: 'a'.repeat(64) })).toMatchObject({
    status: 409,
    body: { error: { code: 'CONFLICT' } },
  });
  for (const bad of [
    { decision: 'maybe' },
    { reason: 'x'.repeat(501) },
    { locale: 'en-u-nu-latn-x' },
    { timeZone: 'x' },
  ])
    expect(await call('answer', { ...yes, ...bad })).toMatchObject({ status: 400 });
  // Nothing was answered, so there is nothing to tell.
  expect(await outcome(token)).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } });
  // Two at once: exactly one is taken.
  const both = [1, 2].map(() => call('answer', yes));
  const carried = await runtime.hears('link_answer', (m) => m.approvalId === approvalId);
  expect(carried).toMatchObject({ decision: 'approve', link: { name: 'Olivia Hart', email: 'olivia@harbor.example' } });
  runtime.takesLink(carried);
  const given = await Promise.all(both);
  expect(given.map(({ status }) => status).sort()).toEqual([200, 404]);
  expect(given.find(({ status }) => status === 200)?.body).toEqual({ counted: true, why: '' });
  const order = await runtime.order(commandId);
  expect(order.approvals.map(({ id }) => id)).toContain(approvalId);

  expect(await payloads(sessionId, 'approval_link_sent')).toEqual([
    {
      ...{ approvalId, linkId: carried.link.id, name: 'Olivia Hart', email: 'olivia@harbor.example' },
      expiresAt: expect.any(String),
    },
  ]);
  const decided = (await payloads(sessionId, 'approval_decided')).find((each) => each.approvalId === approvalId);
  expect(decided).toMatchObject({
    ...{ channel: 'link', decision: 'approve', account: 'Olivia Hart', link: carried.link },
    shown: { channel: 'link_page', textHash, text: expect.stringContaining('systemctl restart vpn') },
  });
  const { mspId } = bench.northgate;
  const scope = { mspId, clients: '*' as const };
  const report = await withTenant(bench.deps.pool, scope, (tx) => verifySession(tx, scope, sessionId));
  expect(report).toMatchObject({ verdict: 'valid', faults: [] });
  expect(await bench.rows("select actor, details from audit_event where action = 'approval.link_sent'")).toEqual([
    {
      actor: bench.northgate.people.dana.email,
      details: { approvalId, name: 'Olivia Hart', email: 'olivia@harbor.example' },
    },
  ]);

  // Used up: what became of it its holder is told for a while, and no more than that. The secret of it is nowhere.
  const became = { status: 200, body: { decision: 'approve', counted: true, why: '' } };
  expect(await outcome(token)).toEqual(became);
  expect(await look(token)).toMatchObject({ status: 404 });
  await bench.rows(
    "update approval_link set answered_at = answered_at - interval '16 minutes' where approval_id = $1",
    [approvalId],
  );
  expect(await outcome(token)).toMatchObject({ status: 404 });
  expect(await tablesWith(token)).toEqual([]);
  expect(await tablesWith(carried.link.id)).toContain('approval_link');
  expect(bench.logged.join('\n')).not.toContain(token);
  expect(await bench.history(sessionId)).not.toContain(token);
}, 60_000);

it('U33 a dead link says one and the same thing, whatever it died of', async () => {
  const runtime = await endpoint();
  const sessionId = await bench.active(jun, runtime);
  const { approvalId, waiting } = await asked(runtime, sessionId);
  const links: string[] = [];
  for (let n = 0; n < 2; n++) {
    await jun.must('sendApprovalLink', waiting);
    links.push(tokenIn(await mailed()));
    await later();
  }
  const [replaced = '', alive = ''] = links;
  const dead = await look('guessed');
  expect(dead).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } });
  expect(await look(replaced)).toEqual(dead);
  expect(await answer(replaced)).toEqual(dead);
  expect((await look(alive)).status).toBe(200);
  await bench.rows("update approval_link set expires_at = now() - interval '1 second' where approval_id = $1", [
    approvalId,
  ]);
  expect(await look(alive)).toEqual(dead);
  expect(await answer(alive)).toEqual(dead);
  // Answered at the computer meanwhile.
  await jun.must('sendApprovalLink', waiting);
  const third = tokenIn(await mailed());
  expect((await look(third)).status).toBe(200);
  runtime.decide(approvalId, 'deny', { reason: 'with a patient' });
  await runtime.hears('decided', (m) => m.approvalId === approvalId && m.counted);
  await waitFor('the question to be closed', async () => (await look(third)).status === 404);
  expect(await answer(third)).toEqual(dead);
  expect(await jun.act('sendApprovalLink', waiting)).toMatchObject({ code: 'INVALID_STATE' });
  // Withdrawn before the mail went out: none goes.
  const second = await asked(runtime, sessionId, 'systemctl restart cups');
  await jun.must('sendApprovalLink', second.waiting);
  await jun.must('withdrawApproval', second.waiting);
  await waitFor('the withdrawal', async () => (await linkTo(second.waiting)) === null);
  // Replaced, answered or run out before it did: none either.
  const open = await asked(runtime, sessionId, 'systemctl restart samba');
  await jun.must('sendApprovalLink', open.waiting);
  await later();
  await jun.must('sendApprovalLink', open.waiting);
  await bench.rows("update approval_link set expires_at = now() - interval '1 second' where approval_id = $1", [
    open.approvalId,
  ]);
  const sent = mails.length;
  await drained();
  expect(mails).toHaveLength(sent);
  expect(
    await bench.rows(
      `select o.state, o.last_error from mail_outbox o join approval_link l on l.id = o.link_id where l.approval_id = any($1)`,
      [[second.approvalId, open.approvalId]],
    ),
  ).toEqual(Array.from({ length: 3 }, () => ({ state: 'dropped', last_error: 'It was no longer news.' })));
  await jun.must('withdrawApproval', open.waiting);
}, 60_000);

it('U33 an answer that is just being given is waited for, and no new link takes its place', async () => {
  const runtime = await endpoint();
  const sessionId = await bench.active(jun, runtime);
  const { approvalId, waiting } = await asked(runtime, sessionId);
  await jun.must('sendApprovalLink', waiting);
  const token = tokenIn(await mailed());
  await later();
  const { pool } = bench.deps;
  let sending: ReturnType<Desk['act']> | undefined;
  await asLinkHolder(pool, token, async (tx, holder) => {
    await keepLinkAnswer(tx, holder, { decision: 'deny', reason: 'no', language: 'en', text: 'x' });
    sending = jun.act('sendApprovalLink', waiting);
    await waitFor('the new link to wait for the answer', async () => {
      const waits = await bench.rows(
        "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%approval_link%'",
      );
      return waits.length > 0;
    });
  });
  expect(await sending).toMatchObject({ code: 'INVALID_STATE', message: expect.stringContaining('on its way') });
  expect(
    await bench.rows('select decision, replaced_at from approval_link where approval_id = $1', [approvalId]),
  ).toEqual([{ decision: 'deny', replaced_at: null }]);
  await jun.must('withdrawApproval', waiting);
}, 60_000);

it('U33 the desk is told why a mail is not out: late, refused, or no mail server where mail is sent', async () => {
  const runtime = await endpoint();
  const sessionId = await bench.active(jun, runtime);
  const { waiting } = await asked(runtime, sessionId);
  const failing = (error: object) => ({ sendMail: () => Promise.reject(Object.assign(new Error('no'), error)) });
  await jun.must('sendApprovalLink', waiting);
  await drained(failing({ code: 'ECONNECTION' }));
  expect(await linkTo(waiting)).toMatchObject({ fault: null, late: expect.stringContaining('tried again') });
  await bench.rows("update mail_outbox set next_try_at = now() where state = 'failing'");
  await mailed();
  expect(await linkTo(waiting)).toMatchObject({ fault: null, late: null, mailedAt: expect.any(String) });
  for (const [transport, words] of [
    [null, 'sets SMTP_URL for the worker'],
    [failing({ responseCode: 550, command: 'RCPT TO' }), 'refused the mail for good'],
  ] as const) {
    await later();
    await jun.must('sendApprovalLink', waiting);
    await drained(transport);
    expect(await linkTo(waiting)).toMatchObject({ fault: expect.stringContaining(words), late: null, mailedAt: null });
  }
  await jun.must('withdrawApproval', waiting);
}, 60_000);

it('U33 a contact without a name is called by the address; nobody else’s name stands beside it', async () => {
  const runtime = await endpoint();
  const sessionId = await bench.active(jun, runtime);
  const { approvalId, waiting } = await asked(runtime, sessionId);
  await contact('info@harbor.example', ' ');
  expect(await linkTo(waiting)).toMatchObject({ to: 'info@harbor.example', hindrance: null });
  await jun.must('sendApprovalLink', waiting);
  await contact('olivia@harbor.example');
  const said = answer(tokenIn(await mailed()));
  runtime.takesLink(await runtime.hears('link_answer', (m) => m.approvalId === approvalId));
  expect((await said).body).toEqual({ counted: true, why: '' });
  const decided = (await payloads(sessionId, 'approval_decided')).find((each) => each.approvalId === approvalId);
  const both = 'info@harbor.example';
  expect(decided).toMatchObject({ account: both, link: { name: both, email: both } });
}, 60_000);

it('U33 a link to the session’s consent; a no by it stops, with its reason; what the endpoint refuses leaves the question open', async () => {
  const runtime = await endpoint();
  const sessionId = await bench.started(jun, runtime);
  const { prompt } = await runtime.hears('prompt', (m) => m.prompt.sessionId === sessionId);
  const consent = { approvalId: gid('ApprovalRequest', prompt.approvalId) };
  await jun.must('sendApprovalLink', consent);
  const said = answer(tokenIn(await mailed()));
  runtime.takesLink(await runtime.hears('link_answer', (m) => m.approvalId === prompt.approvalId));
  expect((await said).body).toEqual({ counted: true, why: '' });
  await waitFor('the session to begin', async () => {
    const [session] = await bench.rows<{ status: string }>('select status from session where id = $1', [sessionId]);
    return session?.status === 'active';
  });

  const { approvalId, waiting } = await asked(runtime, sessionId);
  await jun.must('sendApprovalLink', waiting);
  const first = tokenIn(await mailed());
  const refused = answer(first);
  const carried = await runtime.hears('link_answer', (m) => m.approvalId === approvalId);
  expect((await outcome(first)).body).toEqual({ decision: 'approve', counted: null, why: '' });
  // While the computer has not said, no other link goes out; the computer may not say it was somebody else, or by another link.
  await later();
  expect(await jun.act('sendApprovalLink', waiting)).toMatchObject({ code: 'INVALID_STATE' });
  runtime.say({ type: 'answer_refused', approvalId, message: 'The owner does not let links count.', at: Date.now() });
  const why = 'The owner does not let links count.';
  expect((await refused).body).toEqual({ counted: false, why });
  expect((await outcome(first)).body).toEqual({ decision: 'approve', counted: false, why });
  expect(await linkTo(waiting)).toMatchObject({ fault: 'The owner does not let links count.', hindrance: null });
  runtime.takesLink(carried);
  await runtime.hears('decided', (m) => m.approvalId === approvalId && !m.counted);
  expect(await payloads(sessionId, 'approval_ignored')).toMatchObject([
    { approvalId, why: expect.stringContaining('not the one that was given by the link') },
  ]);
  expect((await look(first)).status).toBe(404);

  await jun.must('sendApprovalLink', waiting);
  const denied = answer(tokenIn(await mailed()), 'deny', 'I am at the dentist');
  const no = await runtime.hears('link_answer', (m) => m.approvalId === approvalId && m.decision === 'deny');
  runtime.takesLink(no);
  expect((await denied).body).toEqual({ counted: true, why: '' });
  const decided = (await payloads(sessionId, 'approval_decided')).find((each) => each.approvalId === approvalId);
  expect(decided).toMatchObject({ channel: 'link', decision: 'deny', reason: 'I am at the dentist' });
}, 60_000);

it('U33 a yes by a link that was not given is not counted: another account, another link, another page', async () => {
  const runtime = await endpoint();
  const sessionId = await bench.active(jun, runtime);
  for (const [n, [forge, channel]] of (
    [
      [(m) => ({ ...m, link: { ...m.link, name: 'Sam Whitfield' } })],
      [(m) => ({ ...m, link: { ...m.link, id: '00000000-0000-4000-8000-000000000000' } })],
      [(m) => ({ ...m, decision: 'approve' })],
      [(m) => m, 'loopback_page'],
    ] as [(m: Carried) => Carried, 'loopback_page'?][]
  ).entries()) {
    const { approvalId, waiting } = await asked(runtime, sessionId, `systemctl restart unit-${n}`);
    await jun.must('sendApprovalLink', waiting);
    const said = answer(tokenIn(await mailed()), 'deny', 'no');
    const carried = await runtime.hears('link_answer', (m) => m.approvalId === approvalId);
    runtime.takesLink(forge(carried), {}, channel);
    await runtime.hears('decided', (m) => m.approvalId === approvalId && !m.counted);
    expect((await said).body).toMatchObject({ counted: false });
    expect(runtime.all('command')).toEqual([]);
    await jun.must('withdrawApproval', waiting);
  }
}, 60_000);
type Carried = Parameters<ScriptedRuntime['takesLink']>[0];

it('U33 no link where it could come to nothing or to somebody else, each with a sentence that says what to do', async () => {
  const unwilling = await endpoint(false);
  const sessionId = await bench.active(jun, unwilling);
  const { approvalId, waiting } = await asked(unwilling, sessionId);
  const refusal = async (words: RegExp) => {
    const acted = await jun.act('sendApprovalLink', waiting);
    expect(acted).toMatchObject({ code: 'INVALID_STATE', message: expect.stringMatching(words) });
    expect((await linkTo(waiting))?.hindrance).toBe(acted.message);
  };
  await refusal(/does not say that its owner lets .*"approvalLink": true in policy\.json.*older than links: update it/);
  // The owner allows it now: the computer is asked again, though it told nothing of its own.
  unwilling.facts = { ...unwilling.facts, approvalLink: true };
  await contact(null);
  await refusal(/no e-mail address of a contact/);
  await contact('olivia@harbor.example, sam@northgate.example');
  await refusal(/cannot be written to/);
  await contact('olivia@harbor.example');
  bench.deps.mails = false;
  await refusal(/sets SMTP_URL/);
  bench.deps.mails = true;
  await unwilling.cut();
  await waitFor('the endpoint to be offline', async () =>
    (await linkTo(waiting))?.hindrance?.toString().includes('offline'),
  );
  await refusal(/offline/);
  await unwilling.connect();
  await waitFor('the endpoint to be online', async () => (await linkTo(waiting))?.hindrance === null);
  expect(await bench.desk(bench.northgate.people.theo).act('sendApprovalLink', waiting)).toMatchObject({
    code: 'FORBIDDEN',
  });
  expect(await bench.desk(bench.rivermark.people.rex).act('sendApprovalLink', waiting)).toMatchObject({
    code: 'NOT_FOUND',
  });
  expect(await bench.rows('select 1 from approval_link where approval_id = $1', [approvalId])).toEqual([]);
  await jun.must('sendApprovalLink', waiting);
  await mailed();
}, 60_000);

// The last: dead links from this address are refused from here on.
it('U33 who tries many links that do not work has to wait; one that works is taken from there all the same', async () => {
  const runtime = await endpoint();
  const sessionId = await bench.active(jun, runtime);
  const { waiting } = await asked(runtime, sessionId);
  await jun.must('sendApprovalLink', waiting);
  const good = tokenIn(await mailed());
  let last = await look('guessed');
  for (let n = 0; n < 100 && last.status === 404; n++) last = await look(`guessed-${n}`);
  expect(last).toMatchObject({ status: 429, body: { error: { code: 'RATE_LIMITED' } } });
  expect((await look(good)).status).toBe(200);
}, 60_000);
