import { randomUUID } from 'node:crypto';
import type { Told } from '@throughline/domain/sla';
import type { EnvelopeSigner } from '../envelope-signer.ts';
import {
  type TestMsp,
  type TestStore,
  createMsp,
  createSession,
  openTestStore,
} from '@throughline/store/testing/store-fixture';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApplyEffects } from '../apply-effects.ts';

let store: TestStore;
let msp: TestMsp;
const people = {
  dispatcher: randomUUID(),
  manager: randomUUID(),
  former: randomUUID(),
  elsewhere: randomUUID(),
  here: randomUUID(),
};
const nothing = () => Promise.reject(new Error('Nothing is signed here.'));
const signer: EnvelopeSigner = { sign: nothing, signInput: nothing };

beforeAll(async () => {
  store = await openTestStore();
  msp = await createMsp(store, 'northgate');
  await store.admin.query(
    `insert into app_user (msp_id, id, email, name, role, deactivated_at) values
       ($1, $2, 'dana@x.example', 'Dana', 'dispatcher', null), ($1, $3, 'moe@x.example', 'Moe', 'manager', null),
       ($1, $4, 'fay@x.example', 'Fay', 'manager', now())`,
    [msp.mspId, people.dispatcher, people.manager, people.former],
  );
  await store.admin.query(
    `insert into outbound_webhook (msp_id, id, name, host, url_sealed, secret_sealed, format, kinds, created_by)
     values ($1, $2, 'Chat', 'x', '', '', 'standard', '{sla,approval_waiting}', $3)`,
    [msp.mspId, randomUUID(), people.manager],
  );
});
afterAll(() => store?.close());

/** Applies one mark of a session's resolution clock, twice as a retry does; who was notified, how often, in which words. */
async function marked(
  mark: 'warn' | 'breach' | 'escalate',
  tell?: Told[],
  clock: 'resolution' | 'consent_wait' = 'resolution',
  approval?: { id: string; commandId: string },
) {
  const sessionId = await createSession(store, msp);
  await store.admin.query('update session set assignee_id = $2 where id = $1', [sessionId, msp.userId]);
  const at = Date.parse('2026-11-20T15:00:00Z');
  const effect = {
    do: 'sla' as const,
    clock,
    mark,
    dueAt: at,
    startedAt: at - 60_000,
    at,
    tell,
    ...(approval && { approval }),
  };
  const apply = createApplyEffects({ pool: store.pool, signer, mails: false });
  for (let time = 0; time < 2; time++) await apply({ mspId: msp.mspId, sessionId, effects: [effect] });
  const told = await store.admin.query<{ user_id: string; text: string; kind: string; link: string }>(
    'select user_id, text, kind, link from notification where key like $1',
    [approval === undefined ? `sla:${sessionId}:%` : `waits:${approval.id}`],
  );
  const entries = await store.admin.query(`select 1 from transcript_entry where session_id = $1 and kind = 'sla'`, [
    sessionId,
  ]);
  expect(entries.rowCount).toBe(1);
  const announced = await store.admin.query<{ title: string; kind: string; link: string }>(
    'select title, kind, link from outbound_message where key like $1',
    [approval === undefined ? `sla:${sessionId}:%` : `waits:${approval.id}`],
  );
  return {
    told: told.rows.map((row) => row.user_id).sort(),
    ...{ text: told.rows[0]?.text, kind: told.rows[0]?.kind, link: told.rows[0]?.link },
    announced: announced.rows,
  };
}

it('F137 tells the assignee and the dispatchers of a mark, once each, when the policy names nobody', async () => {
  const { told, text } = await marked('breach');
  expect(told).toEqual([msp.userId, people.dispatcher].sort());
  expect(text).toMatch(/is over its limit \(resolution\)/);
});

it('F137 tells those whom the policy names of an escalation, and nobody who has left', async () => {
  const { told, text } = await marked('escalate', ['manager']);
  expect(told).toEqual([people.manager]);
  expect(text).toMatch(/its clock has run too long \(resolution\)/);
});

it('F137 tells other services of a mark once, whoever else is told, with the link to its very entry', async () => {
  const { told, kind, text, link, announced } = await marked('breach');
  expect(told).toHaveLength(2);
  expect(announced).toEqual([{ title: text, kind: 'sla', link }]);
  expect([kind, link]).toEqual(['sla', expect.stringMatching(/^\/s\/\d+#e1$/)]);
});

it('F137 consent that waits too long is a kind of its own', async () => {
  const { kind, text, announced } = await marked('warn', ['assignee'], 'consent_wait');
  expect([kind, announced[0]?.kind]).toEqual(['approval_waiting', 'approval_waiting']);
  expect(text).toMatch(/waiting for consent/);
});

it('F053 F137 of a command’s request that waits too long each person is told once, with the link to the entry', async () => {
  const approval = { id: randomUUID(), commandId: randomUUID() };
  const { told, kind, text, link, announced } = await marked('warn', undefined, 'consent_wait', approval);
  expect(told).toEqual([msp.userId, people.dispatcher].sort());
  expect([kind, link]).toEqual(['approval_waiting', expect.stringMatching(/^\/s\/\d+#e1$/)]);
  expect(text).toMatch(/is near its limit \(a command waits for a yes\)/);
  expect(announced).toHaveLength(1);
  // The next mark of the same request tells only whoever has not heard of it.
  const again = await marked('breach', ['dispatcher', 'manager'], 'consent_wait', approval);
  expect(again.told).toEqual([msp.userId, people.dispatcher, people.manager].sort());
  expect(again.announced).toHaveLength(1);
});

it('F137 F132 tells nobody of a client whom they may not see', async () => {
  const [here] = msp.clients;
  await store.admin.query(
    `insert into app_user (msp_id, id, email, name, role, all_clients) values
       ($1, $2, 'eve@x.example', 'Eve', 'manager', false), ($1, $3, 'hal@x.example', 'Hal', 'manager', false)`,
    [msp.mspId, people.elsewhere, people.here],
  );
  await store.admin.query('insert into client_grant (msp_id, user_id, client_id) values ($1, $2, $3), ($1, $4, $5)', [
    ...[msp.mspId, people.here, here!.id, people.elsewhere, msp.clients[1]!.id],
  ]);
  expect((await marked('escalate', ['manager'])).told).toEqual([people.manager, people.here].sort());
});
