-- Signed releases of the endpoint runtime, to whom they are offered, and how far each endpoint is with them.

-- Whose signature a release needs before it is kept here. Endpoints check it themselves, against the key that is pinned there.
create table release_key (
  msp_id uuid primary key references msp (id),
  -- Ed25519, SPKI DER.
  public_key bytea not null,
  at timestamptz not null default now()
);

create table release (
  msp_id uuid not null references msp (id),
  version text not null,
  platform text not null,
  arch text not null,
  bytes bigint not null check (bytes > 0),
  sha256 bytea not null check (length(sha256) = 32),
  -- The signed description as JSON, and the signature over its canonical form (base64).
  description jsonb not null,
  signature text not null,
  added_at timestamptz not null default now(),
  primary key (msp_id, version, platform, arch)
);
create index release_by_program on release (msp_id, sha256);

create table release_piece (
  msp_id uuid not null references msp (id),
  sha256 bytea not null,
  off bigint not null check (off >= 0),
  bytes bytea not null check (length(bytes) between 1 and 1048576),
  primary key (msp_id, sha256, off)
);
-- Read in slices.
alter table release_piece alter column bytes set storage external;

create table release_offer (
  msp_id uuid not null references msp (id),
  id uuid not null,
  version text not null,
  -- Of those that fit each part that is not null.
  client_id uuid,
  endpoint_id uuid,
  percent smallint check (percent between 1 and 100),
  offered_at timestamptz not null default now(),
  stopped_at timestamptz,
  primary key (msp_id, id),
  foreign key (msp_id, client_id) references client (msp_id, id),
  foreign key (msp_id, endpoint_id) references endpoint (msp_id, id),
  check (num_nonnulls(client_id, endpoint_id, percent) > 0)
);
create index release_offer_open on release_offer (msp_id) where stopped_at is null;

create table endpoint_update (
  msp_id uuid not null,
  endpoint_id uuid not null,
  version text not null,
  from_version text not null,
  state text not null check (state in
    ('offered', 'fetching', 'checked', 'switched', 'rolled_back', 'refused', 'updated', 'withdrawn')),
  reason text not null default '',
  offered_at timestamptz not null default now(),
  at timestamptz not null default now(),
  primary key (msp_id, endpoint_id, version),
  foreign key (msp_id, endpoint_id) references endpoint (msp_id, id)
);

do $$
declare
  t text;
begin
  foreach t in array array['release_key', 'release', 'release_piece', 'release_offer', 'endpoint_update'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant on %I using (msp_id = current_msp()) with check (msp_id = current_msp())', t);
  end loop;
end $$;

grant select, insert, update on release_key, release_offer, endpoint_update to throughline_app;
-- What was signed does not change.
grant select, insert on release, release_piece to throughline_app;
