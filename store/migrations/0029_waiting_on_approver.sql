-- A session may wait for a named approver, whom no nudge at the device reaches.
alter table session drop constraint session_waiting_on_check,
  add constraint session_waiting_on_check check (waiting_on in ('end_user', 'approver', 'technician', 'endpoint', 'assignee', 'none'));
