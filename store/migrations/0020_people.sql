-- Single sign-on (OIDC), people who left, and rights that an organisation lays down for itself.

-- By what a person came in, and when they last did.
alter table sign_in add column method text not null default 'password' check (method in ('password', 'sso'));
alter table app_user
  add column last_sign_in_at timestamptz,
  add column deactivated_why text not null default '';

-- An organisation's identity provider. One at most.
create table sso (
  msp_id uuid primary key references msp (id),
  issuer text not null,
  client_id text not null,
  -- Sealed with the installation's key.
  client_secret bytea not null,
  -- What stands on the button.
  label text not null check (length(label) between 1 and 60),
  -- Empty: of any domain.
  email_domains text[] not null default '{}',
  -- null: nobody comes in whom an admin did not add. An admin is never made this way.
  create_role text check (create_role in ('technician', 'senior', 'dispatcher', 'manager')),
  changed_at timestamptz not null default now()
);

-- Who a provider's subject stands for. Tied once, by a verified e-mail address; from then on the address counts for nothing.
create table sso_identity (
  msp_id uuid not null,
  issuer text not null,
  subject text not null,
  user_id uuid not null,
  linked_at timestamptz not null default now(),
  primary key (msp_id, issuer, subject),
  unique (msp_id, user_id, issuer),
  foreign key (msp_id, user_id) references app_user (msp_id, id)
);

-- States that came back, so that each does so once. Kept as long as one is good for.
create table sso_used_state (
  msp_id uuid not null references msp (id),
  state_hash bytea not null,
  expires_at timestamptz not null,
  primary key (msp_id, state_hash)
);

-- Where a role's right differs from the published table: for the organisation, or for the clients of one group.
create table role_right (
  msp_id uuid not null references msp (id),
  group_id uuid,
  subject_id uuid not null generated always as (coalesce(group_id, msp_id)) stored,
  role text not null check (role in ('technician', 'senior', 'dispatcher', 'manager', 'admin')),
  permission text not null check (permission not like '%approv%'),
  given text not null check (given in ('none', 'own', 'all')),
  changed_at timestamptz not null default now(),
  primary key (msp_id, subject_id, role, permission),
  foreign key (msp_id, group_id) references client_group (msp_id, id)
);

do $$
declare
  t text;
begin
  foreach t in array array['sso', 'sso_identity', 'sso_used_state', 'role_right'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant on %I using (msp_id = current_msp()) with check (msp_id = current_msp())', t);
  end loop;
end $$;

grant select, insert, update, delete on sso, role_right to throughline_app;
grant select, insert, delete on sso_identity, sso_used_state to throughline_app;

-- Whose provider a sign-in page means: the organisation of this short name, or the only one there is.
create policy route on sso for select to throughline_router using (true);
grant select on sso to throughline_router;
create function route_sso(p_slug text) returns uuid language sql stable security definer set search_path = public, pg_temp as
$$ select m.id from msp m join sso s on s.msp_id = m.id
   where m.slug = p_slug or (p_slug is null and (select count(*) = 1 from msp)) $$;
revoke all on function route_sso from public;
grant execute on function route_sso to throughline_app;
reset role;
grant create on schema public to throughline_router;
alter function route_sso owner to throughline_router;
revoke create on schema public from throughline_router;
