-- The Postgres search adapter: works without a search server. Documents carry what a filter needs, so a hit needs no join to be refused.
create table search_document (
  msp_id uuid not null,
  id text not null,
  client_id uuid not null,
  session_id uuid not null,
  endpoint_id uuid not null,
  technician_ids uuid[] not null,
  kind text not null,
  entry_seq integer,
  command_id uuid,
  stream smallint,
  off bigint,
  at timestamptz not null,
  body text not null,
  words tsvector not null,
  primary key (msp_id, id)
);
create index search_document_words on search_document using gin (words);
create index search_document_by_session on search_document (msp_id, session_id);
