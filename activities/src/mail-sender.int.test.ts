import { randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { raise } from '@throughline/store/notification-store';
import { mailApprovers } from '@throughline/store/asked-approver-store';
import {
  type TestMsp,
  type TestStore,
  createMsp,
  createSession,
  openTestStore,
} from '@throughline/store/testing/store-fixture';
import { createSeal } from '@throughline/store/seal';
import { withTenant } from '@throughline/store/tenant';
import type { Transporter } from 'nodemailer';
import { pino } from 'pino';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { drainMail, mailTransport } from './mail-sender.ts';

/** A real mail server, whose moods a test sets. */
let mood: 'up' | 'busy' | 'knows nobody' | 'takes it and drops the line' = 'up';
let received: { from: string; to: string[]; raw: string }[] = [];
let server: SMTPServer;
let transport: Transporter;
let store: TestStore;
let msp: TestMsp;
const seal = createSeal(randomBytes(32));
const lines: string[] = [];
const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });

beforeAll(async () => {
  store = await openTestStore();
  msp = await createMsp(store, 'northgate');
  server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      username === 'desk' && password === 'smtp-word-71'
        ? done(null, { user: username })
        : done(new Error('Invalid username or password')),
    onRcptTo: (_address, _session, done) =>
      mood === 'knows nobody' ? done(Object.assign(new Error('No such user'), { responseCode: 550 })) : done(),
    onData: (stream, session, done) => {
      let raw = '';
      stream.on('data', (part: Buffer) => (raw += part.toString()));
      stream.on('end', () => {
        if (mood === 'busy') return done(Object.assign(new Error('Try later'), { responseCode: 451 }));
        const { mailFrom, rcptTo } = session.envelope;
        received.push({ from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map((r) => r.address), raw });
        if (mood === 'takes it and drops the line') {
          for (const connection of server.connections)
            (connection as { _socket: { destroy(): void } })._socket.destroy();
          return;
        }
        done();
      });
    },
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  transport = mailTransport(`smtp://desk:smtp-word-71@127.0.0.1:${port}`);
});
afterAll(async () => {
  transport?.close();
  await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(resolve)));
  await store?.close();
});
beforeEach(async () => {
  mood = 'up';
  received = [];
  await store.admin.query(`update mail_outbox set state = 'dropped' where state in ('queued', 'failing')`);
});

const tell = (news: Partial<Parameters<typeof raise>[2]> = {}) => {
  const key = news.key ?? randomUUID();
  return withTenant(store.pool, msp.scope, (tx) =>
    raise(tx, msp.mspId, {
      ...{ userId: msp.userId, key, kind: 'assigned', title: 'Session 1901 is now yours: Scanner', link: '/s/1901#e7' },
      ...news,
    }),
  );
};
const drain = (over: Partial<Parameters<typeof drainMail>[0]> = {}) =>
  drainMail({
    pool: store.pool,
    transport,
    from: 'Desk <desk@msp.example>',
    publicUrl: 'https://desk.example',
    seal,
    log,
    ...over,
  });
const due = () => store.admin.query(`update mail_outbox set next_try_at = now() where state = 'failing'`);
const rows = async () =>
  (
    await store.admin.query<{ state: string; attempts: number; waits: number; last_error: string | null }>(
      `select state, attempts, last_error, extract(epoch from next_try_at - now())::float as waits from mail_outbox
       order by created_at desc limit 1`,
    )
  ).rows[0]!;

it('F137 a notification is mailed once, with its title and link and nothing a person typed as a reason', async () => {
  const key = randomUUID();
  const news = { key, text: 'Session 1901 was escalated to you: the password is hunter2', kind: 'escalated' as const };
  await tell({ ...news, title: 'Session 1901 was escalated to you: Scanner' });
  await tell({ ...news, title: 'Session 1901 was escalated to you: Scanner' });
  await drain();
  await drain();
  expect(received).toHaveLength(1);
  const [mail] = received;
  expect(mail).toMatchObject({ from: 'desk@msp.example', to: ['jun@northgate.example'] });
  expect(mail!.raw).toMatch(/^Subject: Session 1901 was escalated to you: Scanner\r$/m);
  expect(mail!.raw).toMatch(/^https:\/\/desk\.example\/s\/1901#e7\r$/m);
  expect(mail!.raw).toMatch(/^Message-ID: <[0-9a-f-]{36}@desk\.example>\r$/m);
  expect(mail!.raw).not.toContain('hunter2');
  expect((await rows()).state).toBe('sent');
});

it('F137 what a person does not want by mail stays in the app alone', async () => {
  const mailed = async () => (await store.admin.query('select 1 from mail_outbox')).rowCount;
  const before = await mailed();
  await tell({ kind: 'sla', title: 'Session 1901 is near its limit' });
  expect(await mailed()).toBe(before);
  await store.admin.query('insert into notification_preference values ($1, $2, $3, true), ($1, $2, $4, false)', [
    ...[msp.mspId, msp.userId, 'sla', 'assigned'],
  ]);
  await tell({ kind: 'assigned' });
  expect(await mailed()).toBe(before);
  await tell({ kind: 'sla', title: 'Session 1901 is over its limit' });
  expect(await mailed()).toBe(before! + 1);
  await store.admin.query('delete from notification_preference');
  const { rows: kept } = await store.admin.query<{ n: number }>(
    `select count(*)::int as n from notification where text like '%its limit'`,
  );
  expect(kept[0]?.n).toBe(2);
});

it('F053 a named approver is reminded by mail, in both languages, with no link and nothing of what is asked; not once it is answered', async () => {
  const [approverId, asked] = [randomUUID(), randomUUID()];
  const { id: clientId } = msp.clients[0]!;
  const sessionId = await createSession(store, msp);
  await store.admin.query(
    `insert into approver (msp_id, id, client_id, name, email, created_by) values ($1, $2, $3, 'Mara Voss', 'mara@harbor.example', $4)`,
    [msp.mspId, approverId, clientId, msp.userId],
  );
  await withTenant(store.pool, msp.scope, async (tx) => {
    await tx.query(
      `insert into approval_request (msp_id, id, session_id, kind, hash, title, reason, changes, unchanged, undo, code, state, technician_id, requested_at, expires_at)
       values ($1, $2, $3, 'action', 'h', 'Delete the mailbox', 'the password is hunter2', '', '', '', '1234', 'waiting', $4, now(), now() + interval '1 hour')`,
      [msp.mspId, asked, sessionId, msp.userId],
    );
  });
  const remind = () =>
    withTenant(store.pool, msp.scope, (tx) =>
      mailApprovers(tx, msp.mspId, asked, [
        { id: approverId, name: 'Mara Voss', email: 'mara@harbor.example', phone: '' },
        { id: randomUUID(), name: 'No Address', email: '', phone: '' },
      ]),
    );
  await remind();
  await drain();
  expect(received).toHaveLength(1);
  const [mail] = received;
  expect(mail).toMatchObject({ to: ['mara@harbor.example'] });
  const words = mail!.raw.replace(/=\r\n/g, '');
  expect(words.replace(/\r\n /g, ' ')).toMatch(
    /^Subject: northgate waits for your answer for Harbor Dental \/ northgate espera su respuesta para Harbor Dental\r$/m,
  );
  expect(words).toContain('Nothing runs before you answer.');
  expect(words).toContain('Nada se ejecuta antes de su respuesta.');
  expect(words).not.toMatch(/https?:|mailbox|hunter2/);

  await remind();
  await store.admin.query(`update approval_request set state = 'denied', decided_at = now() where id = $1`, [asked]);
  await drain();
  expect(received).toHaveLength(1);
  expect((await rows()).state).toBe('dropped');
});

it('F137 while the mail server is busy the waits grow; when it is back there is exactly one mail', async () => {
  await tell();
  mood = 'busy';
  const waits: number[] = [];
  for (let i = 0; i < 4; i++) {
    await due();
    await drain();
    const row = await rows();
    expect(row).toMatchObject({ state: 'failing', attempts: i + 1 });
    waits.push(row.waits);
  }
  for (let i = 1; i < waits.length; i++) expect(waits[i]).toBeGreaterThan(waits[i - 1]! * 1.5);
  mood = 'up';
  await drain(); // Not yet its time.
  expect(received).toEqual([]);
  await due();
  await drain();
  expect(received).toHaveLength(1);
  expect((await rows()).state).toBe('sent');
});

it('F137 a mail whose acceptance was lost is sent again as the same mail, by its Message-ID', async () => {
  await tell();
  mood = 'takes it and drops the line';
  await drain();
  expect((await rows()).state).toBe('failing');
  mood = 'up';
  await due();
  await drain();
  expect((await rows()).state).toBe('sent');
  const ids = received.map(({ raw }) => /^Message-ID: (.+)\r$/m.exec(raw)?.[1]);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
});

it('F137 an address that the mail server refuses for good is not tried again', async () => {
  await tell();
  mood = 'knows nobody';
  await drain();
  expect(await rows()).toMatchObject({ state: 'dropped', attempts: 1, last_error: expect.stringContaining('550') });
});

it('F137 a wrong password for the mail server is the operator’s to mend: the mail waits for it', async () => {
  await tell();
  const { port } = server.server.address() as AddressInfo;
  const wrong = mailTransport(`smtp://desk:wrong-word@127.0.0.1:${port}`);
  await drain({ transport: wrong });
  wrong.close();
  expect((await rows()).state).toBe('failing');
  await due();
  await drain();
  expect((await rows()).state).toBe('sent');
  expect(lines.join('')).not.toMatch(/wrong-word|smtp-word-71|Scanner|jun@/);
});

it('two workers at once send one mail', async () => {
  await tell();
  await Promise.all([drain(), drain(), drain()]);
  expect(received).toHaveLength(1);
});

it('a title of many lines adds neither header nor line', async () => {
  await tell({ title: 'Session 1: hi\r\nBcc: evil@x.example\r\n\r\nhttps://evil.example' });
  await drain();
  expect(received[0]!.to).toEqual(['jun@northgate.example']);
  expect(received[0]!.raw).not.toMatch(/^Bcc:/im);
  expect(received[0]!.raw).not.toMatch(/^https:\/\/evil/m);
});

it('F137 what was read in the app while the mail server was away is not mailed any more', async () => {
  const key = randomUUID();
  await tell({ key });
  mood = 'busy';
  await drain();
  await store.admin.query('update notification set read_at = now() where key = $1', [key]);
  mood = 'up';
  await due();
  await drain();
  expect(received).toEqual([]);
  expect((await rows()).state).toBe('dropped');
});

it('without a mail server, and after a day, nothing is sent late', async () => {
  await tell();
  await drain({ transport: null });
  expect(await rows()).toMatchObject({ state: 'dropped', last_error: 'No mail server is set.' });
  await tell();
  await store.admin.query(`update mail_outbox set created_at = now() - interval '25 hours' where state = 'queued'`);
  await drain();
  expect(received).toEqual([]);
});

it('a relay on this computer may speak STARTTLS with a certificate of its own making', async () => {
  let wasEncrypted = false;
  const relay = new SMTPServer({
    authOptional: true,
    onData: (stream, session, done) => {
      wasEncrypted = session.secure;
      stream.resume();
      stream.on('end', () => done());
    },
  });
  await new Promise<void>((resolve) => void relay.listen(0, '127.0.0.1', resolve));
  const local = mailTransport(`smtp://127.0.0.1:${(relay.server.address() as AddressInfo).port}`);
  await tell();
  await drain({ transport: local });
  local.close();
  await new Promise<void>((resolve) => relay.close(resolve));
  expect((await rows()).state).toBe('sent');
  expect(wasEncrypted).toBe(true);
});

it('a line to another computer is encrypted or not used', () => {
  const asked = (url: string) => {
    const made = mailTransport(url);
    made.close();
    return (made.options as { requireTLS?: boolean }).requireTLS;
  };
  expect(asked('smtp://desk:x@mail.example:587')).toBe(true);
  expect(asked('smtp://127.0.0.1:25')).toBe(false);
});
