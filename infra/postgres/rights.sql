-- What riq_app may do inside the database, now and with tables of later migrations.
revoke all on schema public from public;
grant all on schema public to riq_owner;
grant usage on schema public to riq_app;

grant select, insert, update, delete on all tables in schema public to riq_app;
grant usage, select on all sequences in schema public to riq_app;
alter default privileges for role riq_owner in schema public grant select, insert, update, delete on tables to riq_app;
alter default privileges for role riq_owner in schema public grant usage, select on sequences to riq_app;
