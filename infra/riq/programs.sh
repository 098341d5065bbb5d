# shellcheck shell=bash disable=SC2154  # variables of riq and settings.sh
# API, worker and simulator processes: api-1 …, worker-1 …, simulator. Sourced by riq.

# program NAME: sets kind (folder below bin), dll, port and health path of a process.
program() {
    local number=${1##*-}
    health=/health/ready
    case $1 in
        api-*) kind=api dll=Riq.Api.dll port=$((RIQ_API_PORT + number - 1)) ;;
        worker-*) kind=consumers dll=Riq.Consumers.dll port=$((RIQ_WORKER_PORT + number - 1)) ;;
        simulator) kind=simulator dll=Riq.Simulator.dll port=$RIQ_SIMULATOR_PORT health=/__sim/health ;;
    esac
}

wanted_programs() {
    local number
    if [ "$simulator" = yes ]; then echo simulator; fi
    for ((number = 1; number <= apis; number++)); do echo "api-$number"; done
    for ((number = 1; number <= workers; number++)); do echo "worker-$number"; done
}

# pid_of NAME: prints it when that process runs.
pid_of() {
    local pid kind dll port health
    program "$1"
    pid=$(cat -- "$run/$1.pid" 2>/dev/null) && [ -n "$pid" ] && runs "$pid" "$RIQ_HOME/bin/$kind/$dll" && printf '%s' "$pid"
}

# Names of all that run, also of those that an earlier up started beyond today's numbers.
running_programs() {
    local file name
    for file in "$run"/*.pid; do
        name=$(basename -- "$file" .pid)
        if [ -f "$file" ] && pid_of "$name" >/dev/null; then echo "$name"; fi
    done
}

# processes_of FOLDER: .NET programs that run from there, whoever started them.
processes_of() {
    local file pid
    { grep -lF -- "$1" /proc/[0-9]*/cmdline 2>/dev/null || true; } | while read -r file; do
        pid=${file#/proc/}
        pid=${pid%/cmdline}
        if [[ $(readlink -- "/proc/$pid/exe" 2>/dev/null) == */dotnet ]] && alive "$pid"; then echo "$pid"; fi
    done
}

need_ports_of() {
    local name kind dll port health taken=" $RIQ_POSTGRES_PORT $RIQ_RABBITMQ_PORT $RIQ_RABBITMQ_UI_PORT "
    for name in "$@"; do
        program "$name"
        need_port "$port" "for $name"
        [[ $taken != *" $port "* ]] || fail "port $port is wanted twice (by $name): choose others with RIQ_API_PORT, RIQ_WORKER_PORT, RIQ_SIMULATOR_PORT and so on"
        taken+="$port "
        if ! pid_of "$name" >/dev/null; then need_free_port "$port" "$name" "choose another with RIQ_${kind_port[$kind]}_PORT"; fi
    done
}
declare -A kind_port=([api]=API [consumers]=WORKER [simulator]=SIMULATOR)

start_program() {
    local name=$1 kind dll port health
    program "$name"
    if [ -f "$logs/$name.log" ]; then mv -f -- "$logs/$name.log" "$logs/$name.log.1"; fi
    (
        # By environment, not by arguments: those are readable by everybody on the machine.
        export ASPNETCORE_URLS=http://127.0.0.1:$port
        if [ "$kind" != simulator ]; then take_environment "$name"; fi
        unset "${secret_names[@]}"
        cd -- "$RIQ_HOME/bin/$kind" || exit   # where its appsettings.json is
        in_background "$(id -un)" "$logs/$name.log" dotnet "$RIQ_HOME/bin/$kind/$dll" >"$run/$name.pid"
    )
}

# take_environment NAME: the settings of an API or a worker.
take_environment() {
    case $1 in
        worker-*) export Riq__Postgres=$worker_postgres Riq__RabbitMq=$worker_rabbitmq ;;
        *) export Riq__Postgres=$api_postgres Riq__RabbitMq=$api_rabbitmq ;;
    esac
    export Riq__Worker=${RIQ_POSTGRES:+$HOSTNAME-}$1
    export Riq__Callbacks__Secret=${Riq__Callbacks__Secret:-$RIQ_CALLBACK_SECRET}
    export_service jira JIRA
    export_service confluence CONFLUENCE
}

ready_answer() { curl -s -o "${1:-/dev/null}" -w '%{http_code}' --max-time 3 "http://127.0.0.1:$port$health" 2>/dev/null || true; }

# wait_ready NAME: until its /health/ready answers 200; tells why when it never does.
wait_ready() {
    local name=$1 limit=360 kind dll port health
    program "$name"
    until [ "$(ready_answer)" = 200 ]; do
        if ! pid_of "$name" >/dev/null; then
            tail_of "$logs/$name.log"
            warn "error: $name ended while starting"
            return 1
        fi
        limit=$((limit - 1))
        if [ "$limit" -le 0 ]; then
            warn "error: $name is not ready after 90 s: $health answers $(ready_answer "$run/answer") $(head -c 500 -- "$run/answer" 2>/dev/null || true)"
            tail_of "$logs/$name.log"
            return 1
        fi
        sleep 0.25
    done
}

# stop_programs NAME…: asks all at once, so that they take the time of the slowest; finishing work in hand may take 30 s.
stop_programs() {
    local name pid pids=()
    for name in "$@"; do
        if pid=$(pid_of "$name"); then pids+=("$pid"); fi
    done
    if [ "${#pids[@]}" -gt 0 ]; then end_processes 45 "${pids[@]}"; fi
    for name in "$@"; do rm -f -- "$run/$name.pid"; done
}
