-- Who may do what in the schema. The rights to each table are granted by every `Riq.Api migrate`, as riq_owner: src/Riq.Engine/Storage/TableRules.cs.
revoke all on schema public from public;
grant all on schema public to riq_owner;
grant usage on schema public to riq_api, riq_worker;

-- One role for all processes, as there was before: it could do whatever any of them needs.
do $$ begin
    if exists (select from pg_roles where rolname = 'riq_app') then
        drop owned by riq_app;
        alter role riq_app nologin;
    end if;
end $$;
