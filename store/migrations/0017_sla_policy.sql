-- What clients are promised, by levels: organisation, client group, client. A change is a new version; no version is ever altered.

create table sla_version (
  msp_id uuid not null references msp (id),
  level text not null check (level in ('organisation', 'client_group', 'client')),
  group_id uuid,
  client_id uuid,
  -- The one it is laid down for; the organisation itself for the first level.
  subject_id uuid not null generated always as (coalesce(group_id, client_id, msp_id)) stored,
  version integer not null check (version > 0),
  document jsonb not null,
  note text not null default '',
  made_by uuid not null,
  made_at timestamptz not null default now(),
  primary key (msp_id, level, subject_id, version),
  foreign key (msp_id, group_id) references client_group (msp_id, id),
  foreign key (msp_id, client_id) references client (msp_id, id),
  foreign key (msp_id, made_by) references app_user (msp_id, id),
  check ((level = 'client_group') = (group_id is not null) and (level = 'client') = (client_id is not null))
);

alter table sla_version enable row level security;
alter table sla_version force row level security;
create policy tenant on sla_version using (msp_id = current_msp()) with check (msp_id = current_msp());
-- Another client's policy is as invisible as the client.
create policy granted on sla_version as restrictive for select using (client_id is null or sees_client(client_id));
create trigger no_change before update or delete on sla_version for each row execute function refuse_change();
create trigger no_truncate before truncate on sla_version for each statement execute function refuse_change();
alter table sla_version enable always trigger no_change, enable always trigger no_truncate;
grant select, insert on sla_version to throughline_app;
