-- Unattended work by policy: what the endpoint was asked, and what it said. Null: the person there is asked, as ever.

-- The rule that would let the session run unattended (rule, level, version), and whether the person is asked where the owner refuses (orAsk).
alter table approval_request add column unattended jsonb;
-- Why the endpoint's owner does not allow it, in the endpoint's words.
alter table approval_request add column unattended_refused text;

-- The session runs by this rule and no person allowed it: rule, level, version, and the classes the endpoint's owner lets run so.
alter table session add column unattended jsonb;
