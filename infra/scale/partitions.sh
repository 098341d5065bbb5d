# shellcheck shell=bash disable=SC2154  # variables of infra/riq/scale.sh
# A day's rows go: by RIQ's own cleanup, and with the partitions of that day. Sourced by riq.

days=8   # the oldest is older than KeepFor

try_partitions() {
    local a_day=$((rows / days)) day base began
    new_database scale
    sql postgres "alter system set autovacuum = off; select pg_reload_conf()" >/dev/null   # its work is counted by itself
    base=$(sql scale "select now()")
    began=$(milliseconds)
    for ((day = days; day >= 1; day--)); do
        fill "$day" "$a_day" "$base" &
        if [ $((day % 2)) = 1 ]; then wait; fi
    done
    [ "$(sql scale "select count(*) from queue_requests")" = $((a_day * days)) ] || fail "the rows could not be stored"
    sql scale "vacuum analyze"
    say "  $((a_day * days)) requests of $days days stored within $((($(milliseconds) - began) / 1000)) s, $(ratio "$(size_of public)" $((a_day * days)) 0) bytes each with events, attempts and indexes"
    by_partition "$a_day" "$base"
    by_deletion "$a_day" "$base"
    sql postgres "alter system reset autovacuum; select pg_reload_conf()" >/dev/null
    sql postgres "drop database scale"
}

fill() { sql scale "$(cat "$root/infra/scale/rows.sql")" -v day="$1" -v a_day="$2" -v base="$3"; }

size_of() { sql scale "select sum(pg_total_relation_size(format('$1.%I', t))) from unnest(array['queue_requests', 'request_events', 'request_attempts']) t"; }

# measured WHAT COMMAND…: its seconds, what it wrote to the log, and its processor time in Postgres; a checkpoint before, so that both find the same.
measured() {
    local what=$1 began wal cpu_before seconds
    shift
    sql scale checkpoint
    wal=$(sql scale "select pg_current_wal_lsn()") cpu_before=$(cpu_of_postgres postgres) began=$(milliseconds)
    "$@"
    seconds=$(ratio $(($(milliseconds) - began)) 1000)
    say "  $what: $seconds s, $(sql scale "select round((pg_current_wal_lsn() - '$wal') / 1e6, 1)") MB of WAL, $(ratio $(($(cpu_of_postgres postgres) - cpu_before)) 1000) s of Postgres' CPU"
}

by_deletion() {
    local before
    before=$(size_of public)
    measured "cleanup by ./riq cleanup" clean_up_as_riq_does
    say "    $(cat -- "$own/cleanup"); tables of $(ratio "$before" 1e6 0) MB have $(ratio "$(size_of public)" 1e6 0) MB"
    measured "VACUUM of the three tables" sql scale "vacuum queue_requests, request_events, request_attempts"
    say "    they have $(ratio "$(size_of public)" 1e6 0) MB"
    measured "the next day's rows" fill 0 "$1" "$2"
    say "    they have $(ratio "$(size_of public)" 1e6 0) MB"
}

clean_up_as_riq_does() { Riq__Postgres=$(postgres_of scale) Riq__Cleanup__KeepFor=7.00:00:00 dotnet "$RIQ_TEST_BIN/api/Riq.Api.dll" cleanup >"$own/cleanup"; }

by_partition() {
    local day schema
    sql scale "$(cat "$root/infra/scale/parts.sql")"
    for ((day = days; day >= 1; day--)); do
        sql scale "select parts.add_day($day, '$2')" >/dev/null &
        if [ $((day % 2)) = 1 ]; then wait; fi
    done
    say "  partitions refuse what RIQ's promise about keys rests on: $(sql scale "create unique index on parts.queue_requests(client_id, idempotency_key)" 2>&1 | grep -E 'ERROR|DETAIL' | sed 's/^[A-Z]*: *//' | tr '\n' ' ')"
    sql scale "vacuum analyze"
    for schema in public parts; do say "  a key looked up in $schema ($([ "$schema" = public ] && echo "one table" || echo "$days partitions")): $(looked_up "$schema" "$1")"; done
    measured "the day's partitions dropped, its dead letters kept" sql scale "select parts.drop_day($days)" -o /dev/null
    sql scale "drop schema parts cascade" 2>/dev/null
}

# As a submission with a key looks for its like.
looked_up() {
    local bin
    bin=$(dirname -- "$(sed -n 1p "$(placed "$own/postgres")/data/postmaster.opts" | cut -d' ' -f1)")
    cat >"$own/look-up.sql" <<-SQL
		\set n random(1, $2)
		\set day random(1, $days)
		select id from $1.queue_requests where client_id = 'client-' || (:n::int % 20) and idempotency_key = 'order-' || :day::int || '-' || :n::int;
	SQL
    "$bin/pgbench" -n -M prepared -c 1 -T 4 -h 127.0.0.1 -p "$own_postgres" -U postgres -f "$own/look-up.sql" scale 2>/dev/null | sed -n 's/^latency average = //p'
}
