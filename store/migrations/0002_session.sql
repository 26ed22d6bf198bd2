-- Sessions and what they are made of. The session row is a projection that the workflow keeps; the transcript (0003) is the record.

create table psa_connection (
  msp_id uuid not null references msp (id),
  id uuid not null,
  slug text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{1,60}$'),
  name text not null,
  scheme text not null check (scheme in ('standard-webhooks', 'hmac-sha256')),
  secret_sealed bytea not null,
  note_url text,
  note_secret_sealed bytea,
  ticket_url_template text,
  created_at timestamptz not null default now(),
  retired_at timestamptz,
  primary key (msp_id, id)
);

create table session (
  msp_id uuid not null references msp (id),
  id uuid not null unique,
  number integer not null,
  client_id uuid not null,
  endpoint_id uuid not null,
  title text not null,
  request text not null,
  requester text not null,
  channel text not null,
  reason text,
  status text not null check (status in ('unstarted', 'pending_approval', 'active', 'completed')),
  outcome text check (outcome in ('resolved', 'unresolved', 'escalated_out', 'denied', 'expired', 'cancelled')),
  waiting_on text not null check (waiting_on in ('end_user', 'technician', 'endpoint', 'assignee', 'none')),
  priority text not null check (priority in ('normal', 'urgent')),
  escalated boolean not null default false,
  assignee_id uuid,
  psa_connection_id uuid,
  ticket_id text,
  clocks jsonb not null default '{}',
  opened_at timestamptz not null,
  consent_at timestamptz,
  first_command_at timestamptz,
  completed_at timestamptz,
  note text,
  verification integer[] not null default '{}',
  not_verified_because text,
  primary key (msp_id, id),
  unique (msp_id, number),
  foreign key (msp_id, client_id) references client (msp_id, id),
  foreign key (msp_id, endpoint_id) references endpoint (msp_id, id),
  foreign key (msp_id, assignee_id) references app_user (msp_id, id),
  foreign key (msp_id, psa_connection_id) references psa_connection (msp_id, id)
);
-- A ticket makes one session, also after its workflow was closed and its id forgotten.
create unique index session_ticket on session (msp_id, psa_connection_id, ticket_id) where ticket_id is not null;
create index session_open on session (msp_id, endpoint_id) where status <> 'completed';
create index session_by_assignee on session (msp_id, assignee_id) where status <> 'completed';
create index session_by_time on session (msp_id, opened_at desc);

-- Words of people that the workflow knows by id only, so that they never pass through its history.
create table session_text (
  msp_id uuid not null,
  id uuid not null,
  body text not null,
  created_at timestamptz not null default now(),
  primary key (msp_id, id)
);

create table command (
  msp_id uuid not null,
  id uuid not null unique,
  session_id uuid not null,
  entry_seq integer,
  spec jsonb not null,
  action_hash text not null,
  reason text not null,
  origin text not null,
  risk text not null check (risk in ('read_only', 'change', 'destructive')),
  risk_why text not null,
  verdict text,
  rule text,
  policy_version integer,
  policy_words text,
  state text not null,
  words text,
  proposed_by uuid not null,
  proposed_at timestamptz not null,
  approval_id uuid,
  dispatched_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  start jsonb,
  exit jsonb,
  cancel_requested_at timestamptz,
  retry_of uuid,
  primary key (msp_id, id),
  foreign key (msp_id, session_id) references session (msp_id, id),
  foreign key (msp_id, proposed_by) references app_user (msp_id, id)
);
create index command_by_session on command (msp_id, session_id, proposed_at);

create table approval_request (
  msp_id uuid not null,
  id uuid not null unique,
  session_id uuid not null,
  command_id uuid,
  kind text not null check (kind in ('session', 'action', 'identity')),
  hash text not null,
  title text not null,
  reason text not null,
  changes text not null,
  unchanged text not null,
  undo text not null,
  code text not null,
  state text not null check (state in ('waiting', 'approved', 'denied', 'expired', 'withdrawn')),
  technician_id uuid not null,
  requested_at timestamptz not null,
  expires_at timestamptz not null,
  shown_at timestamptz,
  decided_at timestamptz,
  account text,
  answer_reason text,
  channel text,
  nudges integer not null default 0,
  nudged_at timestamptz,
  primary key (msp_id, id),
  foreign key (msp_id, session_id) references session (msp_id, id),
  foreign key (msp_id, command_id) references command (msp_id, id)
);
create index approval_waiting on approval_request (msp_id, requested_at) where state = 'waiting';
create index approval_by_session on approval_request (msp_id, session_id);

-- Orders to endpoints. Keyed by the command's own id, which is stable across retries, resets, continue-as-new and reassignment.
create table command_outbox (
  msp_id uuid not null,
  command_id uuid not null,
  session_id uuid not null,
  runtime_id uuid not null,
  counter bigint not null,
  envelope bytea not null,
  signature bytea not null,
  not_after timestamptz not null,
  created_at timestamptz not null default now(),
  accepted_at timestamptz,
  settled_at timestamptz,
  primary key (msp_id, command_id),
  foreign key (msp_id, command_id) references command (msp_id, id)
);
create index command_outbox_open on command_outbox (msp_id, runtime_id) where settled_at is null;

-- What the workflow has to be told; sent as signals until acknowledged.
create table report_outbox (
  msp_id uuid not null,
  id bigint generated always as identity,
  session_id uuid not null,
  key text not null,
  body jsonb not null,
  created_at timestamptz not null default now(),
  done_at timestamptz,
  gave_up text,
  primary key (msp_id, id),
  unique (msp_id, session_id, key)
);
create index report_outbox_open on report_outbox (id) where done_at is null;

create table webhook_delivery (
  msp_id uuid not null,
  id uuid not null,
  connection_id uuid not null,
  dedupe_key text not null,
  body bytea not null,
  received_at timestamptz not null default now(),
  state text not null default 'received' check (state in ('received', 'done', 'triage', 'ignored', 'failed')),
  detail text,
  session_id uuid,
  primary key (msp_id, id),
  unique (msp_id, connection_id, dedupe_key),
  foreign key (msp_id, connection_id) references psa_connection (msp_id, id)
);
create index webhook_delivery_open on webhook_delivery (received_at) where state = 'received';

create table triage_item (
  msp_id uuid not null,
  id uuid not null,
  connection_id uuid not null,
  ticket_id text not null,
  ticket jsonb not null,
  why text not null,
  received_at timestamptz not null default now(),
  resolved_at timestamptz,
  session_id uuid,
  primary key (msp_id, id),
  unique (msp_id, connection_id, ticket_id),
  foreign key (msp_id, connection_id) references psa_connection (msp_id, id)
);

create table psa_note (
  msp_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  connection_id uuid not null,
  ticket_id text not null,
  body text not null,
  state text not null default 'queued' check (state in ('queued', 'failing', 'delivered')),
  attempts integer not null default 0,
  next_try_at timestamptz not null default now(),
  last_error text,
  delivered_at timestamptz,
  primary key (msp_id, id),
  unique (msp_id, session_id),
  foreign key (msp_id, session_id) references session (msp_id, id)
);
create index psa_note_open on psa_note (next_try_at) where state <> 'delivered';
