import type pg from 'pg';

/** How much history an organisation gets. Session numbers and times are even, so that a plan or a measurement repeats. */
export interface Filling {
  clients: number;
  endpointsEach: number;
  /** Technicians; every fifth is a senior. */
  people: number;
  /** Sessions that go on, each on an endpoint of its own while there are enough. They have no workflow. */
  open: number;
  /** Completed sessions, spread evenly over the months before now. */
  finished: number;
  months: number;
}

/** F139: a hundred clients of twenty endpoints, two years of work. */
export const TWO_YEARS: Filling = {
  clients: 100,
  endpointsEach: 20,
  people: 50,
  open: 50,
  finished: 100_000,
  months: 24,
};

/**
 * Gives an organisation clients, endpoints, people and sessions with what belongs to them: entries, commands, approvals, reviews,
 * notifications. By a few statements over whole sets, every constraint and trigger on. Left out is what no list reads: hash chains
 * (entries have empty hashes and sessions no head, so nothing of it is checkpointed or verifies), output, and search documents (`fillSearch`).
 * `db` is the superuser's, in no transaction.
 */
export async function fillDatabase(db: pg.Client, mspId: string, filling: Filling): Promise<void> {
  await db.query('begin');
  try {
    // Nothing here survives a crash half done anyway.
    await db.query('set local synchronous_commit = off');
    await db.query(
      `create temp table filling on commit drop as select $1::uuid as msp_id, $2::int as clients, $3::int as endpoints_each,
        $4::int as people, $5::int as open, $6::int as finished, $7::int as months, m.next_session_number as number, now() as at
        from msp m where m.id = $1::uuid`,
      [mspId, filling.clients, filling.endpointsEach, filling.people, filling.open, filling.finished, filling.months],
    );
    for (const statement of [...PLACES, ...SESSIONS, ...WORK]) await db.query(statement);
    await db.query('commit');
  } catch (error) {
    await db.query('rollback');
    throw error;
  }
  // What autovacuum would have done in two years: statistics, and pages known to be visible to all.
  await db.query('vacuum analyze');
}

const PLACES = [
  `insert into client_group (msp_id, id, name) select msp_id, gen_random_uuid(), 'Filled ' || n from filling, generate_series(0, 9) n`,
  `create temp table a_client on commit drop as
     select n, gen_random_uuid() as id, (select g.id from client_group g where g.msp_id = f.msp_id and g.name = 'Filled ' || n % 10) as group_id
     from filling f, generate_series(0, clients - 1) n`,
  `insert into client (msp_id, id, group_id, name, contact_name, contact_phone)
     select msp_id, c.id, c.group_id, 'Client ' || to_char(n, 'FM0000'), 'Olivia Hart', '555-0100' from filling, a_client c`,
  `create temp table a_person on commit drop as
     select n, gen_random_uuid() as id from filling, generate_series(0, people - 1) n`,
  `insert into app_user (msp_id, id, email, name, role)
     select msp_id, p.id, 'person' || n || '@filled.example', 'Person ' || to_char(n, 'FM000'),
       case when n % 5 = 0 then 'senior' else 'technician' end from filling, a_person p`,
  `create temp table an_endpoint on commit drop as
     select i as n, gen_random_uuid() as id, c.id as client_id, gen_random_uuid() as runtime_id
     from filling, generate_series(0, clients * endpoints_each - 1) i join a_client c on c.n = i % (select clients from filling)`,
  `insert into endpoint (msp_id, id, client_id, name, os, arch, runtime_id, simulated, online, last_seen_at, created_at)
     select msp_id, e.id, e.client_id, 'WS-' || to_char(n, 'FM00000'), 'Windows 11', 'x64', e.runtime_id, true, n % 10 <> 0,
       at, at - make_interval(months => months) from filling, an_endpoint e`,
  `insert into runtime (msp_id, id, endpoint_id, label, public_key, agent_version)
     select msp_id, e.runtime_id, e.id, 'runtime', '\\x00', '0.1.0' from filling, an_endpoint e`,
  `insert into psa_connection (msp_id, id, slug, name, scheme, secret_sealed)
     select msp_id, gen_random_uuid(), 'filled-' || substr(msp_id::text, 1, 8), 'Filled PSA', 'hmac-sha256', '\\x00' from filling`,
  `insert into checklist (msp_id, id, name, items) select msp_id, gen_random_uuid(), 'Filled', array['Did it say why?'] from filling`,
];

/** A clock that began at `start` and is met after `minutes` (null: runs on), in ms as the workflow writes it. */
const clock = (start: string, met: string, limit: number): string =>
  `jsonb_build_object('startedAt', ${start}, 'metAt', ${met}, 'warnedAt', null, 'breachedAt', null,
     'warnAt', ${start} + ${limit * 40_000}, 'dueAt', ${start} + ${limit * 60_000})`;
const opened = 'floor(extract(epoch from opened_at) * 1000)::bigint';

const SESSIONS = [
  `create temp table a_session on commit drop as
     select i as n, gen_random_uuid() as id, f.number + i as number, e.id as endpoint_id, e.client_id, p.id as assignee_id, i >= finished as is_open,
       case when i < finished then at - make_interval(months => months) + (at - (at - make_interval(months => months))) * (i::float8 / finished)
         else at - make_interval(mins => (i - finished) % 240) end as opened_at,
       case when i < finished then 'completed' when i % 5 = 0 then 'unstarted' when i % 5 = 1 then 'pending_approval' else 'active' end as status
     from filling f, generate_series(0, finished + open - 1) i
       join an_endpoint e on e.n = (i * 7) % (select clients * endpoints_each from filling)
       join a_person p on p.n = (i * 11) % (select people from filling)`,
  `insert into session (msp_id, id, number, client_id, endpoint_id, title, request, requester, channel, reason, status, outcome, waiting_on,
       priority, escalated, assignee_id, psa_connection_id, ticket_id, clocks, opened_at, consent_at, first_command_at, completed_at, note, review)
     select msp_id, s.id, s.number, client_id, endpoint_id, 'Matter ' || n || ' of the printer', 'It does not print since this morning.',
       'Olivia Hart', 'phone', case when status = 'unstarted' then null else 'to look into it' end, status,
       case when is_open then null when n % 9 = 0 then 'unresolved' when n % 50 = 1 then 'denied' else 'resolved' end,
       case status when 'completed' then 'none' when 'unstarted' then 'assignee' when 'pending_approval' then 'end_user' else 'technician' end,
       case when n % 10 = 0 then 'urgent' else 'normal' end, n % 40 = 0, case when is_open and n % 4 = 0 then null else assignee_id end,
       case when n % 5 < 3 then (select id from psa_connection c where c.msp_id = f.msp_id and c.name = 'Filled PSA') end,
       case when n % 5 < 3 then 'T' || n end,
       jsonb_build_object('response', ${clock(opened, `case when status in ('completed', 'active') then ${opened} + (n % 90) * 60000 end`, 60)},
         'consent_wait', ${clock(opened, `case when status in ('completed', 'active') then ${opened} + (n % 12) * 60000 end`, 10)},
         'resolution', ${clock(opened, `case when not is_open then ${opened} + (n % 600) * 60000 end`, 480)}),
       opened_at, case when status in ('completed', 'active') then opened_at + interval '5 minutes' end,
       case when status in ('completed', 'active') then opened_at + interval '6 minutes' end,
       case when not is_open then opened_at + interval '1 hour' end, case when not is_open then 'Cleared the queue.' end,
       case when is_open or n % 20 <> 0 then null when n % 60 = 0 then 'fail' else 'pass' end
     from filling f, a_session s order by n`,
  `update msp set next_session_number = number + f.finished + f.open from filling f where msp.id = f.msp_id`,
];

const ENTRIES = ['opened', 'assigned', 'started', 'approval_decided', 'command_proposed', 'completed'];
const WORK = [
  `insert into command (msp_id, id, session_id, entry_seq, spec, action_hash, reason, origin, risk, risk_why, verdict, rule, state,
       proposed_by, proposed_at, started_at, finished_at)
     select msp_id, gen_random_uuid(), s.id, 5, '{"shell": "bash", "script": "lpstat -p"}', repeat('0', 64), 'to see the queue', 'technician',
       'read_only', 'only reads', 'run', 'read_only', 'finished', assignee_id, opened_at + interval '6 minutes' + make_interval(secs => k),
       opened_at + interval '7 minutes', opened_at + interval '8 minutes'
     from filling, a_session s, generate_series(1, 2) k where status in ('completed', 'active') order by n`,
  `insert into approval_request (msp_id, id, session_id, kind, hash, title, reason, changes, unchanged, undo, code, state, technician_id,
       requested_at, expires_at, shown_at, decided_at, account)
     select msp_id, gen_random_uuid(), s.id, 'session', repeat('0', 64), 'A session', 'to look into it', '', '', '', '1234',
       case when status = 'pending_approval' then 'waiting' when n % 50 = 1 then 'denied' else 'approved' end, assignee_id, opened_at,
       opened_at + interval '1 day', opened_at, case when status <> 'pending_approval' then opened_at + interval '5 minutes' end, 'olivia'
     from filling, a_session s where status <> 'unstarted' order by n`,
  `insert into transcript_entry (msp_id, session_id, seq, kind, key, at, header, payload_hash, leaf, hash)
     select msp_id, s.id, k, kind, 'filled:' || k, opened_at + make_interval(mins => k::int),
       convert_to('{"actor":{"kind":"user","name":"Person","role":"technician"},"kind":"' || kind || '"}', 'UTF8'), '\\x00', '\\x00', '\\x00'
     from filling, a_session s, unnest('{${ENTRIES.join()}}'::text[]) with ordinality as kinds (kind, k)
     where not is_open or k <= 2 order by n, k`,
  `insert into transcript_payload (msp_id, session_id, seq, salt, payload)
     select f.msp_id, t.session_id, t.seq, decode(repeat('00', 16), 'hex'), convert_to('{"reason":"to look into it"}', 'UTF8')
     from filling f join transcript_entry t on t.msp_id = f.msp_id join a_session s on s.id = t.session_id`,
  `insert into quality_review (msp_id, id, session_id, checklist_id, entry_seq, result, reviewed_by, reviewed_at)
     select f.msp_id, gen_random_uuid(), s.id, c.id, 6, case when s.n % 60 = 0 then 'fail' else 'pass' end, s.assignee_id, opened_at + interval '1 day'
     from filling f, a_session s, checklist c where c.msp_id = f.msp_id and c.name = 'Filled' and not is_open and n % 20 = 0`,
  `insert into notification (msp_id, id, user_id, key, kind, text, link, at, read_at)
     select msp_id, gen_random_uuid(), assignee_id, 'filled:' || n, 'assigned', 'Session ' || s.number || ' is yours.', '/s/' || s.number, opened_at,
       case when not is_open then opened_at + interval '1 hour' end from filling, a_session s where n % 2 = 0`,
];
