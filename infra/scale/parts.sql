-- The tables of requests once more in the schema parts, divided by the day that is in the id; each partition has the indexes of the real table.
create schema parts;
create table parts.queue_requests (like queue_requests including defaults including generated including constraints, primary key (id)) partition by range (id);
create table parts.request_events (like request_events including defaults including constraints, primary key (request_id, version)) partition by range (request_id);
create table parts.request_attempts (like request_attempts including defaults including constraints, primary key (request_id, attempt)) partition by range (request_id);
create table parts.queue_requests_rest partition of parts.queue_requests default;
create table parts.request_events_rest partition of parts.request_events default;
create table parts.request_attempts_rest partition of parts.request_attempts default;

create function parts.first_id_at(at timestamptz) returns uuid language sql as $$ select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid $$;

-- What may be written: all but what Postgres derives.
create function parts.columns_of(of regclass) returns text language sql as $$ select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute where attrelid = of and attnum > 0 and not attisdropped and attgenerated = '' $$;

create function parts.add_day(day int, base timestamptz) returns void language plpgsql as $$
declare
  t text; key text; first uuid := parts.first_id_at(base - day * interval '1 day'); after uuid := parts.first_id_at(base - (day - 1) * interval '1 day');
begin
  set local synchronous_commit = off;
  foreach t in array array['queue_requests', 'request_events', 'request_attempts'] loop
    key := case t when 'queue_requests' then 'id' else 'request_id' end;
    execute format('create table parts.%I (like public.%I including all) %s', t || '_' || day, t, case t when 'queue_requests' then 'with (fillfactor = 60)' else '' end);
    execute format('insert into parts.%1$I(%2$s) select %2$s from public.%3$I where %4$I >= %5$L and %4$I < %6$L', t || '_' || day, parts.columns_of(('public.' || t)::regclass), t, key, first, after);
  end loop;
  foreach t in array array['queue_requests', 'request_events', 'request_attempts'] loop   -- by itself: it holds up who adds another day
    execute format('alter table parts.%I attach partition parts.%I for values from (%L) to (%L)', t, t || '_' || day, first, after);
  end loop;
end $$;

-- What has to stay moves to where nothing is dropped.
create function parts.drop_day(day int) returns void language plpgsql as $$
declare
  t text;
begin
  foreach t in array array['queue_requests', 'request_events', 'request_attempts'] loop execute format('alter table parts.%I detach partition parts.%I', t, t || '_' || day); end loop;
  execute format('insert into parts.queue_requests(%1$s) select %1$s from parts.%2$I where status not in (''completed'', ''failed'')', parts.columns_of('public.queue_requests'), 'queue_requests_' || day);
  foreach t in array array['request_events', 'request_attempts'] loop
    execute format('insert into parts.%1$I select e.* from parts.%2$I e join parts.%3$I r on r.id = e.request_id where r.status not in (''completed'', ''failed'')', t, t || '_' || day, 'queue_requests_' || day);
  end loop;
  foreach t in array array['queue_requests', 'request_events', 'request_attempts'] loop execute format('drop table parts.%I', t || '_' || day); end loop;
end $$;
