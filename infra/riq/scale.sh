# shellcheck shell=bash disable=SC2034,SC2154  # variables of riq and settings.sh, and of infra/scale
# ./riq scale [partitions | replica | cluster]… [--rows N] [--rate PER_SECOND] [--seconds N]: what is gained, or not, beyond one Postgres and one RabbitMQ, measured on
# private servers that end with it. docs/running.md says what came out.

riq_scale() {
    local wanted="" trial
    rows=1000000 rate=100 seconds=15
    while [ $# -gt 0 ]; do
        case $1 in
            partitions | replica | cluster) wanted+=" $1 " ;;
            --rows | --rate | --seconds)
                [[ ${2:-} =~ ^[1-9][0-9]{0,7}$ ]] || fail "$1 takes a number"
                printf -v "${1#--}" '%s' "$2"
                shift ;;
            *) fail "unknown argument '$1': ./riq scale [partitions | replica | cluster]… [--rows N] [--rate PER_SECOND] [--seconds N]" ;;
        esac
        shift
    done
    [ $((rate % 10)) = 0 ] || fail "--rate takes a multiple of 10"
    begin_on_own_servers
    make_template
    for trial in partitions replica cluster; do   # in this order: the last one ends the RabbitMQ of the others
        if [[ -n $wanted && $wanted != *" $trial "* ]]; then continue; fi
        say "$trial, $(date -u +%H:%M:%S), load average $(cut -d' ' -f1 /proc/loadavg)"
        "try_$trial"
    done
    end_own_servers
}

# --- databases -----------------------------------------------------------------------------------------------------

# sql DATABASE TEXT [PSQL ARGUMENTS…]
sql() {
    local database=$1 text=$2
    shift 2
    PGOPTIONS="-c client_min_messages=warning" psql -wqAtX -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "${postgres:-$own_postgres}" -U postgres -d "$database" "$@" <<<"$text"
}

postgres_of() { printf 'Host=127.0.0.1;Port=%s;Database=%s;Username=postgres' "${2:-$own_postgres}" "$1"; }

make_template() {
    sql postgres "create database riq_template"
    Riq__Postgres=$(postgres_of riq_template) dotnet "$RIQ_TEST_BIN/api/Riq.Api.dll" migrate >"$logs/migrate.log" 2>&1 || { tail_of "$logs/migrate.log"; fail "the migration failed"; }
}

new_database() { sql postgres "drop database if exists $1" 2>/dev/null; sql postgres "create database $1 template riq_template"; }

# --- processes of RIQ ----------------------------------------------------------------------------------------------

# start_program_of NAME KIND PORT HEALTH [SETTING=VALUE]…
start_program_of() {
    local name=$1 kind=$2 port=$3 health=$4
    shift 4
    in_background "$(id -un)" "$own/$name.log" env "ASPNETCORE_URLS=http://127.0.0.1:$port" "$@" dotnet "$RIQ_TEST_BIN/$kind/${projects[$kind]}.dll" >"$own/$name.pid"
    wait_until 90 healthy "http://127.0.0.1:$port$health" || { tail_of "$own/$name.log"; fail "$name is not ready"; }
}

healthy() { curl -s -f -o "$own/answer" --max-time 3 "$1"; }

# An API, a worker and a simulator without latency or limits, on that database and that address of RabbitMQ. Sets api (its port).
start_riq() {
    local database=$1 simulator
    simulator=$(free_port)
    start_program_of simulator simulator "$simulator" /__sim/health Simulator__LatencyScale=0 Simulator__IndexLagScale=0 Simulator__Limits__Enabled=false Simulator__MaxObjects=10000000
    riq_settings=(
        "Riq__Postgres=$(postgres_of "$database")" "Riq__RabbitMq=$2" Riq__Logging__Level=Warning Riq__Services__jira__Rate=0 Riq__Services__jira__Concurrency=64
        "Riq__Services__jira__BaseUrl=http://127.0.0.1:$simulator" Riq__Services__jira__Auth__Type=basic Riq__Services__jira__Auth__User=riq@example.test Riq__Services__jira__Auth__Secret=test "${@:3}"
    )
    api=$(free_port)
    start_program_of api api "$api" /health/ready "${riq_settings[@]}"
    start_program_of worker consumers "$(free_port)" /health/ready "${riq_settings[@]}"
    burst 2000 && all_completed "$database" 60   # what is compiled while it runs is compiled
}

stop_riq() {
    local name pids=()
    for name in reader worker api simulator; do
        if [ -f "$own/$name.pid" ]; then pids+=("$(cat -- "$own/$name.pid")"); rm -f -- "$own/$name.pid"; fi
    done
    end_processes 45 "${pids[@]}"
}

# shellcheck disable=SC2329  # called through wait_until
none_open() { [ "$(sql "$1" "select count(*) from queue_requests where status <> 'completed' and created_at > now() - interval '1 day'")" = 0 ]; }

all_completed() { wait_until "$2" none_open "$1" || fail "not everything was completed: $(sql "$1" "select status, count(*) from queue_requests group by 1" | tr '\n' ' ')"; }

# --- load ----------------------------------------------------------------------------------------------------------

submission=(-s --no-progress-meter -Z --parallel-immediate -o /dev/null -H 'Content-Type: application/json' -d '{"operation":"jira.create_task","payload":{"title":"A task","project_id":"MD","type":"task"}}')

# burst COUNT: submits so many over 64 connections, each waited for until it is accepted.
burst() { curl "${submission[@]}" --parallel-max 64 "http://127.0.0.1:$api/api/queue/submit#[1-$1]"; }

# every_tenth SECONDS COMMAND…: begins the command ten times a second, whatever becomes of those before, and waits for all in the end.
every_tenth() (
    began=${EPOCHREALTIME/[.,]/} ticks=$(($1 * 10))
    shift
    for ((tick = 1; tick <= ticks; tick++)); do
        "$@" &
        left=$((began + tick * 100000 - ${EPOCHREALTIME/[.,]/}))
        if [ "$left" -gt 0 ]; then sleep "$(printf '0.%06d' "$left")"; fi
    done
    wait
)

# A tenth of a second's submissions, each over a connection of its own and waited for until it has completed: its status and milliseconds.
submit_and_wait() { curl "${submission[@]}" -H 'Prefer: wait=20' -w '%{http_code} %{time_total}\n' "http://127.0.0.1:$api/api/queue/submit#[1-$((rate / 10))]"; }

# --- figures -------------------------------------------------------------------------------------------------------

# percentiles of numbers, one a line
percentiles() { sort -n | awk '{ v[NR] = $1 } END { if (!NR) { print "nothing"; exit } printf "p50 %.1f, p99 %.1f, max %.1f", v[int((NR - 1) * 0.5) + 1], v[int((NR - 1) * 0.99) + 1], v[NR] }'; }

# cpu PID…: processor time in ms of these and their children so far, also of those that have ended.
cpu() {
    { cat /proc/[0-9]*/stat 2>/dev/null || true; } | awk -v pids=" $* " '{ sub(/\(.*\)/, "x") } index(pids, " " $1 " ") { t += $14 + $15 + $16 + $17 } index(pids, " " $4 " ") { t += $14 + $15 } END { print t * 10 }'
}

cpu_of_postgres() { cpu "$(head -n 1 "$(placed "$own/$1")/data/postmaster.pid")"; }

# ratio A B [DIGITS]
ratio() { awk -v a="$1" -v b="$2" -v d="${3:-2}" 'BEGIN { printf "%.*f", d, a / b }'; }

milliseconds() { local now=${EPOCHREALTIME/[.,]/}; printf '%s' $((now / 1000)); }
