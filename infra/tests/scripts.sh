#!/usr/bin/env bash
# Tests of the shell parts, each on folders, ports and servers of its own. The last line is "N passed, N failed".
# scripts.sh [WORD]: only tests whose name contains WORD.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=../local/common.sh
. "$root/infra/local/common.sh"
# shellcheck source=../riq/test.sh
. "$root/infra/riq/test.sh"

work=$(mktemp -d)
chmod 755 -- "$work"
trap 'clean_up' EXIT
programs=${RIQ_TEST_BIN:-}   # built by ./riq test; ./riq up builds them itself when it finds none
for name in $(compgen -e RIQ_); do unset "$name"; done   # nothing of a real set-up reaches the tests

postgres() { "$root/infra/local/postgres.sh" "$1" "$work/postgres" "$postgres_port"; }
rabbitmq() { "$root/infra/local/rabbitmq.sh" "$1" "$work/rabbitmq" "$rabbitmq_port" "$ui_port"; }
riq() {
    RIQ_HOME=$work/home RIQ_SERVERS=${servers:-private} RIQ_API_PORT=$api_port RIQ_WORKER_PORT=$((api_port + 10)) RIQ_SIMULATOR_PORT=$((api_port + 20)) \
        RIQ_POSTGRES_PORT=$((api_port + 30)) RIQ_RABBITMQ_PORT=$((api_port + 40)) RIQ_RABBITMQ_UI_PORT=$((api_port + 50)) "$root/riq" "$@"
}

# --- what a test can expect: each ends the test when it is not so --------------------------------------------------

expect() { "$@" || { printf 'expected: %s\n' "$*"; exit 1; }; }
expect_not() { if "$@"; then printf 'expected the contrary of: %s\n' "$*"; exit 1; fi; }
expect_exit() { local wanted=$1 got=0; shift; "$@" || got=$?; [ "$got" = "$wanted" ] || { printf 'expected exit code %s, got %s: %s\n' "$wanted" "$got" "$*"; exit 1; }; }
expect_text() { [[ $2 == *"$1"* ]] || { printf 'expected the text "%s" in:\n%s\n' "$1" "$2"; exit 1; }; }
expect_same() { [ "$1" = "$2" ] || { printf 'expected %s, got %s\n' "$1" "$2"; exit 1; }; }

sql() { PGPASSWORD=${password:-} psql -wqAtX -h 127.0.0.1 -p "$postgres_port" -U "${role:-postgres}" -d "${database:-postgres}" -c "$1" 2>&1; }
ctl() { "$root/infra/local/rabbitmqctl.sh" "$work/rabbitmq" -q "$@" 2>&1; }
uses() { { grep -lF -- "$1" /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null || true; } | wc -l; }

# --- Postgres ------------------------------------------------------------------------------------------------------

Postgres_starts_and_answers() {
    postgres start
    expect_same 1 "$(sql 'select 1')"
    expect_text "runs on 127.0.0.1:$postgres_port" "$(postgres status)"
}
A_second_start_of_Postgres_is_harmless() {
    postgres start
    before=$(sql 'select pg_postmaster_start_time()')
    expect_text "runs already" "$(postgres start)"
    expect_same "$before" "$(sql 'select pg_postmaster_start_time()')"
}
Postgres_listens_on_loopback_only() {
    postgres start
    expect [ "$(ss -Hltn "sport = :$postgres_port" | wc -l)" = 1 ]
    expect_text 127.0.0.1 "$(ss -Hltn "sport = :$postgres_port")"
    expect_same "" "$(sql 'show unix_socket_directories')"
}
Postgres_does_not_run_as_root() {
    postgres start
    expect_not [ "$(stat -c %u "/proc/$(head -n 1 "$(placed "$work/postgres")/data/postmaster.pid")")" = 0 ]
}
What_Postgres_has_committed_outlives_a_kill() {
    postgres start
    sql 'create table kept(n int); insert into kept values (42)'
    postgres kill
    expect_exit 3 postgres status
    postgres start
    expect_same 42 "$(sql 'select n from kept')"
}
Postgres_starts_over_the_pid_file_of_somebody_else() {
    postgres start
    postgres stop
    printf '%s\n' "$$" >"$(placed "$work/postgres")/data/postmaster.pid"
    postgres start
    expect_same 1 "$(sql 'select 1')"
}
A_stopped_Postgres_leaves_no_process() {
    postgres start
    postgres stop
    expect_exit 3 postgres status
    expect_same 0 "$(uses "$work/postgres/data")"
    expect_text "does not run" "$(postgres stop)"
}
A_Postgres_with_a_password_refuses_those_who_lack_it() {
    postgres_port=$(free_port)
    RIQ_POSTGRES_PASSWORD=secret "$root/infra/local/postgres.sh" start "$work/locked" "$postgres_port"
    expect_text "password" "$(sql 'select 1' || true)"
    expect_same 1 "$(password=secret sql 'select 1')"
    "$root/infra/local/postgres.sh" stop "$work/locked" "$postgres_port"
}
The_roles_of_the_processes_change_no_schema_and_see_only_what_they_are_given() {
    local role
    postgres start
    for _ in once again; do
        PGHOST=127.0.0.1 PGPORT=$postgres_port PGUSER=postgres RIQ_DATABASE=riq RIQ_OWNER_PASSWORD="it's" RIQ_API_DB_PASSWORD=api RIQ_WORKER_DB_PASSWORD=worker "$root/infra/postgres/roles.sh"
    done
    database=riq role=riq_owner sql 'create table if not exists things(n int)'
    for role in riq_api riq_worker; do
        expect_text "permission denied" "$(database=riq sql 'select n from things' || true)"
        expect_text "permission denied" "$(database=riq sql 'create table more(n int)' || true)"
        expect_text "must be owner" "$(database=riq sql 'drop table things' || true)"
        expect_text "permission denied" "$(database=riq sql 'truncate things' || true)"
    done
    database=riq role=riq_owner sql 'grant select, insert on things to riq_api'
    database=riq role=riq_api sql 'insert into things values (7)'
    expect_same 7 "$(database=riq role=riq_api sql 'select n from things')"
}
A_taken_port_is_named() {
    postgres start
    expect_text "port $postgres_port (Postgres) is taken" "$("$root/infra/local/postgres.sh" start "$work/other" "$postgres_port" 2>&1 || true)"
}
A_bad_port_is_refused() {
    expect_text "is not a port" "$("$root/infra/local/postgres.sh" start "$work/refused" 80 2>&1 || true)"
    expect_text "is not a port" "$("$root/infra/local/rabbitmq.sh" start "$work/refused" 70000 1x 2>&1 || true)"
    expect_not [ -e "$work/refused" ]
}

# --- RabbitMQ ------------------------------------------------------------------------------------------------------

RabbitMQ_starts_and_answers() {
    RIQ_RABBITMQ_API_PASSWORD='p w"1' RIQ_RABBITMQ_WORKER_PASSWORD=work RIQ_RABBITMQ_OPERATOR_PASSWORD=watch write_definitions
    rabbitmq start
    expect_text "runs on 127.0.0.1:$rabbitmq_port" "$(rabbitmq status)"
    expect_same 200 "$(curl -s -o /dev/null -w '%{http_code}' -u operator:watch "http://127.0.0.1:$ui_port/api/overview")"
}
write_definitions() { mkdir -p "$work/rabbitmq"; "$root/infra/rabbitmq/definitions.sh" >"$work/rabbitmq/definitions.json"; }
A_second_start_of_RabbitMQ_is_harmless() {
    local before
    rabbitmq start
    before=$(rabbitmq status)
    expect_text "runs already" "$(rabbitmq start)"
    expect_same "$before" "$(rabbitmq status)"
}
RabbitMQ_and_Erlang_listen_on_loopback_only() {
    local derived port
    rabbitmq start
    for derived in 0 15000 17500 20000; do
        port=$(derived_port "$rabbitmq_port" "$derived")
        expect answers "$port"
        expect_same "" "$(ss -Hltn "sport = :$port" | awk '{print $4}' | grep -vE '^(127\.0\.0\.1|\[::1\]):' || true)"
    done
    expect_same "" "$(ss -Hltnp | grep "pid=$(cat "$(placed "$work/rabbitmq")/rabbit.pid")," | awk '{print $4}' | grep -v '^127\.0\.0\.1:' || true)"
}
RabbitMQ_does_not_run_as_root() {
    rabbitmq start
    expect_not [ "$(stat -c %u "/proc/$(cat "$(placed "$work/rabbitmq")/rabbit.pid")")" = 0 ]
}
Users_of_RabbitMQ_have_their_passwords_and_no_more_rights_than_needed() {
    rabbitmq start
    expect ctl authenticate_user riq-api 'p w"1'
    expect ctl authenticate_user riq-worker work
    expect_not ctl authenticate_user riq-api work
    expect_not ctl authenticate_user guest guest
    expect_same 401 "$(curl -s -o /dev/null -w '%{http_code}' -u 'riq-api:p w"1' "http://127.0.0.1:$ui_port/api/overview")"
    expect_same 401 "$(curl -s -o /dev/null -w '%{http_code}' -u operator:watch -X PUT "http://127.0.0.1:$ui_port/api/vhosts/mine")"
}
A_killed_RabbitMQ_starts_again_with_its_virtual_host() {
    rabbitmq start
    ctl add_vhost kept
    rabbitmq kill
    expect_exit 3 rabbitmq status
    expect_not answers "$rabbitmq_port"
    rabbitmq start
    expect_text kept "$(ctl list_vhosts)"
    expect_text riq "$(ctl list_vhosts)"
}
A_stopped_RabbitMQ_leaves_no_process_and_no_port_mapper() {
    rabbitmq start
    rabbitmq stop
    expect_exit 3 rabbitmq status
    expect_same 0 "$(uses "$work/rabbitmq/")"
    expect_not answers "$(derived_port "$rabbitmq_port" 15000)"
    expect_text "does not run" "$(rabbitmq stop)"
}
Two_nodes_run_side_by_side() {
    local other=$((rabbitmq_port + 1)) other_ui
    if answers "$other"; then other=$(free_port); fi
    other_ui=$(free_port)
    rabbitmq start
    "$root/infra/local/rabbitmq.sh" start "$work/rabbitmq-2" "$other" "$other_ui"
    expect_text "runs on" "$(rabbitmq status)"
    "$root/infra/local/rabbitmq.sh" kill "$work/rabbitmq-2" "$other" "$other_ui"
    expect_text "runs on" "$(rabbitmq status)"
    expect ctl list_vhosts
}

# --- ./riq ---------------------------------------------------------------------------------------------------------

Every_script_is_correct_bash() {
    local script
    for script in "$root/riq" "$root/.ci/run" "$root"/infra/*/*.sh; do expect bash -n "$script"; done
    for script in "$root/riq" "$root/.ci/run" "$root"/infra/local/{postgres,rabbitmq,rabbitmqctl,install}.sh "$root"/infra/tests/scripts.sh; do expect [ -x "$script" ]; done
    if command -v shellcheck >/dev/null; then expect shellcheck -S warning -x -P "$root/infra/local" "$root/riq" "$root/.ci/run" "$root"/infra/*/*.sh; fi
}
Help_names_every_command() {
    local text word
    text=$(riq help)
    for word in up down status logs migrate recover test bench drill scale help --detach --wipe --long RIQ_API_PORT RIQ_HOME RIQ_JIRA_TOKEN; do expect_text "$word" "$text"; done
    expect_same "$text" "$(riq)"
}
An_unknown_command_is_refused_and_help_given() {
    expect_text "unknown command 'upp'" "$(riq upp 2>&1 || true)"
    expect_exit 2 riq upp
}
Unknown_arguments_are_refused() {
    expect_exit 1 riq up --nonsense
    expect_exit 1 riq up --workers none
    expect_exit 1 riq up --workers 0
    expect_exit 1 riq down --nonsense
    expect_exit 1 riq status now
    expect_exit 1 riq test --short
    expect_exit 1 riq scale everything
    expect_exit 1 riq scale --rows none
    expect_exit 1 riq scale --rate 15
}
Without_an_up_nothing_runs_and_down_is_harmless() {
    expect_exit 3 riq status
    expect_text "does not run" "$(riq down)"
    expect_exit 1 riq logs
}
A_bad_port_of_the_environment_is_named() {
    expect_text "RIQ_API_PORT" "$(RIQ_API_PORT=eighty RIQ_HOME=$work/home "$root/riq" up --detach 2>&1 || true)"
}
Up_names_a_port_that_is_wanted_twice() {
    expect_text "port 18089 is wanted twice" "$(RIQ_API_PORT=18089 RIQ_SIMULATOR_PORT=18089 RIQ_HOME=$work/home "$root/riq" up --detach 2>&1 || true)"
}
The_stopping_of_processes_goes_by_command_line_not_by_pid_alone() {
    # A pid file whose pid belongs to somebody else by now.
    mkdir -p "$work/home/run"
    printf '%s\n' "$$" >"$work/home/run/api-1.pid"
    printf 'postgres_by=yours\nrabbitmq_by=yours\nsimulator=no\n' >"$work/home/run/settings.env"
    riq down
    expect alive "$$"
    expect_not [ -e "$work/home/run/api-1.pid" ]
}
Up_brings_a_product_that_answers() {
    if [ -n "$programs" ]; then mkdir -p "$work/home" && cp -a "$programs" "$work/home/bin"; fi
    local answer
    answer=$(cd / && riq up --detach)
    expect_text "./riq down stops it" "$answer"
    expect_exit 0 riq status
    expect_text '"status":"completed"' "$(curl -s "http://127.0.0.1:$api_port/api/queue/submit" -H 'Content-Type: application/json' -H 'Prefer: wait=20' \
        -d '{"operation":"jira.create_task","payload":{"title":"From the script tests","project_id":"MD","type":"task"}}')"
}
Everything_that_up_starts_listens_on_loopback_only() {
    local pid
    expect_exit 0 riq status
    for pid in $(pids_of_home); do
        expect_same "" "$(ss -Hltnp | grep "pid=$pid," | awk '{print $4}' | grep -vE '^(127\.0\.0\.1|\[::1\]):' || true)"
    done
}
Callbacks_are_taken_and_signed_with_a_secret_of_its_own() {
    expect_text whsec_ "$(grep RIQ_CALLBACK_SECRET "$work/home/secrets.env")"
    expect_text '"token"' "$(curl -s "http://127.0.0.1:$api_port/api/queue/submit" -H 'Content-Type: application/json' \
        -d '{"operation":"jira.get_task","payload":{"task_id":"MD-1"},"callback_url":"https://example.com/hook"}')"
}
No_secret_is_on_a_command_line() {
    local secret
    while IFS='=' read -r _ secret; do expect_same "" "$(grep -lF -- "$secret" /proc/[0-9]*/cmdline 2>/dev/null || true)"; done <"$work/home/secrets.env"
    expect_same 600 "$(stat -c %a "$work/home/secrets.env")"
}
A_second_up_changes_nothing_and_says_what_runs() {
    local before
    before=$(riq status)
    expect_text "api-1 runs already" "$(riq up --detach)"
    expect_same "$before" "$(riq status)"
}
Up_adds_what_is_missing() {
    local worker
    worker=$(cat "$work/home/run/worker-1.pid")
    kill -KILL "$worker"
    wait_until 10 none_alive "$worker"
    expect_exit 1 riq status
    expect_text "worker-1   does not run" "$(riq status || true)"
    riq up --detach --workers 2
    expect_exit 0 riq status
    expect_text "worker-2   is ready" "$(riq status)"
}
Logs_are_shown_by_name() {
    expect_text "api-1.log" "$(riq logs)"
    expect_text "server.log" "$(riq logs)"
    expect_not grep -q RabbitMQ <<<"$(riq logs simulator)"
    expect_exit 1 riq logs nothing
}
Migrate_is_harmless_while_the_product_runs() {
    expect_text "up to date" "$(riq migrate)"
    expect_exit 0 riq status
}
Where_Docker_can_start_nothing_private_servers_do() {
    riq down >/dev/null
    mkdir -p "$work/docker"
    # shellcheck disable=SC2016  # the shim's own arguments
    printf '#!/bin/sh\ncase "$*" in info|"compose version") exit 0 ;; *) echo "no image $*" >&2; exit 1 ;; esac\n' >"$work/docker/docker"
    chmod +x "$work/docker/docker"
    local output
    output=$(PATH="$work/docker:$PATH" servers=auto riq migrate 2>&1)
    expect_text "no image compose" "$output"
    expect_text "using Debian's packages instead" "$output"
    expect_text "up to date" "$output"
    expect_exit 1 env "PATH=$work/docker:$PATH" RIQ_HOME="$work/home" RIQ_SERVERS=docker "$root/riq" migrate
    expect_same "" "$(pids_of_home)"
}
Down_leaves_no_process() {
    riq up --detach >/dev/null
    local pids
    read -ra pids <<<"$(pids_of_home | tr '\n' ' ')"
    expect [ "${#pids[@]}" -ge 5 ]
    riq down
    expect none_alive "${pids[@]}"
    expect_same "" "$(pids_of_home)"
    expect_exit 3 riq status
}
# Servers and programs of this RIQ_HOME, by the folder on their command line.
pids_of_home() {
    local file pid
    { grep -lF -- "$work/home/" /proc/[0-9]*/cmdline 2>/dev/null || true; } | while read -r file; do
        pid=${file#/proc/}
        pid=${pid%/cmdline}
        if alive "$pid"; then echo "$pid"; fi
    done
}
Data_outlive_down_and_up() {
    riq up --detach >/dev/null
    expect_text '"operation":"jira.create_task"' "$(curl -s "http://127.0.0.1:$api_port/api/queue/requests?limit=5")"
}
A_program_that_cannot_start_is_explained_and_nothing_stays() {
    riq down
    RIQ_POSTGRES="Host=127.0.0.1;Port=1;Database=riq;Username=nobody" expect_exit 1 riq up --detach
    expect_same "" "$(pids_of_home)"
}
Up_in_the_foreground_ends_everything_on_an_interrupt() {
    local up
    riq up >"$work/foreground" 2>&1 &
    up=$!
    wait_until 120 grep -q "Ctrl-C stops everything" "$work/foreground"
    expect_exit 0 riq status
    kill -TERM "$(pgrep -P "$up" -f "$root/riq" || echo "$up")"
    wait_until 60 none_alive "$up"
    expect_same "" "$(pids_of_home)"
    expect_exit 3 riq status
}
Wiping_deletes_what_is_ours_and_nothing_else() {
    : >"$work/home/mine"
    riq down --wipe
    expect [ -e "$work/home/mine" ]
    expect_not [ -e "$work/home/postgres" ]
    expect_not [ -e "$work/home/run" ]
}
# What the Dockerfile runs to build the images, but to a folder of ours.
The_publish_commands_of_the_Dockerfile_make_the_programs_that_its_images_start() {
    local command program
    # shellcheck disable=SC2016  # the loop's own variable
    command=$(sed -n '/^RUN for program/,/done$/p' "$root/infra/docker/Dockerfile" | sed 's/^RUN //')
    expect_text "dotnet publish" "$command"
    for program in Api Consumers Simulator; do expect_text "$program" "$command"; done
    (cd "$root" && mkdir -p artifacts && exec 8>artifacts/build.lock && flock 8 && MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false bash -c "${command//\/programs/$work/programs}" >"$work/publish.log" 2>&1 8>&-) ||
        { tail -n 5 "$work/publish.log"; expect false; }
    for program in $(sed -n 's/^ENTRYPOINT \["dotnet", "\(.*\)"\]$/\1/p' "$root/infra/docker/Dockerfile"); do expect [ -f "$work"/programs/*/"$program" ]; done
}
The_systemd_units_are_valid_and_give_away_little() {
    local unit
    if ! command -v systemd-analyze >/dev/null; then return; fi
    mkdir -p "$work/units"
    # The program need not be installed here.
    for unit in "$root"/infra/systemd/*.service; do sed 's#^ExecStart=/usr/bin/dotnet#ExecStart=/bin/true#; /^Documentation=/d' "$unit" >"$work/units/$(basename "$unit")"; done
    mv "$work/units/riq-worker@.service" "$work/units/riq-worker@8091.service"
    expect_same "" "$(systemd-analyze verify --man=no "$work"/units/*.service 2>&1 | grep "$work/units" || true)"
    printf '[Service]\nExecStart=/bin/true\nNoSuchSetting=yes\n' >"$work/units/bad.service"
    expect_text "NoSuchSetting" "$(systemd-analyze verify --man=no "$work/units/bad.service" 2>&1 || true)"
}
The_compose_file_is_valid_and_asks_for_secrets() {
    if ! command -v docker-compose >/dev/null; then return; fi
    "$root/infra/docker/make-env.sh" "$work/env"
    expect_same 600 "$(stat -c %a "$work/env")"
    expect docker-compose -f "$root/docker-compose.yml" --env-file "$work/env" config -q
    expect_not docker-compose -f "$root/docker-compose.yml" --env-file /dev/null config -q
    expect_text whsec_ "$(docker-compose -f "$root/docker-compose.yml" --env-file "$work/env" config | grep Riq__Callbacks__Secret)"
    expect_exit 1 "$root/infra/docker/make-env.sh" "$work/env"
}
A_folder_that_a_server_cannot_enter_is_kept_elsewhere() {
    if [ "$(id -u)" != 0 ]; then return; fi
    local place port
    port=$(free_port)
    mkdir -m 700 "$work/closed"
    "$root/infra/local/postgres.sh" start "$work/closed/postgres" "$port"
    place=$(readlink "$work/closed/postgres/elsewhere")
    expect_text /var/lib/riq/ "$place"
    "$root/infra/local/postgres.sh" stop "$work/closed/postgres" "$port"
    rm -rf -- "$place"
}

# --- running them --------------------------------------------------------------------------------------------------

# In the order of this file: those of one server use it one after the other.
tests() { grep -oE '^[A-Z][A-Za-z_]+\(\)' -- "${BASH_SOURCE[0]}" | tr -d '()'; }

# The first of the ports that ./riq is given here; RabbitMQ's derived ones lie beyond.
free_ports() {
    local first distance
    while :; do
        first=$(($(free_port) - 4000))
        for distance in 0 1 10 11 20 30 40 50 15040 17540 20040; do if answers $((first + distance)); then continue 2; fi; done
        printf '%s' "$first"
        return
    done
}

clean_up() {
    local folder
    riq down >/dev/null 2>&1 || true
    for folder in "$work"/postgres "$work"/locked "$work"/closed/postgres; do "$root/infra/local/postgres.sh" kill "$folder" 1024; done >/dev/null 2>&1 || true
    for folder in "$work"/rabbitmq "$work"/rabbitmq-2; do "$root/infra/local/rabbitmq.sh" kill "$folder" 1024 1025; done >/dev/null 2>&1 || true
    rm -rf -- "$work"
}

passed=0 failed=0
api_port=$(free_ports)
postgres_port=$(free_port) rabbitmq_port=$(free_port) ui_port=$(free_port)
for test in $(tests); do
    if [[ $test != *"${1:-}"* ]]; then continue; fi
    # Not as a condition: bash would go on after a failing command.
    set +e
    (set -e; "$test") >"$work/output" 2>&1
    code=$?
    set -e
    if [ "$code" = 0 ]; then
        passed=$((passed + 1))
        say "  passed  ${test//_/ }"
    else
        failed=$((failed + 1))
        say "  FAILED  ${test//_/ }"
        sed 's/^/    | /' -- "$work/output"
    fi
done
say "$passed passed, $failed failed"
[ "$failed" = 0 ]
