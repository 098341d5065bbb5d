-- The two roles and the database; passwords come from the environment, so that they are on no command line.
\getenv database RIQ_DATABASE
\getenv owner_password RIQ_OWNER_PASSWORD
\getenv app_password RIQ_APP_PASSWORD

select 'create role riq_owner' where not exists (select from pg_roles where rolname = 'riq_owner') \gexec
select 'create role riq_app' where not exists (select from pg_roles where rolname = 'riq_app') \gexec
alter role riq_owner with login nosuperuser nocreatedb nocreaterole noreplication password :'owner_password';
alter role riq_app with login nosuperuser nocreatedb nocreaterole noreplication password :'app_password';

select format('create database %I owner riq_owner', :'database') where not exists (select from pg_database where datname = :'database') \gexec
alter database :"database" owner to riq_owner;
revoke all on database :"database" from public;
grant connect on database :"database" to riq_app;
