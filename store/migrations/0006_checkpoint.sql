-- Signed checkpoints: one append-only Merkle tree of session heads per organisation (domain/src/checkpoint.ts says how). They catch what a
-- chain alone cannot: a tail cut off, or a whole session made anew.

create table checkpoint_leaf (
  msp_id uuid not null references msp (id),
  index integer not null,
  session_id uuid not null,
  count integer not null,
  hash bytea not null,
  leaf bytea not null,
  primary key (msp_id, index),
  foreign key (msp_id, session_id) references session (msp_id, id)
);
create index checkpoint_leaf_by_session on checkpoint_leaf (msp_id, session_id, index desc);

create table checkpoint (
  msp_id uuid not null references msp (id),
  size integer not null,
  root bytea not null,
  at timestamptz not null,
  -- Roots of the perfect subtrees, largest first: what is needed to append without reading every leaf.
  frontier bytea[] not null,
  public_key bytea not null,
  note text not null,
  primary key (msp_id, size)
);

do $$
declare
  t text;
begin
  foreach t in array array['checkpoint_leaf', 'checkpoint'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant on %I using (msp_id = current_msp()) with check (msp_id = current_msp())', t);
    execute format('create trigger no_change before update or delete on %I for each row execute function refuse_change()', t);
    execute format('create trigger no_truncate before truncate on %I for each statement execute function refuse_change()', t);
    execute format('alter table %I enable always trigger no_change, enable always trigger no_truncate', t);
  end loop;
end $$;

-- No update, no delete: also not for the app role, which writes them.
grant select, insert on checkpoint_leaf, checkpoint to throughline_app;

-- For the checkpoint writer and the operator's command line, which serve every organisation in turn.
create function all_msps() returns table (id uuid, slug text) language sql stable security definer set search_path = public, pg_temp as
$$ select m.id, m.slug from msp m order by m.slug $$;
revoke all on function all_msps from public;
grant execute on function all_msps to throughline_app;
reset role;
grant create on schema public to throughline_router;
alter function all_msps owner to throughline_router;
revoke create on schema public from throughline_router;
