import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes, randomUUID } from 'node:crypto';
import { createSeal } from '@throughline/store/seal';
import {
  type TestMsp,
  type TestStore,
  createMsp,
  createSession,
  openTestStore,
} from '@throughline/store/testing/store-fixture';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { drainNotes } from './psa-note-sender.ts';

/** A PSA with notes, whose moods a test sets. */
let mood: 'up' | 'down' | 'takes it and drops the answer' | 'redirects';
let notes: string[] = [];
let asked: { method: string; url: string; authorization: string | undefined }[] = [];
let psa: Server;
let store: TestStore;
let msp: TestMsp;
const seal = createSeal(randomBytes(32));
const lines: string[] = [];
const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });

beforeAll(async () => {
  store = await openTestStore();
  msp = await createMsp(store, 'northgate');
  psa = createServer((request, response) => {
    asked.push({ method: request.method ?? '', url: request.url ?? '', authorization: request.headers.authorization });
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      if (mood === 'down') return void response.writeHead(503).end();
      if (mood === 'redirects') return void response.writeHead(307, { location: 'http://169.254.169.254/' }).end();
      if (request.method === 'GET')
        return void response.end(JSON.stringify({ notes: notes.map((text) => ({ text })) }));
      notes.push((JSON.parse(body) as { text: string }).text);
      if (mood === 'takes it and drops the answer') return void request.socket.destroy();
      response.writeHead(201).end('{}');
    });
  });
  await new Promise<void>((resolve) => psa.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  psa?.closeAllConnections();
  await new Promise((resolve) => psa.close(resolve));
  await store?.close();
});
beforeEach(() => {
  notes = [];
  asked = [];
  mood = 'up';
});

/** A completed session's note that waits to be sent; returns the note's id. */
async function queued(): Promise<{ noteId: string; sessionId: string }> {
  const sessionId = await createSession(store, msp);
  const [connectionId, noteId] = [randomUUID(), randomUUID()];
  const { port } = psa.address() as AddressInfo;
  await store.admin.query(
    `insert into psa_connection (msp_id, id, slug, name, scheme, secret_sealed, note_url, note_secret_sealed) values ($1, $2, $3, 'Halo', 'hmac-sha256', '', $4, $5)`,
    [
      msp.mspId,
      connectionId,
      `halo-${noteId.slice(0, 8)}`,
      `http://127.0.0.1:${port}/tickets/{ticket}/notes`,
      seal.seal('psa-token-71'),
    ],
  );
  await store.admin.query(
    `insert into psa_note (msp_id, id, session_id, connection_id, ticket_id, body) values ($1, $2, $3, $4, 'T/17', 'Session: resolved.')`,
    [msp.mspId, noteId, sessionId, connectionId],
  );
  return { noteId, sessionId };
}
const drain = () => drainNotes(store.pool, seal, 'https://desk.example', log);
const due = (id: string) => store.admin.query('update psa_note set next_try_at = now() where id = $1', [id]);
const row = async (id: string) =>
  (
    await store.admin.query<{ state: string; last_error: string | null; attempts: number; waits: number }>(
      'select state, last_error, attempts, extract(epoch from next_try_at - now())::float as waits from psa_note where id = $1',
      [id],
    )
  ).rows[0]!;
const entries = async (sessionId: string) =>
  (
    await store.admin.query<{ payload: Buffer }>(
      `select p.payload from transcript_entry e join transcript_payload p using (msp_id, session_id, seq) where e.session_id = $1 and e.kind = 'psa_note' order by e.seq`,
      [sessionId],
    )
  ).rows.map((each) => (JSON.parse(each.payload.toString()) as { state: string }).state);

it('F131 a note reaches the ticket once, with a link to the session and the PSA’s token', async () => {
  const { noteId, sessionId } = await queued();
  await drain();
  await drain();
  expect(notes).toHaveLength(1);
  expect(notes[0]).toMatch(/^Session: resolved\.\n\nhttps:\/\/desk\.example\/s\/\d+\n\[throughline /);
  expect(asked).toEqual([{ method: 'POST', url: '/tickets/T%2F17/notes', authorization: 'Bearer psa-token-71' }]);
  expect(await row(noteId)).toMatchObject({ state: 'delivered', last_error: null });
  expect(await entries(sessionId)).toEqual(['delivered']);
});

it('F131 while the PSA is down the failure shows and waits grow; when it is back there is exactly one note', async () => {
  const { noteId, sessionId } = await queued();
  mood = 'down';
  const waits: number[] = [];
  for (let i = 0; i < 4; i++) {
    await due(noteId);
    await drain();
    const now = await row(noteId);
    expect(now).toMatchObject({ state: 'failing', attempts: i + 1 });
    expect(now.last_error).toMatch(/503/);
    waits.push(now.waits);
  }
  for (let i = 1; i < waits.length; i++) expect(waits[i]).toBeGreaterThan(waits[i - 1]! * 1.5);
  const tries = asked.length;
  await drain(); // Not yet its time.
  expect(asked).toHaveLength(tries);
  mood = 'up';
  await due(noteId);
  await drain();
  expect(notes).toHaveLength(1);
  expect((await row(noteId)).state).toBe('delivered');
  expect(await entries(sessionId)).toEqual(['failing', 'delivered']);
});

it('F131 a PSA that took the note and dropped the answer has it once: the next try looks before it sends', async () => {
  const { noteId, sessionId } = await queued();
  mood = 'takes it and drops the answer';
  await drain();
  expect(notes).toHaveLength(1);
  expect((await row(noteId)).state).toBe('failing');
  mood = 'up';
  await due(noteId);
  await drain();
  expect(notes).toHaveLength(1);
  expect(asked.map((each) => each.method)).toEqual(['POST', 'GET']);
  expect((await row(noteId)).state).toBe('delivered');
  expect(await entries(sessionId)).toEqual(['failing', 'delivered']);
});

it('F131 two workers at once send one note', async () => {
  await queued();
  await Promise.all([drain(), drain(), drain()]);
  expect(notes).toHaveLength(1);
});

it('follows no redirect with the token, and logs neither token nor note', async () => {
  const { noteId } = await queued();
  mood = 'redirects';
  await drain();
  expect(asked).toHaveLength(1);
  expect((await row(noteId)).state).toBe('failing');
  expect(lines.join('')).not.toMatch(/psa-token-71|Session: resolved/);
});
