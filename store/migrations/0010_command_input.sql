-- What technicians type into running commands: the signed order, and what became of it.
create table command_input (
  msp_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  command_id uuid not null,
  runtime_id uuid not null,
  -- 1, 2, 3 … within the command: given in this order.
  seq integer not null,
  text text not null,
  ends boolean not null,
  typed_by uuid not null,
  typed_at timestamptz not null,
  input_order bytea not null,
  signature bytea not null,
  not_after timestamptz not null,
  given boolean,
  words text,
  told_at timestamptz,
  primary key (msp_id, id),
  unique (msp_id, command_id, seq),
  foreign key (msp_id, command_id) references command (msp_id, id),
  foreign key (msp_id, typed_by) references app_user (msp_id, id)
);
create index command_input_open on command_input (msp_id, runtime_id) where told_at is null;
alter table command_input enable row level security;
alter table command_input force row level security;
create policy tenant on command_input using (msp_id = current_msp()) with check (msp_id = current_msp());
grant select, insert, update on command_input to throughline_app;

-- The command waits for an answer right now, as its runtime said last.
alter table command add column waits_for_input boolean not null default false;
