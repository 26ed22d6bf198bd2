-- Each proposal asks whether its session's endpoint refused the same script before: few were, and all of the session's commands were looked at.
create index command_refused on command (msp_id, session_id) where state = 'refused';
