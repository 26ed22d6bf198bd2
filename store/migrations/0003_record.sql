-- The record: append-only, hash-chained (domain/src/record-chain.ts says how), written by one function.

create table transcript_head (
  msp_id uuid not null,
  session_id uuid not null,
  next_seq integer not null default 1,
  head bytea not null,
  primary key (msp_id, session_id),
  foreign key (msp_id, session_id) references session (msp_id, id)
);

create table transcript_entry (
  msp_id uuid not null,
  session_id uuid not null,
  seq integer not null,
  kind text not null,
  key text not null,
  at timestamptz not null,
  header bytea not null,
  payload_hash bytea not null,
  leaf bytea not null,
  hash bytea not null,
  primary key (msp_id, session_id, seq),
  unique (msp_id, session_id, key),
  foreign key (msp_id, session_id) references session (msp_id, id)
);

-- Beside the entry, so that lawful erasure can take payload and salt away while the chain still verifies.
create table transcript_payload (
  msp_id uuid not null,
  session_id uuid not null,
  seq integer not null,
  salt bytea not null check (length(salt) = 16),
  payload bytea not null,
  primary key (msp_id, session_id, seq),
  foreign key (msp_id, session_id, seq) references transcript_entry (msp_id, session_id, seq)
);

create table output_head (
  msp_id uuid not null,
  command_id uuid not null,
  next_seq integer not null default 1,
  next_offset bigint[] not null default '{0,0,0}',
  head bytea not null,
  frozen_why text,
  primary key (msp_id, command_id),
  foreign key (msp_id, command_id) references command (msp_id, id)
);

create table output_chunk (
  msp_id uuid not null,
  command_id uuid not null,
  seq integer not null,
  stream smallint not null check (stream between 1 and 3),
  off bigint not null,
  len integer not null,
  at timestamptz not null,
  sha256 bytea not null,
  bytes bytea not null,
  primary key (msp_id, command_id, seq),
  foreign key (msp_id, command_id) references command (msp_id, id)
);
-- Output is mostly stored once and read in slices: no compression attempt, cheap substring.
alter table output_chunk alter column bytes set storage external;
create unique index output_chunk_by_offset on output_chunk (msp_id, command_id, stream, off);

create table search_outbox (
  msp_id uuid not null,
  id bigint generated always as identity,
  session_id uuid not null,
  entry_seq integer,
  command_id uuid,
  created_at timestamptz not null default now(),
  done_at timestamptz,
  primary key (msp_id, id)
);
create index search_outbox_open on search_outbox (id) where done_at is null;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'The record is append-only: % on % is refused.', tg_op, tg_table_name using errcode = 'insufficient_privilege';
end $$;

create trigger no_change before update or delete on transcript_entry for each row execute function refuse_change();
create trigger no_truncate before truncate on transcript_entry for each statement execute function refuse_change();
create trigger no_change before update or delete on transcript_payload for each row execute function refuse_change();
create trigger no_truncate before truncate on transcript_payload for each statement execute function refuse_change();
create trigger no_change before update or delete on output_chunk for each row execute function refuse_change();
create trigger no_truncate before truncate on output_chunk for each statement execute function refuse_change();
-- ALWAYS: also when somebody sets session_replication_role to replica.
alter table transcript_entry enable always trigger no_change, enable always trigger no_truncate;
alter table transcript_payload enable always trigger no_change, enable always trigger no_truncate;
alter table output_chunk enable always trigger no_change, enable always trigger no_truncate;

-- Appends one entry under the session's head lock and returns its number. The same key again changes nothing and returns the first number.
create function append_entry(
  p_msp uuid, p_session uuid, p_kind text, p_key text, p_at timestamptz, p_header bytea, p_payload bytea, p_salt bytea,
  out o_seq integer, out o_hash bytea, out o_new boolean
) language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_head transcript_head%rowtype;
  v_domain constant bytea := convert_to('throughline/transcript/v1', 'UTF8') || '\x00'::bytea;
  v_payload_hash bytea;
  v_leaf bytea;
  v_header jsonb;
begin
  if p_msp is distinct from current_msp() then
    raise exception 'append_entry: wrong organisation' using errcode = 'insufficient_privilege';
  end if;
  v_header := convert_from(p_header, 'UTF8')::jsonb;
  if v_header->>'kind' is distinct from p_kind or v_header->>'sessionId' is distinct from p_session::text then
    raise exception 'append_entry: the header tells of another entry' using errcode = 'invalid_parameter_value';
  end if;
  insert into transcript_head (msp_id, session_id, head)
    values (p_msp, p_session, sha256(v_domain || decode(replace(p_session::text, '-', ''), 'hex')))
    on conflict do nothing;
  select * into v_head from transcript_head where msp_id = p_msp and session_id = p_session for update;
  select e.seq, e.hash into o_seq, o_hash from transcript_entry e
    where e.msp_id = p_msp and e.session_id = p_session and e.key = p_key;
  if found then
    o_new := false;
    return;
  end if;
  v_payload_hash := sha256(p_salt || p_payload);
  v_leaf := sha256('\x00'::bytea || p_header || v_payload_hash);
  o_seq := v_head.next_seq;
  o_hash := sha256(v_domain || v_head.head || int8send(o_seq::bigint) || v_leaf);
  o_new := true;
  insert into transcript_entry (msp_id, session_id, seq, kind, key, at, header, payload_hash, leaf, hash)
    values (p_msp, p_session, o_seq, p_kind, p_key, p_at, p_header, v_payload_hash, v_leaf, o_hash);
  insert into transcript_payload (msp_id, session_id, seq, salt, payload) values (p_msp, p_session, o_seq, p_salt, p_payload);
  update transcript_head set next_seq = o_seq + 1, head = o_hash where msp_id = p_msp and session_id = p_session;
  insert into search_outbox (msp_id, session_id, entry_seq) values (p_msp, p_session, o_seq);
  perform pg_notify('throughline', json_build_object('k', 'entry', 'm', p_msp, 's', p_session, 'n', o_seq)::text);
end $$;

-- Appends a batch of output frames of one command, whole or not at all up to the first bad one.
-- status: ok | gap (o_next is the seq wanted) | conflict (a stored frame came again with other bytes; the stream is frozen) | frozen | unknown
create function append_output(
  p_msp uuid, p_command uuid, p_session uuid, p_seqs integer[], p_streams smallint[], p_offs bigint[], p_ats bigint[], p_lens integer[], p_data bytea,
  out o_status text, out o_next integer, out o_new_bytes bigint
) language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_head output_head%rowtype;
  v_domain constant bytea := convert_to('throughline/output/v1', 'UTF8') || '\x00'::bytea;
  v_at integer := 1;
  v_bytes bytea;
  v_sum bytea;
  v_old bytea;
  v_next integer;
  v_chain bytea;
  v_offs bigint[];
begin
  if p_msp is distinct from current_msp() then
    raise exception 'append_output: wrong organisation' using errcode = 'insufficient_privilege';
  end if;
  insert into output_head (msp_id, command_id, head)
    values (p_msp, p_command, sha256(v_domain || decode(replace(p_command::text, '-', ''), 'hex')))
    on conflict do nothing;
  select * into v_head from output_head where msp_id = p_msp and command_id = p_command for update;
  o_status := 'ok';
  o_new_bytes := 0;
  v_next := v_head.next_seq;
  v_chain := v_head.head;
  v_offs := v_head.next_offset;
  if v_head.frozen_why is not null then
    o_status := 'frozen';
    o_next := v_next;
    return;
  end if;
  for i in 1 .. coalesce(array_length(p_seqs, 1), 0) loop
    v_bytes := substring(p_data from v_at for p_lens[i]);
    v_at := v_at + p_lens[i];
    v_sum := sha256(v_bytes);
    if p_seqs[i] < v_next then
      select sha256 into v_old from output_chunk where msp_id = p_msp and command_id = p_command and seq = p_seqs[i];
      if v_old is distinct from v_sum then
        o_status := 'conflict';
        update output_head set frozen_why = format('frame %s came twice with different bytes', p_seqs[i])
          where msp_id = p_msp and command_id = p_command;
        exit;
      end if;
    elsif p_seqs[i] > v_next or p_offs[i] <> v_offs[p_streams[i]] then
      o_status := 'gap';
      exit;
    else
      insert into output_chunk (msp_id, command_id, seq, stream, off, len, at, sha256, bytes)
        values (p_msp, p_command, p_seqs[i], p_streams[i], p_offs[i], p_lens[i], to_timestamp(p_ats[i] / 1000.0), v_sum, v_bytes);
      v_chain := sha256(v_domain || v_chain ||
        sha256('\x01'::bytea || int4send(p_seqs[i]) || substring(int2send(p_streams[i]) from 2 for 1) || int8send(p_offs[i]) || v_sum));
      v_offs[p_streams[i]] := v_offs[p_streams[i]] + p_lens[i];
      v_next := v_next + 1;
      o_new_bytes := o_new_bytes + p_lens[i];
    end if;
  end loop;
  if v_next > v_head.next_seq then
    update output_head set next_seq = v_next, head = v_chain, next_offset = v_offs where msp_id = p_msp and command_id = p_command;
    perform pg_notify('throughline', json_build_object('k', 'output', 'm', p_msp, 's', p_session, 'c', p_command, 'n', v_next - 1)::text);
  end if;
  o_next := v_next;
end $$;
