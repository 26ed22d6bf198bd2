-- Strong mode: named approvers of a client, their passkeys, their links, and what they answered until the endpoint has judged it.

create table approver (
  msp_id uuid not null references msp (id),
  id uuid not null,
  client_id uuid not null,
  name text not null,
  email text not null default '',
  -- The passkey, once its owner has made it: credential id (base64) and public key (SPKI DER).
  credential_id text,
  public_key bytea,
  registered_at timestamptz,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  primary key (msp_id, id),
  foreign key (msp_id, client_id) references client (msp_id, id),
  foreign key (msp_id, created_by) references app_user (msp_id, id),
  check (num_nonnulls(credential_id, public_key, registered_at) in (0, 3))
);
create unique index approver_credential on approver (msp_id, credential_id) where revoked_at is null;
create index approver_by_client on approver (msp_id, client_id);

create table approver_link (
  msp_id uuid not null,
  id uuid not null,
  approver_id uuid not null,
  -- register: makes the passkey, once. desk: shows what waits for this approver.
  kind text not null check (kind in ('register', 'desk')),
  token_hash bytea not null unique,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  -- A newer link takes its place.
  replaced_at timestamptz,
  primary key (msp_id, id),
  foreign key (msp_id, approver_id) references approver (msp_id, id)
);
create index approver_link_of on approver_link (msp_id, approver_id);

-- The last answer to each question, on its way to the endpoint, which alone decides whether it counts.
create table approver_answer (
  msp_id uuid not null,
  approval_id uuid not null,
  approver_id uuid not null,
  decision text not null check (decision in ('approve', 'deny')),
  reason text not null,
  passkey jsonb not null,
  at timestamptz not null default now(),
  -- What the endpoint said against it.
  refused_why text,
  primary key (msp_id, approval_id),
  foreign key (msp_id, approval_id) references approval_request (msp_id, id),
  foreign key (msp_id, approver_id) references approver (msp_id, id)
);

do $$
declare
  t text;
begin
  foreach t in array array['approver', 'approver_link', 'approver_answer'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant on %I using (msp_id = current_msp()) with check (msp_id = current_msp())', t);
  end loop;
end $$;
create policy granted on approver as restrictive for select using (sees_client(client_id));
grant select, insert, update on approver, approver_link, approver_answer to throughline_app;

create policy route on approver_link for select to throughline_router using (true);
grant select on approver_link to throughline_router;
create function route_approver_link(p_hash bytea) returns uuid language sql stable security definer set search_path = public, pg_temp as
$$ select l.msp_id from approver_link l where l.token_hash = p_hash $$;
revoke all on function route_approver_link from public;
grant execute on function route_approver_link to throughline_app;
reset role;
grant create on schema public to throughline_router;
alter function route_approver_link owner to throughline_router;
revoke create on schema public from throughline_router;
