-- A link that is mailed to the person who is asked, by which they answer on a phone; it counts only where the computer's owner allows that.
-- Of its token there is the hash alone. The worker makes the token again as it writes the mail: it follows from the id and the installation's key.
create table approval_link (
  msp_id uuid not null,
  id uuid not null,
  approval_id uuid not null,
  token_hash bytea not null unique,
  -- Whom it goes to: the client's contact as it was then.
  name text not null,
  email text not null,
  sent_by uuid not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  -- A newer link takes its place.
  replaced_at timestamptz,
  -- The mail server took it; or will not, and why.
  mailed_at timestamptz,
  not_mailed_why text,
  -- Its page was first looked at.
  opened_at timestamptz,
  -- Used up: the answer on its way to the endpoint, which alone decides whether it counts, with the text that was shown.
  answered_at timestamptz,
  decision text check (decision in ('approve', 'deny')),
  reason text,
  language text,
  shown_text text,
  -- What was said against it.
  refused_why text,
  primary key (msp_id, id),
  foreign key (msp_id, approval_id) references approval_request (msp_id, id),
  foreign key (msp_id, sent_by) references app_user (msp_id, id),
  check (num_nonnulls(answered_at, decision, reason, language, shown_text) in (0, 5))
);
create unique index approval_link_newest on approval_link (msp_id, approval_id) where replaced_at is null;

alter table mail_outbox add column link_id uuid,
  add foreign key (msp_id, link_id) references approval_link (msp_id, id),
  drop constraint mail_outbox_check1,
  add constraint mail_outbox_for check (num_nonnulls(notification_id, approver_id, link_id) = 1);

alter table approval_link enable row level security;
alter table approval_link force row level security;
create policy tenant on approval_link using (msp_id = current_msp()) with check (msp_id = current_msp());
grant select, insert, update on approval_link to throughline_app;

create policy route on approval_link for select to throughline_router using (true);
grant select on approval_link to throughline_router;
create function route_approval_link(p_hash bytea) returns uuid language sql stable security definer set search_path = public, pg_temp as
$$ select l.msp_id from approval_link l where l.token_hash = p_hash $$;
revoke all on function route_approval_link from public;
grant execute on function route_approval_link to throughline_app;
reset role;
grant create on schema public to throughline_router;
alter function route_approval_link owner to throughline_router;
revoke create on schema public from throughline_router;
