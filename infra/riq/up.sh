# shellcheck shell=bash disable=SC2154  # variables of riq and settings.sh
# ./riq up

riq_up() {
    local detach=no started=() before
    while [ $# -gt 0 ]; do
        case $1 in
            --detach | -d) detach=yes ;;
            --apis | --workers)
                [[ ${2:-} =~ ^[1-9][0-9]?$ ]] || fail "$1 takes a number from 1 to 99"
                if [ "$1" = --apis ]; then wanted_apis=$2; else wanted_workers=$2; fi
                shift ;;
            *) fail "unknown argument '$1': ./riq up [--detach] [--apis N] [--workers N]" ;;
        esac
        shift
    done
    need_dotnet
    lock_home
    trap 'interrupted' INT TERM HUP
    trap 'give_up' EXIT
    mapfile -t before < <(running_before)
    take_up_settings "${before[@]}"
    start_everything
    trap - EXIT
    unlock_home
    say_what_runs "${before[@]}"
    if [ "$detach" = no ] && [ "${#started[@]}" -gt 0 ]; then stay; fi
}

running_before() { if load_settings; then running_programs; fi; }

# take_up_settings RUNNING…: those of the processes that run already, else the environment's.
take_up_settings() {
    if [ $# -gt 0 ]; then keep_running_settings; else unset apis workers; fi
    apis=$(larger "${wanted_apis:-1}" "${apis:-1}")
    workers=$(larger "${wanted_workers:-1}" "${workers:-1}")
    take_settings
    take_secrets
    take_connections
    if [ $# -eq 0 ]; then
        simulator=no
        if needs_simulator; then simulator=yes; fi
        choose_servers
    fi
}

larger() { if [ "$1" -gt "$2" ]; then echo "$1"; else echo "$2"; fi; }

start_everything() {
    local programs name
    mapfile -t programs < <(wanted_programs)
    need_ports_of "${programs[@]}"
    # Not below running processes: they read their files while they run.
    if [ "${#before[@]}" = 0 ]; then publish bin; elif [ "$(cat -- "$RIQ_HOME/bin/stamp")" != "$(fingerprint)" ]; then say "Sources have changed since RIQ was started: ./riq down and up again to run them."; fi
    save_settings
    touched=yes
    start_servers
    save_settings   # Docker may have been given up
    if [ "${#before[@]}" = 0 ]; then migrate; fi
    for name in "${programs[@]}"; do
        if pid_of "$name" >/dev/null; then continue; fi
        start_program "$name"
        started+=("$name")
    done
    for name in "${programs[@]}"; do wait_ready "$name" || exit 1; done
}

give_up() {
    local code=$?
    if [ "${touched:-no}" = yes ]; then
        warn "RIQ did not start; what was started is stopped again. Logs are in $logs"
        undo
    fi
    exit "$code"
}

# Leaves alone what ran before this up.
undo() {
    stop_programs "${started[@]}"
    if [ "${#before[@]}" = 0 ] && [ "${touched:-no}" = yes ]; then stop_servers >/dev/null; fi
}

interrupted() {
    trap '' INT TERM HUP
    trap - EXIT
    say ""
    say "Stopping …"
    undo
    exit 130
}

say_what_runs() {
    local name
    for name in "$@"; do say "$name runs already (pid $(pid_of "$name" || true))"; done
    for name in "${started[@]}"; do say "$name is ready (pid $(pid_of "$name" || true))"; done
    say_what_to_try
}

say_what_to_try() {
    local api=http://127.0.0.1:$RIQ_API_PORT project=MD
    if [ "$simulator" != yes ]; then project=YOURS; fi
    cat <<TRY

RIQ answers. Hand over an operation and wait up to 20 s for its result:

  curl -s $api/api/queue/submit -H 'Content-Type: application/json' -H 'Prefer: wait=20' \\
    -d '{"operation":"jira.create_task","payload":{"title":"My first task","project_id":"$project","type":"task"}}'

Or take the token at once and ask later (put the token in place of req_…):

  curl -s $api/api/queue/submit -H 'Content-Type: application/json' -d '{"operation":"jira.get_task","payload":{"task_id":"$project-1"}}'
  curl -s '$api/api/queue/result/req_…?wait=20'

  page for operators   $api
  interface            $api/docs
TRY
    if [ "$rabbitmq_by" != yours ]; then say "  RabbitMQ management  http://127.0.0.1:$RIQ_RABBITMQ_UI_PORT  (user operator, password $RIQ_RABBITMQ_OPERATOR_PASSWORD)"; fi
    if [ "$postgres_by" != yours ]; then say "  Postgres             127.0.0.1:$RIQ_POSTGRES_PORT, database riq (users and passwords in $RIQ_HOME/secrets.env)"; fi
    say "  callbacks            signed with RIQ_CALLBACK_SECRET of $RIQ_HOME/secrets.env"
    if [ "$simulator" = yes ]; then say "  simulator            http://127.0.0.1:$RIQ_SIMULATOR_PORT, standing in for Jira and Confluence"; fi
    say ""
    say "./riq status shows what runs, ./riq logs what it says, ./riq down stops it."
}

# Shows the logs until Ctrl-C, or until everything was stopped from elsewhere.
stay() {
    local name gone=" " left logged=()
    trap 'leave' INT TERM HUP
    say "Ctrl-C stops everything. Logs follow."
    for name in "${started[@]}"; do logged+=("$logs/$name.log"); done
    tail -q -n 0 -F -- "${logged[@]}" 2>/dev/null &
    tail_pid=$!
    while :; do
        left=0
        for name in "${started[@]}"; do
            if pid_of "$name" >/dev/null; then
                left=$((left + 1))
            elif [[ $gone != *" $name "* ]]; then
                warn "$name has ended; ./riq up starts it again"
                gone+="$name "
            fi
        done
        if [ "$left" = 0 ]; then kill "$tail_pid" 2>/dev/null || true; say "Everything has ended."; exit 1; fi
        sleep 1
    done
}

leave() {
    trap '' INT TERM HUP
    kill "$tail_pid" 2>/dev/null || true
    say ""
    riq_down
    exit 0
}
