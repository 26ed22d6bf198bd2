-- What the pages that are open all day read of sessions: a page by index, a count by index alone. The included columns are those that
-- filters and row-level security look at; without them every counted row would be fetched. Made while the api is stopped, as every
-- migration is: some seconds for a hundred thousand sessions.

-- By client, and for those who see some clients only.
create index session_by_client on session (msp_id, client_id, number desc) include (status, assignee_id);
create index session_by_technician on session (msp_id, assignee_id, number desc) include (client_id, status);
create index session_by_endpoint on session (msp_id, endpoint_id, number desc) include (client_id, status);
-- The completed tab, and how many it has.
create index session_completed on session (msp_id, number desc) include (client_id) where status = 'completed';
-- Whose sessions of which clients were opened lately: whom to suggest.
drop index session_by_time;
create index session_by_time on session (msp_id, opened_at desc) include (client_id, assignee_id);

-- The unread count stands on every page.
create index notification_unread on notification (msp_id, user_id) where read_at is null;

-- The same rule as sees_client(), in a form that is worked out once a statement and not once a row. The planner took the function for
-- a filter that lets almost nothing through, and sorted thousands of rows where reading the first fifty was enough.
create function sees_all_clients() returns boolean language sql stable as
$$ select current_setting('app.clients', true) = '*' $$;
create function seen_clients() returns uuid[] language sql stable as
$$ select string_to_array(nullif(current_setting('app.clients', true), '*'), ',')::uuid[] $$;
alter policy granted on session to public using (
  (select sees_all_clients()) or client_id = any ((select seen_clients())::uuid[]) or current_user = 'throughline_router'
);
alter policy granted on endpoint to public using (
  (select sees_all_clients()) or client_id = any ((select seen_clients())::uuid[]) or current_user = 'throughline_router'
);
alter policy granted on client to public using (
  (select sees_all_clients()) or id = any ((select seen_clients())::uuid[])
);
