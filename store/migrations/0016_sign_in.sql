-- Sign-ins a person can see and end; the second factor (TOTP) with its recovery codes; API tokens.

alter table sign_in
  add column id uuid not null default gen_random_uuid(),
  -- From where: the address and the browser's own words at sign-in.
  add column address text not null default '',
  add column agent text not null default '',
  add column last_seen_at timestamptz not null default now(),
  -- What is still missing before it stands for the person: a code, or setting up a second factor first.
  add column needs text check (needs in ('code', 'enrol'));
create unique index sign_in_by_id on sign_in (msp_id, id);
create index sign_in_by_user on sign_in (msp_id, user_id);

alter table msp add column require_second_factor boolean not null default false;

create table second_factor (
  msp_id uuid not null,
  user_id uuid not null,
  -- Sealed with the installation's key.
  secret bytea not null,
  created_at timestamptz not null default now(),
  -- null until a first code was right: before that it asks for nothing.
  confirmed_at timestamptz,
  -- The newest 30-second step whose code was used: a code works once.
  last_step bigint not null default 0,
  primary key (msp_id, user_id),
  foreign key (msp_id, user_id) references app_user (msp_id, id)
);

create table recovery_code (
  msp_id uuid not null,
  user_id uuid not null,
  n smallint not null,
  -- argon2id.
  code_hash text not null,
  used_at timestamptz,
  primary key (msp_id, user_id, n),
  foreign key (msp_id, user_id) references app_user (msp_id, id)
);

create table api_token (
  msp_id uuid not null,
  id uuid not null,
  -- Whose rights it has, cut down to its scopes.
  user_id uuid not null,
  token_hash bytea not null unique,
  name text not null check (length(name) between 1 and 80),
  scopes text[] not null check (cardinality(scopes) > 0),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  last_used_at timestamptz,
  last_address text not null default '',
  revoked_at timestamptz,
  primary key (msp_id, id),
  foreign key (msp_id, user_id) references app_user (msp_id, id)
);
create index api_token_by_user on api_token (msp_id, user_id);

do $$
declare
  t text;
begin
  foreach t in array array['second_factor', 'recovery_code', 'api_token'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant on %I using (msp_id = current_msp()) with check (msp_id = current_msp())', t);
  end loop;
end $$;

grant select, insert, update, delete on second_factor, recovery_code to throughline_app;
grant select, insert, update on api_token to throughline_app;

-- Which organisation a token belongs to: the one look-up before the organisation is known.
create policy route on api_token for select to throughline_router using (true);
grant select on api_token to throughline_router;
create function route_api_token(p_hash bytea) returns uuid language sql stable security definer set search_path = public, pg_temp as
$$ select t.msp_id from api_token t where t.token_hash = p_hash $$;
revoke all on function route_api_token from public;
grant execute on function route_api_token to throughline_app;
reset role;
grant create on schema public to throughline_router;
alter function route_api_token owner to throughline_router;
revoke create on schema public from throughline_router;
