-- What riq_app may do inside the database, now and with tables of later migrations.
revoke all on schema public from public;
grant all on schema public to riq_owner;
grant usage on schema public to riq_app;

grant select, insert, update, delete on all tables in schema public to riq_app;
grant usage, select on all sequences in schema public to riq_app;
-- Keys are made by riq_owner (./riq keys), and the trail of what operators did is only added to. The same stands in the migration that makes the tables.
do $$ begin
    if to_regclass('public.api_keys') is not null then revoke insert, update, delete on api_keys from riq_app; end if;
    if to_regclass('public.audit_entries') is not null then revoke update, delete on audit_entries from riq_app; end if;
end $$;
alter default privileges for role riq_owner in schema public grant select, insert, update, delete on tables to riq_app;
alter default privileges for role riq_owner in schema public grant usage, select on sequences to riq_app;
