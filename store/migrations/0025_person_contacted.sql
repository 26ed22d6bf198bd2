-- Somebody called or wrote to the person who is waited for; that the others see it keeps them from calling too.
alter table approval_request
  add column contacts integer not null default 0 check (contacts >= 0),
  add column contacted_at timestamptz,
  add column contacted_by text;
