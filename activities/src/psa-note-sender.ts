import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { z } from 'zod';
import { publish } from '@throughline/store/notify';
import { appendEntry } from '@throughline/store/record-store';
import type { Seal } from '@throughline/store/seal';
import { withTenant } from '@throughline/store/tenant';
import { mspsWithWork } from '@throughline/store/work';

interface NoteRow {
  id: string;
  session_id: string;
  ticket_id: string;
  body: string;
  attempts: number;
  note_url: string;
  note_secret_sealed: Buffer | null;
  number: number;
}

const zNotes = z.object({ notes: z.array(z.object({ text: z.string() })) });
const TIMEOUT_MS = 10_000;
const MAX_WAIT_MS = 5 * 60_000;

/**
 * Sends notes to the PSA in the generic wire format: `POST note_url {text}` and `GET note_url → {notes: [{text}]}`, `{ticket}` in the
 * address replaced. No PSA takes an idempotency key on notes, so each carries a marker line, and every attempt after the first
 * looks for it before sending: a note that was stored and whose answer was lost is not sent again.
 */
export async function drainNotes(pool: Pool, seal: Seal, publicUrl: string, log: Logger): Promise<void> {
  for (const mspId of await mspsWithWork(pool, 'note')) {
    for (;;) {
      const note = await takeNote(pool, mspId);
      if (note === null) break;
      try {
        await deliver(note, seal, publicUrl);
        await settle(pool, mspId, note, null);
      } catch (error) {
        log.warn(
          { mspId, sessionId: note.session_id, noteId: note.id, err: error },
          'PSA note not delivered, will try again',
        );
        await settle(pool, mspId, note, (error as Error).message);
      }
    }
  }
}

/** Takes the next due note and counts the attempt before it is made, so that a crash in the middle makes the next one look first. */
function takeNote(pool: Pool, mspId: string): Promise<NoteRow | null> {
  return withTenant(pool, { mspId, clients: '*' }, async (tx) => {
    const { rows } = await tx.query<NoteRow>(
      `update psa_note n set attempts = n.attempts + 1, next_try_at = now() + make_interval(secs => 30)
       from psa_connection c, session s
       where n.msp_id = $1 and n.id = (
           select id from psa_note where msp_id = $1 and state <> 'delivered' and next_try_at <= now()
           order by next_try_at limit 1 for update skip locked)
         and c.msp_id = n.msp_id and c.id = n.connection_id and s.msp_id = n.msp_id and s.id = n.session_id
       returning n.id, n.session_id, n.ticket_id, n.body, n.attempts, c.note_url, c.note_secret_sealed, s.number`,
      [mspId],
    );
    return rows[0] ?? null;
  });
}

async function deliver(note: NoteRow, seal: Seal, publicUrl: string): Promise<void> {
  const url = note.note_url.replace(/\{(?:id|ticket)\}/g, encodeURIComponent(note.ticket_id));
  const marker = `[throughline ${note.id}]`;
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (note.note_secret_sealed !== null) headers.authorization = `Bearer ${seal.open(note.note_secret_sealed)}`;
  if (note.attempts > 1 && (await isThere(url, headers, marker))) return;
  const text = `${note.body}\n\n${publicUrl}/s/${note.number}\n${marker}`;
  const answer = await fetch(url, {
    method: 'POST',
    headers,
    body: JSON.stringify({ text }),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!answer.ok) throw new Error(`The PSA answered ${answer.status}`);
}

async function isThere(url: string, headers: Record<string, string>, marker: string): Promise<boolean> {
  const answer = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`The PSA answered ${answer.status} when asked for the ticket's notes`);
  return zNotes.parse(await answer.json()).notes.some((existing) => existing.text.includes(marker));
}

function settle(pool: Pool, mspId: string, note: NoteRow, error: string | null): Promise<void> {
  return withTenant(pool, { mspId, clients: '*' }, async (tx) => {
    const waitMs = Math.min(MAX_WAIT_MS, 1000 * 2 ** Math.min(note.attempts - 1, 10));
    await tx.query(
      `update psa_note set state = $3, last_error = $4, next_try_at = now() + make_interval(secs => $5),
         delivered_at = case when $3 = 'delivered' then now() end
       where msp_id = $1 and id = $2`,
      [mspId, note.id, error === null ? 'delivered' : 'failing', error, waitMs / 1000],
    );
    if (error === null || note.attempts === 1)
      await appendEntry(tx, mspId, note.session_id, {
        kind: 'psa_note',
        key: `note:${note.id}:${error === null ? 'delivered' : 'failing'}`,
        actor: { kind: 'system' },
        origin: 'workflow',
        at: new Date().toISOString(),
        payload: {
          noteId: note.id,
          externalId: note.ticket_id,
          state: error === null ? 'delivered' : 'failing',
          words: error === null ? 'The note is on the ticket.' : `Not yet delivered: ${error}. It is tried again.`,
        },
      });
    await publish(tx, { k: 'session', m: mspId, s: note.session_id });
  });
}
