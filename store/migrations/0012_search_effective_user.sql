-- Search for what was run under an account: the documents of a command carry who it really ran as. Older ones get it by a reindex.
alter table search_document add column effective_user text;
create index search_document_by_effective_user on search_document (msp_id, lower(effective_user)) where effective_user is not null;
