-- What protocol version 2 brings: facts asked for at any time, keys that change, and which version a runtime speaks.
alter table runtime add column protocol integer not null default 1;
alter table endpoint add column facts_at timestamptz;

-- Keys a runtime had before: what they signed stays to be checked, and nothing new can be signed with them.
create table runtime_key (
  msp_id uuid not null references msp (id),
  runtime_id uuid not null,
  public_key bytea not null,
  replaced_at timestamptz not null default now(),
  primary key (msp_id, runtime_id, public_key),
  foreign key (msp_id, runtime_id) references runtime (msp_id, id)
);
alter table runtime_key enable row level security;
alter table runtime_key force row level security;
create policy tenant on runtime_key using (msp_id = current_msp()) with check (msp_id = current_msp());
create trigger no_change before update or delete on runtime_key for each row execute function refuse_change();
create trigger no_truncate before truncate on runtime_key for each statement execute function refuse_change();
alter table runtime_key enable always trigger no_change, enable always trigger no_truncate;
grant select, insert on runtime_key to throughline_app;
