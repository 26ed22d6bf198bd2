-- People come in through the identity provider only, but for accounts named for the day when it is away.

-- `sole`: passwords are taken from emergency accounts only. `worked_at`: when somebody last came in through this very provider;
-- null: nobody yet, and then it is not made the only way.
alter table sso
  add column sole boolean not null default false,
  add column worked_at timestamptz,
  add constraint sole_has_worked check (not sole or worked_at is not null);

-- Named for that. It counts only while the person is an admin of all clients with a password and a second factor.
alter table app_user add column emergency boolean not null default false;

-- Whether passwords are taken, as far as a sign-in page may say: 'closed' where the organisation of this short name (or the only one
-- there is) takes them from emergency accounts only, 'some' where any other does, else 'open'. Of accounts it says nothing.
create function route_password_rule(p_slug text) returns text language sql stable security definer set search_path = public, pg_temp as
$$ select case
     when exists (select from msp m join sso s on s.msp_id = m.id
       where s.sole and (m.slug = p_slug or (p_slug is null and (select count(*) = 1 from msp)))) then 'closed'
     when exists (select from sso where sole) then 'some'
     else 'open' end $$;
revoke all on function route_password_rule from public;
grant execute on function route_password_rule to throughline_app;
reset role;
grant create on schema public to throughline_router;
alter function route_password_rule owner to throughline_router;
revoke create on schema public from throughline_router;
