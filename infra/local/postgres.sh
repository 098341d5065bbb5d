#!/usr/bin/env bash
# A private Postgres on 127.0.0.1: postgres.sh {start|stop|kill|status} DIR PORT
#
# DIR holds everything. Superuser is "postgres". With RIQ_POSTGRES_PASSWORD set at the first start, every connection
# needs a password and that is the superuser's; without it, everybody on this machine is trusted (for tests).
# start is harmless when it runs; kill ends it as a crash would; status exits with 0 (runs) or 3 (does not).
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() { fail "usage: postgres.sh {start|stop|kill|promote|status} DIR PORT"; }

# Newest installed version from 15 on.
find_bin() {
    local bin version best=0
    for bin in /usr/lib/postgresql/*/bin; do
        version=${bin#/usr/lib/postgresql/}
        version=${version%%/*}
        if [ -x "$bin/initdb" ] && [[ $version =~ ^[0-9]+$ ]] && [ "$version" -ge 15 ] && [ "$version" -gt "$best" ]; then best=$version; fi
    done
    [ "$best" -gt 0 ] || fail "Postgres 15 or newer is not installed: run infra/local/install.sh"
    printf '/usr/lib/postgresql/%s/bin' "$best"
}

# The version that made the data keeps it: another one can't read it.
bin_of_data() {
    local version
    if [ ! -f "$data/PG_VERSION" ]; then find_bin; return; fi
    version=$(cat -- "$data/PG_VERSION")
    [ -x "/usr/lib/postgresql/$version/bin/postgres" ] || fail "$data was made by Postgres $version, which is not installed"
    printf '/usr/lib/postgresql/%s/bin' "$version"
}

# Every process of a Postgres works in its data folder.
processes() {
    local cwd
    for cwd in /proc/[0-9]*/cwd; do
        if [ "$(readlink -- "$cwd" 2>/dev/null)" = "$data_resolved" ]; then
            cwd=${cwd#/proc/}
            if [[ $(readlink -- "/proc/${cwd%/cwd}/exe" 2>/dev/null) == */postgres* ]]; then printf '%s ' "${cwd%/cwd}"; fi
        fi
    done
}

# A crash leaves postmaster.pid behind; its pid may belong to a zombie or to somebody else, and Postgres would refuse to start.
postmaster() {
    local pid
    pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null) || return 1
    [[ " $(processes) " == *" $pid "* ]] && alive "$pid" && printf '%s' "$pid"
}

# shellcheck disable=SC2329  # called through wait_until
quiet() { [ -z "$(processes)" ]; }

# As a standby of the server on that port, which streams to it; kept up to date from now on.
create_standby() {
    run_as "$user" "$bin/pg_basebackup" -R -X stream -c fast -h 127.0.0.1 -p "$RIQ_STANDBY_OF" -U postgres -D "$data" >"$home/basebackup.log" 2>&1 ||
        { tail_of "$home/basebackup.log"; fail "pg_basebackup failed"; }
}

create() {
    local how=(-A trust) secret=""
    if [ -n "${RIQ_POSTGRES_PASSWORD:-}" ]; then
        secret=$(mktemp)
        printf '%s\n' "$RIQ_POSTGRES_PASSWORD" >"$secret"
        if [ "$(id -un)" != "$user" ]; then chown -- "$user" "$secret"; fi
        how=(-A scram-sha-256 --pwfile="$secret")
    fi
    run_as "$user" "$bin/initdb" "${how[@]}" -U postgres -E UTF8 --locale=C.UTF-8 -D "$data" >"$home/initdb.log" 2>&1 ||
        { rm -f -- "$secret"; tail_of "$home/initdb.log"; fail "initdb failed"; }
    rm -f -- "$secret"
    # For a developer's machine: durable as ever, but small.
    cat >>"$data/postgresql.conf" <<-CONF
		listen_addresses = '127.0.0.1'
		unix_socket_directories = ''
		max_connections = 400
		shared_buffers = 256MB
		max_wal_size = 1GB
		checkpoint_completion_target = 0.9
		random_page_cost = 1.1
		timezone = 'UTC'
		log_timezone = 'UTC'
		log_line_prefix = '%m [%p] %q%u@%d '
		log_checkpoints = off
	CONF
}

# RIQ_TLS_DIR (server.crt, server.key): it speaks TLS too.
take_certificate() {
    local file
    if [ -z "${RIQ_TLS_DIR:-}" ]; then return; fi
    for file in server.crt server.key; do install -m 600 -- "$RIQ_TLS_DIR/$file" "$data/$file"; done
    if [ "$(id -un)" != "$user" ]; then chown -- "$user" "$data/server.crt" "$data/server.key"; fi
    grep -q '^ssl = on' "$data/postgresql.conf" || printf 'ssl = on\n' >>"$data/postgresql.conf"
}

start() {
    local pid
    if pid=$(postmaster); then
        [ "$(sed -n 4p "$data/postmaster.pid")" = "$port" ] || fail "Postgres runs in $dir on port $(sed -n 4p "$data/postmaster.pid"), not $port: stop it first"
        say "Postgres runs already on port $port (pid $pid)"
        return
    fi
    need_free_port "$port" "Postgres"
    bin=$(bin_of_data)
    if [ ! -f "$data/PG_VERSION" ]; then if [ -n "${RIQ_STANDBY_OF:-}" ]; then create_standby; else create; fi; fi
    take_certificate
    unset RIQ_POSTGRES_PASSWORD   # not for the server's environment
    wait_until 30 quiet || fail "processes of a former Postgres still run in $data: $(processes)"
    rm -f -- "$data/postmaster.pid"
    run_as "$user" "$bin/pg_ctl" -w -t 120 -D "$data" -l "$home/postgres.log" -o "-p $port" start >"$home/pg_ctl.log" 2>&1 </dev/null ||
        { tail_of "$home/postgres.log"; fail "Postgres did not start on port $port"; }
    say "Postgres runs on 127.0.0.1:$port (pid $(postmaster))"
}

stop() {
    local pid
    if pid=$(postmaster); then
        bin=$(bin_of_data)
        run_as "$user" "$bin/pg_ctl" -w -t 60 -m fast -D "$data" stop >"$home/pg_ctl.log" 2>&1 || { tail_of "$home/pg_ctl.log"; kill_all; }
        say "Postgres stopped"
    else
        kill_all
        say "Postgres does not run"
    fi
}

promote() {
    bin=$(bin_of_data)
    run_as "$user" "$bin/pg_ctl" -w -t 60 -D "$data" promote >"$home/pg_ctl.log" 2>&1 || { tail_of "$home/pg_ctl.log"; fail "Postgres could not be promoted"; }
    say "Postgres on port $port is a primary"
}

kill_all() {
    local pids
    read -ra pids <<<"$(processes)"
    if [ "${#pids[@]}" -gt 0 ]; then kill_processes "${pids[@]}"; fi
}

status() {
    local pid
    if pid=$(postmaster); then say "Postgres runs on 127.0.0.1:$(sed -n 4p "$data/postmaster.pid") (pid $pid)"; else say "Postgres does not run"; exit 3; fi
}

[ $# -eq 3 ] || usage
command=$1 port=$3
dir=$(absolute "$2")
need_port "$port"
user=$(server_user postgres)
if [ "$command" = start ]; then
    id "$user" >/dev/null 2>&1 || fail "there is no user $user: run infra/local/install.sh"
    home=$(place "$dir" "$user")
else
    home=$(placed "$dir")
fi
data=$home/data
data_resolved=$(realpath -m -- "$data")
cd /

case $command in
    start) start ;;
    stop) stop ;;
    promote) promote ;;
    kill) kill_all; say "Postgres killed" ;;
    status) status ;;
    *) usage ;;
esac
