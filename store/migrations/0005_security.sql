-- Roles and rights. Deny by default: the app role gets only what is written here.
-- throughline_owner owns everything and cannot log in; throughline_app is what api and worker run as; throughline_router owns the few
-- look-ups that must work before the organisation is known; throughline_maint is for erasure and retention (later).

do $$
declare
  t record;
begin
  for t in
    select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'msp_id'
    where n.nspname = 'public' and c.relkind = 'r'
  loop
    execute format('alter table %I enable row level security', t.relname);
    execute format('alter table %I force row level security', t.relname);
    execute format('create policy tenant on %I using (msp_id = current_msp()) with check (msp_id = current_msp())', t.relname);
  end loop;
end $$;

alter table msp enable row level security;
alter table msp force row level security;
create policy tenant on msp using (id = current_msp()) with check (id = current_msp());

-- Within the organisation: a person who may see some clients only never reads a row of another, whatever the query forgot.
create policy granted on client as restrictive for select using (sees_client(id));
create policy granted on endpoint as restrictive for select using (sees_client(client_id));
create policy granted on session as restrictive for select using (sees_client(client_id));
create policy granted on search_document as restrictive for select using (sees_client(client_id));

grant usage on schema public to throughline_app, throughline_router;
grant select, insert, update on
  msp, app_user, setup_link, client_group, client, endpoint, runtime, enrollment_token, notification, psa_connection, session,
  command, approval_request, command_outbox, report_outbox, webhook_delivery, triage_item, psa_note, search_outbox, search_document
  to throughline_app;
grant select, insert on audit_event, session_text to throughline_app;
grant select, insert, update, delete on sign_in to throughline_app;
grant select, insert, delete on client_grant to throughline_app;
grant delete on search_document to throughline_app;
grant select on transcript_head, transcript_entry, transcript_payload, output_head, output_chunk to throughline_app;
grant select, insert, update on first_setup to throughline_app;
grant usage on all sequences in schema public to throughline_app;
revoke all on function append_entry, append_output from public;
grant execute on function append_entry, append_output to throughline_app;

-- Look-ups across organisations. Each returns the least that routing needs.
create policy route on app_user for select to throughline_router using (true);
create policy route on sign_in for select to throughline_router using (true);
create policy route on setup_link for select to throughline_router using (true);
create policy route on runtime for select to throughline_router using (true);
create policy route on enrollment_token for select to throughline_router using (true);
create policy route on psa_connection for select to throughline_router using (true);
create policy route on report_outbox for select to throughline_router using (true);
create policy route on webhook_delivery for select to throughline_router using (true);
create policy route on psa_note for select to throughline_router using (true);
create policy route on search_outbox for select to throughline_router using (true);
create policy route on session for select to throughline_router using (true);
create policy route on msp for select to throughline_router using (true);
alter policy granted on endpoint to public using (sees_client(client_id) or current_user = 'throughline_router');
alter policy granted on session to public using (sees_client(client_id) or current_user = 'throughline_router');
grant select on app_user, sign_in, setup_link, runtime, enrollment_token, psa_connection, report_outbox, webhook_delivery, psa_note, search_outbox, session, msp
  to throughline_router;

create function route_sign_in(p_email text) returns table (msp_id uuid, user_id uuid) language sql stable security definer set search_path = public, pg_temp as
$$ select u.msp_id, u.id from app_user u where u.email = lower(p_email) and u.deactivated_at is null $$;
create function route_session_token(p_hash bytea) returns uuid language sql stable security definer set search_path = public, pg_temp as
$$ select s.msp_id from sign_in s where s.token_hash = p_hash $$;
create function route_setup_link(p_hash bytea) returns uuid language sql stable security definer set search_path = public, pg_temp as
$$ select s.msp_id from setup_link s where s.token_hash = p_hash $$;
create function route_runtime(p_runtime uuid) returns uuid language sql stable security definer set search_path = public, pg_temp as
$$ select r.msp_id from runtime r where r.id = p_runtime $$;
create function route_enrollment(p_hash bytea) returns uuid language sql stable security definer set search_path = public, pg_temp as
$$ select t.msp_id from enrollment_token t where t.token_hash = p_hash $$;
create function route_psa_connection(p_slug text) returns uuid language sql stable security definer set search_path = public, pg_temp as
$$ select c.msp_id from psa_connection c where c.slug = p_slug and c.retired_at is null $$;
-- Endpoints shown online whose runtime has not been heard of for half a minute: what a killed api process leaves behind.
create policy route on endpoint for select to throughline_router using (true);
grant select on endpoint to throughline_router;
create function stale_endpoints() returns table (msp_id uuid, endpoint_id uuid) language sql stable security definer set search_path = public, pg_temp as
$$ select e.msp_id, e.id from endpoint e where e.online and not e.simulated and e.last_seen_at < now() - interval '30 seconds' $$;
create function any_msp() returns boolean language sql stable security definer set search_path = public, pg_temp as
$$ select exists (select 1 from msp) $$;
create function msps_with_work(p_queue text) returns setof uuid language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if p_queue = 'report' then return query select distinct o.msp_id from report_outbox o where o.done_at is null;
  elsif p_queue = 'webhook' then return query select distinct o.msp_id from webhook_delivery o where o.state = 'received';
  elsif p_queue = 'note' then return query select distinct o.msp_id from psa_note o where o.state <> 'delivered' and o.next_try_at <= now();
  elsif p_queue = 'search' then return query select distinct o.msp_id from search_outbox o where o.done_at is null;
  else raise exception 'unknown queue %', p_queue;
  end if;
end $$;

-- What start-up and the health page check: the guards of the record still stand.
create function record_guards() returns table (guard text, stands boolean) language sql stable security definer set search_path = public, pg_temp as $$
  select 'trigger ' || t.tgname || ' on ' || c.relname, t.tgenabled = 'A'
    from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relname in ('transcript_entry', 'transcript_payload', 'output_chunk') and not t.tgisinternal
  union all
  select 'six triggers', (select count(*) = 6 from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relname in ('transcript_entry', 'transcript_payload', 'output_chunk') and not t.tgisinternal)
  union all
  select 'owner cannot log in', not (select r.rolcanlogin from pg_roles r where r.rolname = 'throughline_owner')
  union all
  select 'app role cannot write ' || c.relname,
    not has_table_privilege('throughline_app', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
    from pg_class c where c.relname in ('transcript_entry', 'transcript_payload', 'output_chunk', 'transcript_head')
$$;

revoke all on function route_sign_in, route_session_token, route_setup_link, route_runtime, route_enrollment, route_psa_connection, any_msp, msps_with_work, stale_endpoints, record_guards from public;
grant execute on function route_sign_in, route_session_token, route_setup_link, route_runtime, route_enrollment, route_psa_connection, any_msp, msps_with_work, stale_endpoints, record_guards to throughline_app;
reset role;
grant create on schema public to throughline_router;
alter function route_sign_in owner to throughline_router;
alter function route_session_token owner to throughline_router;
alter function route_setup_link owner to throughline_router;
alter function route_runtime owner to throughline_router;
alter function route_enrollment owner to throughline_router;
alter function route_psa_connection owner to throughline_router;
alter function any_msp owner to throughline_router;
alter function stale_endpoints owner to throughline_router;
alter function msps_with_work owner to throughline_router;
revoke create on schema public from throughline_router;
