-- Files sent to endpoints and fetched from them: uploads that go on where they broke off, content kept once per organisation under its
-- hash, and which command moved which content.

create table file_upload (
  msp_id uuid not null references msp (id),
  id uuid not null,
  session_id uuid not null,
  -- A person's, made in the browser; or an endpoint's, for the command that fetches.
  user_id uuid,
  command_id uuid,
  bytes bigint not null check (bytes >= 0),
  received bigint not null default 0 check (received <= bytes),
  -- An endpoint tells it before the first byte. Of a person's upload it is known at its end.
  sha256 bytea check (length(sha256) = 32),
  created_at timestamptz not null default now(),
  done_at timestamptz,
  primary key (msp_id, id),
  foreign key (msp_id, session_id) references session (msp_id, id),
  foreign key (msp_id, user_id) references app_user (msp_id, id),
  foreign key (msp_id, command_id) references command (msp_id, id),
  check ((user_id is null) <> (command_id is null))
);
create unique index file_upload_of_command on file_upload (msp_id, command_id) where command_id is not null;
create index file_upload_open on file_upload (msp_id, created_at) where done_at is null;

create table blob (
  msp_id uuid not null references msp (id),
  sha256 bytea not null check (length(sha256) = 32),
  bytes bigint not null,
  -- The upload that brought it: its pieces are the content.
  upload_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (msp_id, sha256),
  unique (msp_id, upload_id),
  foreign key (msp_id, upload_id) references file_upload (msp_id, id)
);

create table blob_piece (
  msp_id uuid not null references msp (id),
  upload_id uuid not null,
  off bigint not null check (off >= 0),
  len integer not null check (len between 1 and 1048576),
  bytes bytea not null check (length(bytes) = len),
  primary key (msp_id, upload_id, off),
  foreign key (msp_id, upload_id) references file_upload (msp_id, id)
);
-- Mostly compressed already, and read in slices.
alter table blob_piece alter column bytes set storage external;

create table command_file (
  msp_id uuid not null references msp (id),
  command_id uuid not null,
  sha256 bytea not null,
  at timestamptz not null default now(),
  primary key (msp_id, command_id),
  foreign key (msp_id, command_id) references command (msp_id, id),
  foreign key (msp_id, sha256) references blob (msp_id, sha256)
);
create index command_file_by_content on command_file (msp_id, sha256);

do $$
declare
  t text;
begin
  foreach t in array array['file_upload', 'blob', 'blob_piece', 'command_file'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant on %I using (msp_id = current_msp()) with check (msp_id = current_msp())', t);
  end loop;
  foreach t in array array['blob', 'command_file'] loop
    execute format('create trigger no_change before update or delete on %I for each row execute function refuse_change()', t);
    execute format('create trigger no_truncate before truncate on %I for each statement execute function refuse_change()', t);
    execute format('alter table %I enable always trigger no_change, enable always trigger no_truncate', t);
  end loop;
end $$;

-- What the record points at stays. Only pieces of an upload that was given up, or that brought what is there already, may go.
create function keep_content() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and not exists (select 1 from blob b where b.msp_id = old.msp_id and b.upload_id = old.upload_id) then
    return old;
  end if;
  raise exception 'The content of a recorded file is kept: % on % is refused.', tg_op, tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger keep_content before update or delete on blob_piece for each row execute function keep_content();
create trigger no_truncate before truncate on blob_piece for each statement execute function refuse_change();
alter table blob_piece enable always trigger keep_content, enable always trigger no_truncate;

grant select, insert, update, delete on file_upload to throughline_app;
grant select, insert, delete on blob_piece to throughline_app;
grant select, insert on blob, command_file to throughline_app;
