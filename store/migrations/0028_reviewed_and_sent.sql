-- The list of sessions by review: read by index, as every other. The result of a session's newest review stands on its row; null: none.
alter table session add column review text check (review in ('pass', 'fail'));
update session s set review = (select q.result from quality_review q where q.msp_id = s.msp_id and q.session_id = s.id
  order by q.reviewed_at desc, q.entry_seq desc limit 1)
where exists (select from quality_review q where q.msp_id = s.msp_id and q.session_id = s.id);
create index session_reviewed on session (msp_id, review, number desc) include (client_id) where review is not null;
create index session_not_reviewed on session (msp_id, number desc) include (client_id) where status = 'completed' and review is null;
-- For those who see some clients only.
drop index session_by_client;
create index session_by_client on session (msp_id, client_id, number desc) include (status, assignee_id, review);

-- Mail and messages that were sent, or never will be, are kept for a while and then deleted.
grant delete on mail_outbox, outbound_message to throughline_app;
create index mail_outbox_over on mail_outbox (msp_id, created_at) where state in ('sent', 'dropped');
create index outbound_message_over on outbound_message (msp_id, created_at) where state in ('delivered', 'dropped');
