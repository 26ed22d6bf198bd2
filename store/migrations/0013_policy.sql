-- Policy by levels: organisation, client group, client, endpoint. A change is a new version; no version is ever altered.

create table policy_version (
  msp_id uuid not null references msp (id),
  level text not null check (level in ('organisation', 'client_group', 'client', 'endpoint')),
  group_id uuid,
  client_id uuid,
  endpoint_id uuid,
  -- The one it is laid down for; the organisation itself for the first level.
  subject_id uuid not null generated always as (coalesce(group_id, client_id, endpoint_id, msp_id)) stored,
  version integer not null check (version > 0),
  document jsonb not null,
  note text not null default '',
  -- Null: it came with the group.
  made_by uuid,
  made_at timestamptz not null default now(),
  primary key (msp_id, level, subject_id, version),
  foreign key (msp_id, group_id) references client_group (msp_id, id),
  foreign key (msp_id, client_id) references client (msp_id, id),
  foreign key (msp_id, endpoint_id) references endpoint (msp_id, id),
  foreign key (msp_id, made_by) references app_user (msp_id, id),
  check (
    (level = 'client_group') = (group_id is not null)
    and (level = 'client') = (client_id is not null)
    and (level = 'endpoint') = (endpoint_id is not null)
  )
);

-- Until here a group had one policy, and what it did not say was in the program. Written out, so that its version can be named.
-- Row-level security holds for the owner too, who is the one that migrates: without this it would see no group, and lose every policy.
alter table client_group no force row level security;
insert into policy_version (msp_id, level, group_id, version, document, made_at)
select g.msp_id, 'client_group', g.id, coalesce((g.policy ->> 'version')::integer, 1),
  '{"read_only": "run", "change": "ask", "destructive": "ask", "other_identity": "ask"}'::jsonb || jsonb_strip_nulls(jsonb_build_object(
    'riskFloor', g.policy -> 'riskFloor',
    'approvalTimeoutMs', least((g.policy ->> 'approvalTimeoutMs')::bigint, 7 * 86400000)
  )), g.created_at
from client_group g;
alter table client_group force row level security;
alter table client_group drop column policy;

alter table policy_version enable row level security;
alter table policy_version force row level security;
create policy tenant on policy_version using (msp_id = current_msp()) with check (msp_id = current_msp());
-- Another client's policy is as invisible as the client.
create policy granted on policy_version as restrictive for select using (
  (client_id is null or sees_client(client_id))
  and (endpoint_id is null or exists (
    select 1 from endpoint e where e.msp_id = policy_version.msp_id and e.id = policy_version.endpoint_id
  ))
);
create trigger no_change before update or delete on policy_version for each row execute function refuse_change();
create trigger no_truncate before truncate on policy_version for each statement execute function refuse_change();
alter table policy_version enable always trigger no_change, enable always trigger no_truncate;
grant select, insert on policy_version to throughline_app;

-- Which level's policy a command was judged by; null for those from before, where it was the client group's.
alter table command add column policy_level text;

-- The preview of a policy judges the commands of the last weeks.
create index command_by_time on command (msp_id, proposed_at desc);
