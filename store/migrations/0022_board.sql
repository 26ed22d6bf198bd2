-- One board that holds: command rights, who watches, taking up what was given, being on hold.

alter table session
  -- Who has command rights; null: the assignee.
  add column holder_id uuid,
  -- How often it went to somebody or back: who assigns says which they saw.
  add column assignments integer not null default 0,
  -- Given to the assignee by somebody else and not taken up yet; after accept_by it goes back to the queue.
  add column awaits_acceptance boolean not null default false,
  add column accept_by timestamptz,
  -- Waits for the client since.
  add column on_hold_since timestamptz;
alter table session add foreign key (msp_id, holder_id) references app_user (msp_id, id);

-- Who has a session's page open. Not part of the record, and worth nothing after a crash: rows that are not renewed count no more.
create unlogged table session_watch (
  msp_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  user_id uuid not null,
  seen_at timestamptz not null default now(),
  typing_until timestamptz,
  -- Asks whoever has command rights for them.
  asks boolean not null default false,
  primary key (msp_id, id)
);
create index session_watch_by_session on session_watch (msp_id, session_id);

alter table session_watch enable row level security;
alter table session_watch force row level security;
create policy tenant on session_watch using (msp_id = current_msp()) with check (msp_id = current_msp());
create policy granted on session_watch as restrictive using (
  exists (select 1 from session s where s.msp_id = session_watch.msp_id and s.id = session_watch.session_id)
);
grant select, insert, update, delete on session_watch to throughline_app;
