-- The dispatcher's morning: who is on shift, follow-ups, incidents, kept views of the board, and quality reviews.

-- Whether the person takes work right now.
alter table app_user add column on_shift boolean not null default true;

-- A reopened matter: the completed session whose work this one carries on. The completed one stays as it is.
alter table session add column follows_id uuid;
alter table session add foreign key (msp_id, follows_id) references session (msp_id, id);
create index session_by_followed on session (msp_id, follows_id) where follows_id is not null;

-- One trouble at several endpoints: their sessions are seen together, and each ends for itself.
create table incident (
  msp_id uuid not null references msp (id),
  id uuid not null,
  title text not null check (length(title) between 1 and 200),
  opened_by uuid not null,
  opened_at timestamptz not null default now(),
  closed_at timestamptz,
  primary key (msp_id, id),
  foreign key (msp_id, opened_by) references app_user (msp_id, id)
);
alter table session add column incident_id uuid;
alter table session add foreign key (msp_id, incident_id) references incident (msp_id, id);
create index session_by_incident on session (msp_id, incident_id) where incident_id is not null;

-- A person's own views of the board: a name for what stands in the address.
create table saved_view (
  msp_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  name text not null check (length(name) between 1 and 80),
  query text not null check (length(query) <= 2000),
  created_at timestamptz not null default now(),
  primary key (msp_id, id),
  unique (msp_id, user_id, name),
  foreign key (msp_id, user_id) references app_user (msp_id, id)
);

-- The standard procedure as a list of what a reviewer looks for. A change is a new list; the old one is retired.
create table checklist (
  msp_id uuid not null references msp (id),
  id uuid not null,
  name text not null check (length(name) between 1 and 200),
  items text[] not null check (cardinality(items) between 1 and 50),
  created_at timestamptz not null default now(),
  retired_at timestamptz,
  primary key (msp_id, id)
);
create unique index checklist_name on checklist (msp_id, lower(name)) where retired_at is null;

-- A session held against a checklist. The record has it in full (entry `reviewed`); this is for lists and filters.
create table quality_review (
  msp_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  checklist_id uuid not null,
  entry_seq integer not null,
  result text not null check (result in ('pass', 'fail')),
  reviewed_by uuid not null,
  reviewed_at timestamptz not null default now(),
  primary key (msp_id, id),
  foreign key (msp_id, session_id) references session (msp_id, id),
  foreign key (msp_id, checklist_id) references checklist (msp_id, id),
  foreign key (msp_id, reviewed_by) references app_user (msp_id, id)
);
create index quality_review_by_session on quality_review (msp_id, session_id, reviewed_at desc);

do $$
declare
  t text;
begin
  foreach t in array array['incident', 'saved_view', 'checklist', 'quality_review'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant on %I using (msp_id = current_msp()) with check (msp_id = current_msp())', t);
  end loop;
end $$;

-- Whoever sees none of its sessions does not see an incident either, nor what a review says of a session out of reach.
create policy granted on incident as restrictive for select using (
  current_setting('app.clients', true) = '*'
  or exists (select 1 from session s where s.msp_id = incident.msp_id and s.incident_id = incident.id)
);
create policy granted on quality_review as restrictive for select using (
  exists (select 1 from session s where s.msp_id = quality_review.msp_id and s.id = quality_review.session_id)
);

grant select, insert, update on incident, checklist to throughline_app;
grant select, insert, delete on saved_view to throughline_app;
grant select, insert on quality_review to throughline_app;
