-- Notifications that leave the house: e-mail by each person's choice, and webhooks to the organisation's other services.

-- What a person chose; a kind without a row goes by the product's default. In the app every notification is kept, whatever stands here.
create table notification_preference (
  msp_id uuid not null,
  user_id uuid not null,
  kind text not null,
  email boolean not null,
  primary key (msp_id, user_id, kind),
  foreign key (msp_id, user_id) references app_user (msp_id, id)
);

-- At most one mail for a notification. Its id is in the Message-ID, so a second copy of the same mail is known as one.
create table mail_outbox (
  msp_id uuid not null,
  id uuid not null,
  notification_id uuid not null,
  subject text not null,
  state text not null default 'queued' check (state in ('queued', 'failing', 'sent', 'dropped')),
  attempts integer not null default 0,
  next_try_at timestamptz not null default now(),
  last_error text,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  primary key (msp_id, id),
  unique (msp_id, notification_id),
  foreign key (msp_id, notification_id) references notification (msp_id, id)
);
create index mail_outbox_open on mail_outbox (next_try_at) where state in ('queued', 'failing');

-- Where the organisation's own services hear of events. The address may itself be a secret (Slack, Teams), so it is sealed like the
-- signing secret; `host` is what is shown.
create table outbound_webhook (
  msp_id uuid not null references msp (id),
  id uuid not null,
  name text not null check (length(name) between 1 and 80),
  host text not null,
  url_sealed bytea not null,
  secret_sealed bytea not null,
  format text not null check (format in ('standard', 'slack', 'teams')),
  kinds text[] not null check (cardinality(kinds) > 0),
  created_by uuid not null,
  created_at timestamptz not null default now(),
  -- Failed tries since the last success.
  failures integer not null default 0,
  last_at timestamptz,
  last_ok boolean,
  last_words text not null default '',
  -- Set after too many failures; nothing is sent until a person switches it on again.
  disabled_at timestamptz,
  retired_at timestamptz,
  primary key (msp_id, id),
  foreign key (msp_id, created_by) references app_user (msp_id, id)
);

-- One message for an event and a webhook, whatever is retried.
create table outbound_message (
  msp_id uuid not null,
  id uuid not null,
  webhook_id uuid not null,
  key text not null,
  kind text not null,
  title text not null,
  link text not null,
  state text not null default 'queued' check (state in ('queued', 'failing', 'delivered', 'dropped')),
  attempts integer not null default 0,
  next_try_at timestamptz not null default now(),
  last_error text,
  created_at timestamptz not null default now(),
  delivered_at timestamptz,
  primary key (msp_id, id),
  unique (msp_id, webhook_id, key),
  foreign key (msp_id, webhook_id) references outbound_webhook (msp_id, id)
);
create index outbound_message_open on outbound_message (next_try_at) where state in ('queued', 'failing');

-- What was read since an instant, for a person's other windows.
create index notification_by_reading on notification (msp_id, user_id, read_at) where read_at is not null;

do $$
declare
  t text;
begin
  foreach t in array array['notification_preference', 'mail_outbox', 'outbound_webhook', 'outbound_message'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant on %I using (msp_id = current_msp()) with check (msp_id = current_msp())', t);
  end loop;
end $$;

grant select, insert, update on notification_preference, mail_outbox, outbound_webhook, outbound_message to throughline_app;

-- Which organisations have something to send: the look-up before the organisation is known.
create policy route on mail_outbox for select to throughline_router using (true);
create policy route on outbound_message for select to throughline_router using (true);
grant select on mail_outbox, outbound_message to throughline_router;
create function msps_with_mail() returns setof uuid language sql stable security definer set search_path = public, pg_temp as
$$ select distinct o.msp_id from mail_outbox o where o.state in ('queued', 'failing') and o.next_try_at <= now() $$;
create function msps_with_outbound() returns setof uuid language sql stable security definer set search_path = public, pg_temp as
$$ select distinct o.msp_id from outbound_message o where o.state in ('queued', 'failing') and o.next_try_at <= now() $$;
revoke all on function msps_with_mail, msps_with_outbound from public;
grant execute on function msps_with_mail, msps_with_outbound to throughline_app;
reset role;
grant create on schema public to throughline_router;
alter function msps_with_mail owner to throughline_router;
alter function msps_with_outbound owner to throughline_router;
revoke create on schema public from throughline_router;
