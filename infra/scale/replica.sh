# shellcheck shell=bash disable=SC2154  # variables of infra/riq/scale.sh
# Lists and details read from a streaming standby while requests come in. Sourced by riq.

reader_of=(-s --no-progress-meter -o /dev/null -w '%{http_code} %{time_total}\n')

try_replica() {
    local standby load_pid token
    standby=$(free_port)
    new_database scale
    fill 2 $((rows / 10)) "$(sql scale "select now()")"
    sql scale "vacuum analyze"
    RIQ_STANDBY_OF=$own_postgres "$root/infra/local/postgres.sh" start "$own/standby" "$standby" 7>&- >/dev/null
    start_riq scale "$(new_vhost writers)"
    start_reader "$standby"
    token=$(curl "${submission[@]}" -o - "http://127.0.0.1:$api/api/queue/submit" | sed 's/.*"token":"\([^"]*\)".*/\1/')
    : >"$own/submitted"
    every_tenth $((3 * seconds + 60)) submit_and_wait >>"$own/submitted" &
    load_pid=$!
    sleep 2
    see_how_late
    read_right_away
    reads_of "$rate submissions/s"
    read_for_long off
    read_for_long on
    kill "$load_pid" 2>/dev/null || true
    wait "$load_pid" || true
    all_completed scale 60
    say "  submit to completed meanwhile, ms: $(percentiles_of "$own/submitted")"
    sleep 10   # what is left to do in the background
    reads_of "nothing else"
    stop_riq
    "$root/infra/local/postgres.sh" stop "$own/standby" "$standby" >/dev/null
}

# new_vhost NAME: its address. What exists keeps its kind of queue, and an API that can't write must not take submissions of the others.
new_vhost() {
    curl -s -f -u guest:guest -X PUT "http://127.0.0.1:$own_ui/api/vhosts/$1" >&2
    curl -s -f -u guest:guest -X PUT -H 'Content-Type: application/json' -d '{"configure":".*","write":".*","read":".*"}' "http://127.0.0.1:$own_ui/api/permissions/$1/guest" >&2
    printf 'amqp://guest:guest@127.0.0.1:%s/%s' "$own_rabbitmq" "$1"
}

# An API whose Postgres is the standby: RIQ has no setting for it, and it can do nothing but read. Sets reader (its port).
start_reader() {
    reader=$(free_port)
    start_program_of reader api "$reader" /health/ready "${riq_settings[@]}" "Riq__Postgres=$(postgres_of scale "$1")" "Riq__RabbitMq=$(new_vhost readers)"
}

# watch_on PORT SECONDS PAUSE STATEMENT: what the statement gives, again and again. Each time by itself: one long statement would hold the standby up (read_for_long).
watch_on() { { yes "$4; select pg_sleep($3);" 2>/dev/null || true; } | { timeout "$2" psql -qAtX -F ' ' -h 127.0.0.1 -p "$1" -U postgres -d scale || true; } | awk NF; }

# The newest request and the ms since its submission's transaction began; and how old the last change is that the standby has.
newest="select id, extract(epoch from clock_timestamp() - created_at) * 1000 from queue_requests order by id desc limit 1"
behind="select extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000"

# Of each request the moment when it is there for the first time.
first_seen() { watch_on "$1" 8 0.001 "$newest" | awk '$1 != last { if (last) print $2; last = $1 }'; }

see_how_late() {
    local watches=()
    first_seen "$own_postgres" >"$own/seen-primary" &
    watches+=($!)
    first_seen "$standby" >"$own/seen-standby" &
    watches+=($!)
    watch_on "$standby" 8 0.02 "$behind" >"$own/behind"
    wait "${watches[@]}"
    say "  a submitted request is seen after, ms: primary $(percentiles <"$own/seen-primary"); standby $(percentiles <"$own/seen-standby")"
    say "  now() - pg_last_xact_replay_timestamp(), ms: $(percentiles <"$own/behind")"
}

read_right_away() {
    local n new missing=0
    for ((n = 0; n < 100; n++)); do
        new=$(curl "${submission[@]}" -o - "http://127.0.0.1:$api/api/queue/submit" | sed 's/.*"token":"\([^"]*\)".*/\1/')
        if [[ $(curl "${reader_of[@]}" "http://127.0.0.1:$reader/api/queue/requests/$new") == 404* ]]; then missing=$((missing + 1)); fi
    done
    say "  looked up at the standby as soon as the token was there: $missing of 100 unknown"
}

# reads_of WHAT: what 40 reads a second cost, and how long they take, beside that. Beside nothing else the difference is theirs alone.
reads_of() {
    cost_of_reads "$1, nobody reads" ""
    cost_of_reads "$1, 40 reads/s from the primary" "$api"
    cost_of_reads "$1, 40 reads/s from the standby" "$reader"
}

# cost_of_reads WHAT PORT
cost_of_reads() {
    local primary before_standby reads=none
    primary=$(cpu_of_postgres postgres) before_standby=$(cpu_of_postgres standby)
    if [ -n "$2" ]; then every_tenth "$seconds" read_some "$2" >"$own/reads"; reads=$(percentiles_of "$own/reads"); else sleep "$seconds"; fi
    say "  $1: CPU of the primary $(ratio $(($(cpu_of_postgres postgres) - primary)) "$seconds" 0) ms/s, of the standby $(ratio $(($(cpu_of_postgres standby) - before_standby)) "$seconds" 0) ms/s; reads, ms: $reads"
}

read_some() { curl "${reader_of[@]}" -Z --parallel-immediate "http://127.0.0.1:$1/api/queue/{requests?limit=50,requests?status=completed&service=jira&limit=50,requests/$token,history?minutes=60}"; }

# percentiles_of FILE: of lines with a status and seconds; other statuses than 200 are counted.
percentiles_of() { printf '%s' "$(awk '$1 == 200 { print $2 * 1000 }' "$1" | percentiles), not answered with 200: $(awk '$1 != 200' "$1" | wc -l)"; }

# One statement, or one snapshot, of 10 s on the standby.
read_for_long() {
    local read_pid
    postgres=$standby sql postgres "alter system set hot_standby_feedback = $1" -o /dev/null
    postgres=$standby sql postgres "select pg_reload_conf()" -o /dev/null
    sleep 2
    postgres=$standby sql scale "begin isolation level repeatable read; select count(*) from queue_requests; select pg_sleep(10); commit" -o /dev/null &
    read_pid=$!
    watch_on "$standby" 11 0.1 "$behind" >"$own/behind"
    wait "$read_pid" || say "  the long read was cut off"
    say "  the standby is behind while it is read for 10 s (hot_standby_feedback $1), ms: $(percentiles <"$own/behind")"
}
