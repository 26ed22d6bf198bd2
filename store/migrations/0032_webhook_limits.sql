-- Webhooks can be paused by a person, limited to some clients, and what was sent can be looked at and sent again.

-- `paused_by`: whoever switched it off; null beside a `disabled_at`: nothing got through. `limited`: it hears of the places below only,
-- and of nothing where none is left.
alter table outbound_webhook
  add column paused_by uuid,
  add column limited boolean not null default false,
  add foreign key (msp_id, paused_by) references app_user (msp_id, id);

-- A client group stands for the clients that are in it when something happens.
create table outbound_webhook_place (
  msp_id uuid not null,
  webhook_id uuid not null,
  group_id uuid,
  client_id uuid,
  check (num_nonnulls(group_id, client_id) = 1),
  unique nulls not distinct (msp_id, webhook_id, group_id, client_id),
  foreign key (msp_id, webhook_id) references outbound_webhook (msp_id, id),
  foreign key (msp_id, group_id) references client_group (msp_id, id),
  foreign key (msp_id, client_id) references client (msp_id, id)
);
alter table outbound_webhook_place enable row level security;
alter table outbound_webhook_place force row level security;
create policy tenant on outbound_webhook_place using (msp_id = current_msp()) with check (msp_id = current_msp());
grant select, insert, delete on outbound_webhook_place to throughline_app;

-- Whose session it is about; null for a test, and for what was queued before this migration.
alter table outbound_message
  add column client_id uuid,
  add foreign key (msp_id, client_id) references client (msp_id, id);
create index outbound_message_of_webhook on outbound_message (msp_id, webhook_id, created_at desc, id);
