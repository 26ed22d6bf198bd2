-- A scrubbed copy of a session's record as it stood at one moment, for whoever has its link. Before a person has reviewed it there is no
-- link and no copy: the review is made from the record each time, and what is kept is where it ends and what the reviewer changed.
create table snapshot (
  msp_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  -- The last entry of the record that is in it.
  through_seq int not null check (through_seq > 0),
  created_by uuid not null,
  created_at timestamptz not null default now(),
  published_by uuid,
  published_at timestamptz,
  expires_at timestamptz,
  -- Of the link's secret there is the hash alone: it follows from the id and the installation's key.
  token_hash bytea unique,
  -- Version of the rules that scrubbed it, and in how many places something is hidden.
  rules int,
  places int,
  -- The scrubbed copy, as it is served. Gone once the link works no more.
  document text,
  revoked_by uuid,
  revoked_at timestamptz,
  views int not null default 0,
  last_view_at timestamptz,
  primary key (msp_id, id),
  foreign key (msp_id, session_id) references session (msp_id, id),
  foreign key (msp_id, created_by) references app_user (msp_id, id),
  foreign key (msp_id, published_by) references app_user (msp_id, id),
  foreign key (msp_id, revoked_by) references app_user (msp_id, id),
  check (num_nonnulls(published_by, published_at, expires_at, token_hash, rules, places) in (0, 6)),
  check (num_nonnulls(revoked_by, revoked_at) in (0, 2)),
  check (published_at is not null or (document is null and revoked_at is null)),
  check (revoked_at is null or document is null)
);
create index snapshot_of_session on snapshot (msp_id, session_id, created_at);
create index snapshot_expiry on snapshot (msp_id, expires_at) where document is not null;

-- What a reviewer hid or showed again, by value, in this order. What lies under a mark goes when the copy is published; who, what and when stay.
create table snapshot_edit (
  msp_id uuid not null,
  snapshot_id uuid not null,
  n int not null,
  action text not null check (action in ('hide', 'show')),
  value text,
  edited_by uuid not null,
  edited_at timestamptz not null default now(),
  primary key (msp_id, snapshot_id, n),
  foreign key (msp_id, snapshot_id) references snapshot (msp_id, id) on delete cascade,
  foreign key (msp_id, edited_by) references app_user (msp_id, id)
);

do $$
declare t text;
begin
  foreach t in array array['snapshot', 'snapshot_edit'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant on %I using (msp_id = current_msp()) with check (msp_id = current_msp())', t);
    execute format('grant select, insert, update, delete on %I to throughline_app', t);
  end loop;
end $$;

create policy route on snapshot for select to throughline_router using (true);
grant select on snapshot to throughline_router;
create function route_snapshot(p_hash bytea) returns uuid language sql stable security definer set search_path = public, pg_temp as
$$ select s.msp_id from snapshot s where s.token_hash = p_hash $$;
revoke all on function route_snapshot from public;
grant execute on function route_snapshot to throughline_app;
reset role;
grant create on schema public to throughline_router;
alter function route_snapshot owner to throughline_router;
revoke create on schema public from throughline_router;
