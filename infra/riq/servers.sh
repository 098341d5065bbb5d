# shellcheck shell=bash disable=SC2154  # variables of riq and settings.sh
# Postgres and RabbitMQ for ./riq up: an existing one, one in Docker, or a private instance of Debian's package.

local_scripts=$root/infra/local

docker_compose() {
    local compose=(docker compose)
    if ! docker compose version >/dev/null 2>&1; then compose=(docker-compose); fi
    # The file wants all its secrets, also for the two services used here.
    RIQ_API_KEY_SHA256=${RIQ_API_KEY_SHA256:-unused} RIQ_POSTGRES_PORT=$RIQ_POSTGRES_PORT RIQ_RABBITMQ_PORT=$RIQ_RABBITMQ_PORT \
        RIQ_RABBITMQ_UI_PORT=$RIQ_RABBITMQ_UI_PORT "${compose[@]}" -p "riq-$(printf '%s' "$RIQ_HOME" | sha256sum | cut -c1-8)" \
        -f "$root/docker-compose.yml" "$@"
}

docker_answers() {
    command -v docker >/dev/null 2>&1 && timeout 10 docker info >/dev/null 2>&1 &&
        { docker compose version >/dev/null 2>&1 || docker-compose version >/dev/null 2>&1; }
}

# Sets postgres_by and rabbitmq_by: yours, docker or private.
choose_servers() {
    local ours=private
    if [ "$RIQ_SERVERS" != private ] && [ "${RIQ_POSTGRES:+x}${RIQ_RABBITMQ:+x}" != xx ]; then
        if docker_answers; then ours=docker; elif [ "$RIQ_SERVERS" = docker ]; then fail "RIQ_SERVERS is docker, but no Docker engine with Compose answers"; fi
    fi
    postgres_by=$ours rabbitmq_by=$ours
    if [ -n "${RIQ_POSTGRES:-}" ]; then postgres_by=yours; fi
    if [ -n "${RIQ_RABBITMQ:-}" ]; then rabbitmq_by=yours; fi
}

start_servers() {
    start_in_docker
    if [ "$postgres_by $rabbitmq_by" != "${postgres_by/private/} ${rabbitmq_by/private/}" ]; then "$local_scripts/install.sh" --quiet || fail "could not install what is missing"; fi
    start_postgres
    start_rabbitmq
}

start_in_docker() {
    local services=()
    if [ "$postgres_by" = docker ]; then services+=(postgres); fi
    if [ "$rabbitmq_by" = docker ]; then services+=(rabbitmq); fi
    if [ "${#services[@]}" = 0 ]; then return; fi
    say "Starting ${services[*]} with Docker Compose …"
    if docker_compose up -d "${services[@]}" >"$logs/docker.log" 2>&1 && wait_until 180 docker_ready "${services[@]}"; then return; fi
    tail_of "$logs/docker.log"
    if [ "$RIQ_SERVERS" = docker ]; then fail "Docker Compose could not start ${services[*]}"; fi
    say "Docker Compose could not start ${services[*]}; using Debian's packages instead."
    docker_compose down >>"$logs/docker.log" 2>&1 || true
    postgres_by=${postgres_by/docker/private} rabbitmq_by=${rabbitmq_by/docker/private}
}

# shellcheck disable=SC2329  # called through wait_until
docker_ready() {
    local service
    for service in "$@"; do
        [ "$(docker inspect -f '{{.State.Health.Status}}' "$(docker_compose ps -q "$service")" 2>/dev/null)" = healthy ] || return 1
    done
}

start_postgres() {
    if [ "$postgres_by" != private ]; then return; fi
    "$local_scripts/postgres.sh" start "$RIQ_HOME/postgres" "$RIQ_POSTGRES_PORT"
    PGHOST=127.0.0.1 PGPORT=$RIQ_POSTGRES_PORT PGUSER=postgres PGPASSWORD=$RIQ_POSTGRES_PASSWORD "$root/infra/postgres/roles.sh" >"$logs/roles.log" 2>&1 ||
        { tail_of "$logs/roles.log"; fail "could not set up the database roles"; }
}

start_rabbitmq() {
    if [ "$rabbitmq_by" != private ]; then return; fi
    # Loaded at every start; a running broker has it.
    if ! "$local_scripts/rabbitmq.sh" status "$RIQ_HOME/rabbitmq" "$RIQ_RABBITMQ_PORT" "$RIQ_RABBITMQ_UI_PORT" >/dev/null; then
        mkdir -p -- "$RIQ_HOME/rabbitmq"
        (umask 077 && "$root/infra/rabbitmq/definitions.sh" >"$RIQ_HOME/rabbitmq/definitions.json")
    fi
    "$local_scripts/rabbitmq.sh" start "$RIQ_HOME/rabbitmq" "$RIQ_RABBITMQ_PORT" "$RIQ_RABBITMQ_UI_PORT"
}

stop_servers() {
    if [ "$postgres_by" = docker ] || [ "$rabbitmq_by" = docker ]; then docker_compose stop; fi
    if [ "$rabbitmq_by" = private ]; then "$local_scripts/rabbitmq.sh" stop "$RIQ_HOME/rabbitmq" "$RIQ_RABBITMQ_PORT" "$RIQ_RABBITMQ_UI_PORT"; fi
    if [ "$postgres_by" = private ]; then "$local_scripts/postgres.sh" stop "$RIQ_HOME/postgres" "$RIQ_POSTGRES_PORT"; fi
}

# server_status postgres|rabbitmq: one line; false when it does not run.
server_status() {
    local by="$1_by"
    case ${!by} in
        yours) say "yours (not started by ./riq)" ;;
        docker) if docker_ready "$1"; then say "runs in Docker"; else say "does not run"; return 1; fi ;;
        private)
            if [ "$1" = postgres ]; then
                "$local_scripts/postgres.sh" status "$RIQ_HOME/postgres" "$RIQ_POSTGRES_PORT" | sed 's/^Postgres //'
            else
                "$local_scripts/rabbitmq.sh" status "$RIQ_HOME/rabbitmq" "$RIQ_RABBITMQ_PORT" "$RIQ_RABBITMQ_UI_PORT" | sed 's/^RabbitMQ //'
            fi ;;
    esac
}

riq_migrate() {
    [ $# -eq 0 ] || fail "usage: ./riq migrate"
    with_postgres
    migrate
    say "The database schema is up to date."
}

# After a backup was restored, before up: the schema may be as old as the backup.
riq_recover() {
    local running
    [ $# -eq 0 ] || fail "usage: ./riq recover"
    need_dotnet
    lock_home
    mapfile -t running < <(running_before)
    [ "${#running[@]}" = 0 ] || fail "RIQ runs (${running[*]}): ./riq down first, then restore the backup, then ./riq recover"
    take_up_settings
    publish bin
    rabbitmq_by=yours   # not needed here
    if ! server_status postgres >/dev/null; then
        trap 'stop_servers' EXIT
        start_servers
    fi
    migrate
    (take_environment recover && cd -- "$RIQ_HOME/bin/api" && Riq__Postgres=$owner_postgres exec dotnet Riq.Api.dll recover 9>&-)
}

# Works on Postgres alone, as the schema's owner: the processes' own role can't make keys.
riq_keys() {
    with_postgres
    migrate
    unlock_home
    (cd -- "$RIQ_HOME/bin/api" && Riq__Postgres=$owner_postgres dotnet Riq.Api.dll keys "$@")
}

riq_cleanup() {
    [ $# -eq 0 ] || fail "usage: ./riq cleanup"
    with_postgres
    migrate
    unlock_home
    (cd -- "$RIQ_HOME/bin/api" && Riq__Postgres=$owner_postgres dotnet Riq.Api.dll cleanup)
}

# For commands that need the programs and Postgres, running or not: starts it if it does not, until the command ends.
with_postgres() {
    need_dotnet
    lock_home
    if [ -n "$(running_before)" ]; then keep_running_settings; fi
    take_settings
    take_secrets
    take_connections
    if [ -z "${postgres_by:-}" ]; then choose_servers; fi
    if [ -z "$(running_programs)" ]; then publish bin; fi
    rabbitmq_by=yours   # not needed here
    if ! server_status postgres >/dev/null; then
        trap 'stop_servers' EXIT
        start_servers
    fi
}

migrate() {
    (cd -- "$RIQ_HOME/bin/api" && Riq__Postgres=$owner_postgres Riq__RabbitMq=$api_rabbitmq dotnet Riq.Api.dll migrate >"$logs/migrate.log" 2>&1 9>&-) ||
        { tail_of "$logs/migrate.log"; fail "the migration of the database failed"; }
}
