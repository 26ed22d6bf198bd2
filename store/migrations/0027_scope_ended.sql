-- The person at the endpoint ended what this yes covers beyond its own command; when the record says so. The signer signs nothing on it from then on.
alter table approval_request add column scope_ended_at timestamptz;
