-- One day's requests as RIQ leaves them: writes with a key, one in 200 a dead letter. psql variables: day (days before base at which it begins), a_day (rows), base.
set synchronous_commit = off;
create temporary table one_day as
select n, at, (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0') || '8' || substr(md5(:'day' || '-' || n), 1, 15))::uuid as id
from (select n, :'base'::timestamptz - :day * interval '1 day' + n * interval '1 day' / :a_day as at from generate_series(1, :a_day) n) x;

insert into queue_requests(id, client_id, operation, service, payload, result, error, priority, status, idempotency_key, payload_hash, consistency_token, created_at, updated_at, started_at,
  completed_at, sent_at, retry_count, max_retries, attempt, fire_and_forget, worker, traceparent, ready, pending_dependencies, deferrals, crashes, next_step, routing_path, external_id, version)
select id, 'client-' || n % 20, 'jira.create_task', 'jira', '{"title":"A task","type":"task","project_id":"MD"}',
  case when n % 200 > 0 then jsonb_build_object('id', 'MD-' || n, 'external_id', (10000 + n)::text, 'url', 'https://example.atlassian.net/browse/MD-' || n) end,
  case when n % 200 = 0 then '{"code":"INVALID_PAYLOAD","message":"Field ''labels'' is not on the screen.","retryable":false}'::jsonb end,
  'normal', case when n % 200 > 0 then 'completed' else 'dead' end, 'order-' || :'day' || '-' || n, sha256(n::text::bytea), 'ct_' || replace(id::text, '-', ''), at, at + interval '1 s', at,
  at + interval '1 s', at, 0, 3, 1, false, 'worker-1', '00-' || md5(n::text) || '-00f067aa0ba902b7-01', true, 0, 0, 0, 'execute', 'QUEUED', (10000 + n)::text, 3
from one_day;

insert into request_events(request_id, version, at, event, status, attempt, by)
select id, v, at, case v when 1 then 'accepted' else 'started' end, case v when 1 then 'queued' else 'processing' end, 1, case v when 1 then 'client-' || n % 20 else 'worker-1' end from one_day, generate_series(1, 2) v;

insert into request_attempts(request_id, attempt, version, started_at, ended_at, worker, status, event, http_status)
select id, 1, 3, at, at + interval '1 s', 'worker-1', case when n % 200 > 0 then 'completed' else 'dead' end, case when n % 200 > 0 then 'succeeded' else 'failed' end, case when n % 200 > 0 then 201 else 400 end from one_day;
