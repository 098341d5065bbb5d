-- The roles and the database; passwords come from the environment, so that they are on no command line.
\getenv database RIQ_DATABASE
\getenv owner_password RIQ_OWNER_PASSWORD
\getenv api_password RIQ_API_DB_PASSWORD
\getenv worker_password RIQ_WORKER_DB_PASSWORD

select format('create role %I', r) from unnest(array['riq_owner', 'riq_api', 'riq_worker']) r where not exists (select from pg_roles where rolname = r) \gexec
alter role riq_owner with login nosuperuser nocreatedb nocreaterole noreplication password :'owner_password';
alter role riq_api with login nosuperuser nocreatedb nocreaterole noreplication password :'api_password';
alter role riq_worker with login nosuperuser nocreatedb nocreaterole noreplication password :'worker_password';

select format('create database %I owner riq_owner', :'database') where not exists (select from pg_database where datname = :'database') \gexec
alter database :"database" owner to riq_owner;
revoke all on database :"database" from public;
grant connect on database :"database" to riq_api, riq_worker;
