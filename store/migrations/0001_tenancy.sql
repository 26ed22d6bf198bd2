-- Tenancy: who the organisation is, who its people are, which clients and computers it looks after.
-- Every table carries msp_id first; row-level security is ENABLEd and FORCEd; see tenant.ts for the one helper that sets it.

create function current_msp() returns uuid language sql stable as
$$ select nullif(current_setting('app.msp_id', true), '')::uuid $$;

-- '*' for the system itself, else a comma-separated list of client ids. Unset means none.
create function sees_client(p_client uuid) returns boolean language sql stable as
$$ select current_setting('app.clients', true) = '*'
       or p_client::text = any (string_to_array(current_setting('app.clients', true), ',')) $$;

create table msp (
  id uuid primary key,
  slug text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{1,40}$'),
  name text not null,
  time_zone text not null,
  next_session_number integer not null default 1,
  created_at timestamptz not null default now()
);

create table app_user (
  msp_id uuid not null references msp (id),
  id uuid not null,
  email text not null check (email = lower(email)),
  name text not null,
  role text not null check (role in ('technician', 'senior', 'dispatcher', 'manager', 'admin')),
  password_hash text,
  all_clients boolean not null default true,
  created_at timestamptz not null default now(),
  deactivated_at timestamptz,
  primary key (msp_id, id),
  unique (msp_id, email)
);

create table sign_in (
  msp_id uuid not null,
  token_hash bytea not null,
  user_id uuid not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (msp_id, token_hash),
  foreign key (msp_id, user_id) references app_user (msp_id, id)
);
create unique index sign_in_by_token on sign_in (token_hash);

-- A one-time link by which a person sets a password. The very first one has no organisation yet: it lives in first_setup.
create table setup_link (
  msp_id uuid not null,
  token_hash bytea not null unique,
  user_id uuid not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (msp_id, token_hash),
  foreign key (msp_id, user_id) references app_user (msp_id, id)
);

create table first_setup (
  only_one boolean primary key default true check (only_one),
  token_hash bytea not null,
  created_at timestamptz not null default now(),
  used_at timestamptz
);

create table client_group (
  msp_id uuid not null references msp (id),
  id uuid not null,
  name text not null,
  policy jsonb not null,
  created_at timestamptz not null default now(),
  primary key (msp_id, id),
  unique (msp_id, name)
);

create table client (
  msp_id uuid not null references msp (id),
  id uuid not null,
  group_id uuid not null,
  name text not null,
  external_id text,
  contact_name text,
  contact_phone text,
  contact_email text,
  created_at timestamptz not null default now(),
  retired_at timestamptz,
  primary key (msp_id, id),
  unique (msp_id, name),
  foreign key (msp_id, group_id) references client_group (msp_id, id)
);
create index client_by_external_id on client (msp_id, external_id);

create table client_grant (
  msp_id uuid not null,
  user_id uuid not null,
  client_id uuid not null,
  primary key (msp_id, user_id, client_id),
  foreign key (msp_id, user_id) references app_user (msp_id, id),
  foreign key (msp_id, client_id) references client (msp_id, id)
);

create table endpoint (
  msp_id uuid not null,
  id uuid not null,
  client_id uuid not null,
  name text not null,
  os text not null default '',
  arch text not null default '',
  simulated boolean not null default false,
  facts jsonb,
  runtime_id uuid,
  online boolean not null default false,
  last_seen_at timestamptz,
  clock_skew_ms integer,
  created_at timestamptz not null default now(),
  retired_at timestamptz,
  primary key (msp_id, id),
  foreign key (msp_id, client_id) references client (msp_id, id)
);
create unique index endpoint_name on endpoint (msp_id, client_id, lower(name)) where retired_at is null;

create table runtime (
  msp_id uuid not null,
  id uuid not null unique,
  endpoint_id uuid not null,
  label text not null,
  public_key bytea not null,
  agent_version text not null default '',
  join_counter bigint not null default 0,
  command_counter bigint not null default 0,
  gateway_id uuid,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  locked_at timestamptz,
  locked_why text,
  primary key (msp_id, id),
  foreign key (msp_id, endpoint_id) references endpoint (msp_id, id)
);

create table enrollment_token (
  msp_id uuid not null,
  id uuid not null,
  token_hash bytea not null unique,
  client_id uuid not null,
  expected_host text,
  replace_endpoint_id uuid,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  used_by_runtime uuid,
  primary key (msp_id, id),
  foreign key (msp_id, client_id) references client (msp_id, id)
);

create table notification (
  msp_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  key text not null,
  kind text not null,
  text text not null,
  link text not null,
  at timestamptz not null,
  read_at timestamptz,
  primary key (msp_id, id),
  unique (msp_id, user_id, key),
  foreign key (msp_id, user_id) references app_user (msp_id, id)
);
create index notification_by_user on notification (msp_id, user_id, at desc);

create table audit_event (
  msp_id uuid not null references msp (id),
  id bigint generated always as identity,
  at timestamptz not null default clock_timestamp(),
  actor text not null,
  action text not null,
  target text not null,
  details jsonb,
  primary key (msp_id, id)
);
