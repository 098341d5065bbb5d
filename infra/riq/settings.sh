# shellcheck shell=bash disable=SC2034,SC2154  # variables are shared with riq
# Where RIQ lives, its ports, passwords and services. Sourced by riq.

RIQ_HOME=$(absolute "${RIQ_HOME:-$root/.riq}")
run=$RIQ_HOME/run
logs=$RIQ_HOME/log
port_names=(RIQ_API_PORT RIQ_WORKER_PORT RIQ_SIMULATOR_PORT RIQ_POSTGRES_PORT RIQ_RABBITMQ_PORT RIQ_RABBITMQ_UI_PORT)

# Compilers and build nodes would outlive the command otherwise, and ./riq down leaves no process.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

take_settings() {
    : "${RIQ_API_PORT:=8080}" "${RIQ_WORKER_PORT:=8090}" "${RIQ_SIMULATOR_PORT:=8089}"
    : "${RIQ_POSTGRES_PORT:=5442}" "${RIQ_RABBITMQ_PORT:=5682}" "${RIQ_RABBITMQ_UI_PORT:=15682}"
    : "${RIQ_SERVERS:=auto}" "${apis:=1}" "${workers:=1}"
    local name
    for name in "${port_names[@]}"; do need_port "${!name}" "$name"; done
    [[ $RIQ_SERVERS =~ ^(auto|docker|private)$ ]] || fail "RIQ_SERVERS is '$RIQ_SERVERS': give auto, docker or private"
}

make_home() {
    mkdir -p -- "$RIQ_HOME" "$run" "$logs" 2>/dev/null || fail "can't write to $RIQ_HOME: choose another folder with RIQ_HOME"
    [ -w "$run" ] || fail "can't write to $RIQ_HOME, which belongs to $(stat -c %U -- "$RIQ_HOME"): choose another folder with RIQ_HOME"
}

# One up, down or migrate at a time.
lock_home() {
    make_home
    exec 9>"$RIQ_HOME/lock"
    if ! flock -n 9; then
        say "Waiting for another ./riq to finish …"
        flock 9
    fi
}

unlock_home() { exec 9>&-; }

# What down, status and logs need to know of the last up: its ports, and what it started.
save_settings() {
    local name
    {
        for name in "${port_names[@]}"; do printf '%s=%s\n' "$name" "${!name}"; done
        printf 'apis=%s\nworkers=%s\nsimulator=%s\npostgres_by=%s\nrabbitmq_by=%s\n' "$apis" "$workers" "$simulator" "$postgres_by" "$rabbitmq_by"
    } >"$run/settings.new"
    mv -- "$run/settings.new" "$run/settings.env"
}

# False when there never was an up.
load_settings() {
    [ -f "$run/settings.env" ] || return 1
    # shellcheck disable=SC1091
    . "$run/settings.env"
}

# The settings of what runs win over the environment's: a second up must find it.
keep_running_settings() {
    local name wanted=() value
    for name in "${port_names[@]}"; do wanted+=("${!name:-}"); done
    load_settings
    for name in "${port_names[@]}"; do
        value=${wanted[0]}
        wanted=("${wanted[@]:1}")
        if [ -n "$value" ] && [ "$value" != "${!name}" ]; then warn "RIQ runs with $name=${!name}; to change it to $value run ./riq down first"; fi
    done
}

secret_names=(RIQ_POSTGRES_PASSWORD RIQ_OWNER_PASSWORD RIQ_API_DB_PASSWORD RIQ_WORKER_DB_PASSWORD RIQ_RABBITMQ_API_PASSWORD RIQ_RABBITMQ_WORKER_PASSWORD RIQ_RABBITMQ_OPERATOR_PASSWORD RIQ_CALLBACK_SECRET)

# Passwords, and the secret that signs callbacks, made once for this RIQ_HOME; what a newer version wants in addition is added.
take_secrets() {
    local name
    (umask 077 && : >>"$RIQ_HOME/secrets.env") 2>/dev/null || true
    [ -r "$RIQ_HOME/secrets.env" ] || fail "can't read $RIQ_HOME/secrets.env, which belongs to $(stat -c %U -- "$RIQ_HOME/secrets.env")"
    for name in "${secret_names[@]}"; do
        grep -q "^$name=" -- "$RIQ_HOME/secrets.env" || printf '%s=%s\n' "$name" "$(new_secret "$name")" >>"$RIQ_HOME/secrets.env"
    done
    # shellcheck disable=SC1091
    . "$RIQ_HOME/secrets.env"
    export "${secret_names[@]}"
}

new_secret() {
    if [ "$1" = RIQ_CALLBACK_SECRET ]; then printf 'whsec_%s' "$(head -c 32 /dev/urandom | base64)"; else od -An -tx1 -N16 /dev/urandom | tr -d ' \n'; fi
}

postgres_as() { printf 'Host=127.0.0.1;Port=%s;Database=riq;Username=%s;Password=%s' "$RIQ_POSTGRES_PORT" "$1" "$2"; }

rabbitmq_as() { printf 'amqp://%s:%s@127.0.0.1:%s/riq' "$1" "$2" "$RIQ_RABBITMQ_PORT"; }

# Sets the connection strings of APIs, workers and migrations: each has a role and a user of its own.
take_connections() {
    api_postgres=${RIQ_POSTGRES:-$(postgres_as riq_api "$RIQ_API_DB_PASSWORD")}
    worker_postgres=${RIQ_POSTGRES_WORKER:-${RIQ_POSTGRES:-$(postgres_as riq_worker "$RIQ_WORKER_DB_PASSWORD")}}
    owner_postgres=${RIQ_POSTGRES_OWNER:-${RIQ_POSTGRES:-$(postgres_as riq_owner "$RIQ_OWNER_PASSWORD")}}
    api_rabbitmq=${RIQ_RABBITMQ:-$(rabbitmq_as riq-api "$RIQ_RABBITMQ_API_PASSWORD")}
    worker_rabbitmq=${RIQ_RABBITMQ_WORKER:-${RIQ_RABBITMQ:-$(rabbitmq_as riq-worker "$RIQ_RABBITMQ_WORKER_PASSWORD")}}
}

# The simulator stands in for both; beside a real Jira, a Confluence that only looks real would be a trap.
needs_simulator() { [ -z "${RIQ_JIRA_URL:-}" ] && [ -z "${RIQ_CONFLUENCE_URL:-}" ]; }

# export_service jira JIRA: the service's address and credential as the programs read them; without any it is not used.
export_service() {
    local url="RIQ_$2_URL" email="RIQ_$2_EMAIL" token="RIQ_$2_TOKEN"
    if [ "$simulator" = yes ]; then
        export "Riq__Services__$1__BaseUrl=http://127.0.0.1:$RIQ_SIMULATOR_PORT" "Riq__Services__$1__Auth__Type=basic"
        export "Riq__Services__$1__Auth__User=riq@example.com" "Riq__Services__$1__Auth__Secret=simulator"
        return
    fi
    if [ -z "${!url:-}" ]; then return; fi
    # The site's address; that of its Confluence with /wiki is taken too.
    url=${!url%/}
    export "Riq__Services__$1__BaseUrl=${url%/wiki}"
    if [ -z "${!token:-}" ]; then
        export "Riq__Services__$1__Auth__Type=none"
    elif [ -n "${!email:-}" ]; then
        export "Riq__Services__$1__Auth__Type=basic" "Riq__Services__$1__Auth__User=${!email}" "Riq__Services__$1__Auth__Secret=${!token}"
    else
        export "Riq__Services__$1__Auth__Type=bearer" "Riq__Services__$1__Auth__Secret=${!token}"
    fi
}
