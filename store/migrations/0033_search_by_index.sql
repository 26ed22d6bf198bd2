-- Search by Postgres itself looks words up by index. `@@` is not known to be leakproof, so under row-level security its index stood unused and
-- every document was read. Which documents hold the words is asked in here instead, of this organisation and the clients in reach;
-- their rows are then read under row-level security as before.
create policy route on search_document for select to throughline_router using (true);
alter policy granted on search_document to throughline_app;
grant select on search_document to throughline_router;
create index search_document_newest on search_document (msp_id, at desc, id);
create index search_document_by_client on search_document (msp_id, client_id, at desc);
create index search_document_by_technician on search_document using gin (technician_ids);

-- The newest documents, `p_most` at most, by what is given. Without words: commands, for the account they ran as.
create function search_documents(p_words tsquery, p_account text, p_client uuid, p_endpoint uuid, p_technician uuid,
  p_from timestamptz, p_until timestamptz, p_most integer)
returns setof text language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  v_all constant boolean := coalesce(current_setting('app.clients', true) = '*', false);
begin
  -- Built from what is given, so that each is planned for what it is. Nothing from outside goes into the text.
  return query execute
    'select d.id from search_document d where d.msp_id = $1'
    || case when v_all then '' else ' and d.client_id = any ($2)' end
    || case when p_words is null then ' and d.kind = ''command_proposed''' else ' and d.words @@ $3' end
    || case when p_account is null then '' else ' and lower(d.effective_user) = lower($4)' end
    || case when p_client is null then '' else ' and d.client_id = $5' end
    || case when p_endpoint is null then '' else ' and d.endpoint_id = $6' end
    || case when p_technician is null then '' else ' and d.technician_ids @> array[$7]' end
    || case when p_from is null then '' else ' and d.at >= $8' end
    || case when p_until is null then '' else ' and d.at <= $9' end
    || ' order by d.at desc, d.id limit $10'
  using current_msp(),
    case when v_all then '{}'::uuid[] else coalesce(string_to_array(nullif(current_setting('app.clients', true), ''), ','), '{}')::uuid[] end,
    p_words, p_account, p_client, p_endpoint, p_technician, p_from, p_until, p_most;
end $$;
revoke all on function search_documents from public;
grant execute on function search_documents to throughline_app;
reset role;
grant create on schema public to throughline_router;
alter function search_documents owner to throughline_router;
revoke create on schema public from throughline_router;
