-- A session that somebody flagged for a senior. The record has the words and every verdict; these rows are what the review queue reads,
-- written in the same transaction as the entry.
create table flag (
  msp_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  client_id uuid not null,
  -- The record's entry that says so.
  entry_seq int not null check (entry_seq > 0),
  note text not null,
  flagged_by uuid not null,
  flagged_at timestamptz not null,
  -- How often it was reviewed, and the latest time: a redirected flag is reviewed again.
  reviews int not null default 0,
  verdict text check (verdict in ('confirm', 'redirect')),
  reviewed_by uuid,
  reviewed_at timestamptz,
  review_note text,
  review_seq int,
  closed boolean not null default false,
  primary key (msp_id, id),
  foreign key (msp_id, session_id) references session (msp_id, id),
  foreign key (msp_id, client_id) references client (msp_id, id),
  foreign key (msp_id, flagged_by) references app_user (msp_id, id),
  foreign key (msp_id, reviewed_by) references app_user (msp_id, id),
  check (num_nonnulls(verdict, reviewed_by, reviewed_at, review_note, review_seq) in (0, 5)),
  check (closed = (coalesce(verdict, '') = 'confirm'))
);
create index flag_queue on flag (msp_id, flagged_at, id) where not closed;
create index flag_of_session on flag (msp_id, session_id, flagged_at);

-- Who opened it, and when first. It is no less open for that.
create table flag_seen (
  msp_id uuid not null,
  flag_id uuid not null,
  user_id uuid not null,
  seen_at timestamptz not null default now(),
  primary key (msp_id, flag_id, user_id),
  foreign key (msp_id, flag_id) references flag (msp_id, id),
  foreign key (msp_id, user_id) references app_user (msp_id, id)
);

do $$
declare t text;
begin
  foreach t in array array['flag', 'flag_seen'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant on %I using (msp_id = current_msp()) with check (msp_id = current_msp())', t);
  end loop;
end $$;
create policy granted on flag as restrictive for select using (
  (select sees_all_clients()) or client_id = any ((select seen_clients())::uuid[])
);
grant select, insert, update on flag to throughline_app;
grant select, insert on flag_seen to throughline_app;

-- Lists show that a session is flagged without asking for its flags.
alter table session add column open_flags int not null default 0 check (open_flags >= 0);
