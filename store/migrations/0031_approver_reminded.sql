-- A named approver who is waited for can be called, and reminded by mail.
alter table approver add column phone text not null default '';
-- Who was called or written to last: an approver by name; null: the person at the device.
alter table approval_request add column contacted_whom text;

-- Mail for an approver, who is nobody of the staff and so has no notification that it goes with. Of the question it says nothing: only where it waits.
alter table mail_outbox alter column notification_id drop not null,
  add column approver_id uuid,
  add column approval_id uuid,
  add foreign key (msp_id, approver_id) references approver (msp_id, id),
  add foreign key (msp_id, approval_id) references approval_request (msp_id, id),
  add check (num_nonnulls(approver_id, approval_id) in (0, 2)),
  add check (num_nonnulls(notification_id, approver_id) = 1);
