#!/usr/bin/env bash
# A private RabbitMQ on 127.0.0.1: rabbitmq.sh {start|stop|kill|status} DIR PORT UI_PORT
#
# DIR holds everything. DIR/definitions.json (see infra/rabbitmq/definitions.sh) brings its users and virtual hosts; without it
# there is guest/guest. PORT is for AMQP, UI_PORT for the management page and its HTTP interface; ports for Erlang and
# for metrics are derived from PORT, so that several nodes run on one machine.
# RIQ_CLUSTER_NODES ("riq5672@localhost riq5673@localhost …") makes it one node of a cluster: RIQ_CLUSTER_EPMD is the port of the Erlang
# port mapper that all of them share, which somebody else runs, and RIQ_CLUSTER_COOKIE their secret.
# start is harmless when it runs; kill ends it as a crash would; status exits with 0 (runs) or 3 (does not).
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=common.sh
. "$here/common.sh"
# shellcheck source=rabbitmq-node.sh
. "$here/rabbitmq-node.sh"

usage() { fail "usage: rabbitmq.sh {start|stop|kill|status} DIR PORT UI_PORT"; }

# The pids of Erlang machines whose command line names this folder.
beams() {
    local file pid
    grep -lF -- "$home/erlang" /proc/[0-9]*/cmdline 2>/dev/null | while read -r file; do
        pid=${file#/proc/}
        pid=${pid%/cmdline}
        if [[ $(readlink -- "/proc/$pid/exe" 2>/dev/null) == */beam* ]] && alive "$pid"; then printf '%s ' "$pid"; fi
    done
}

session_of() {
    local line fields
    { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
    read -ra fields <<<"${line##*) }"
    printf '%s' "${fields[3]}"
}

# The machine, the shell around it and its helpers share a session.
processes() {
    local pid own sessions=" "
    for pid in $(beams); do sessions+="$(session_of "$pid" || true) "; done
    if own=$(cat -- "$home/server.pid" 2>/dev/null) && runs "$own" rabbitmq-server; then sessions+="$own "; fi
    if [ "$sessions" = " " ]; then return; fi
    for pid in /proc/[0-9]*; do
        pid=${pid#/proc/}
        if [[ $sessions == *" $(session_of "$pid" || echo gone) "* ]] && alive "$pid"; then printf '%s ' "$pid"; fi
    done
}

beam() {
    local pid
    pid=$(cat -- "$home/rabbit.pid" 2>/dev/null) || return 1
    runs "$pid" "$home/erlang" && printf '%s' "$pid"
}

ready() {
    # Speaks AMQP, not just listens: the first byte of a broker's answer is the type of a method frame.
    beam >/dev/null || return 1
    [ "$( (exec 3<>"/dev/tcp/127.0.0.1/$port" && printf 'AMQP\0\0\11\1' >&3 && timeout 2 head -c 1 <&3 | od -An -tx1 | tr -d ' \n') 2>/dev/null)" = 01 ] && answers "$ui_port"
}

# shellcheck disable=SC2329  # called through wait_until
ready_or_dead() { ready || ! alive "$(cat -- "$home/server.pid")"; }

write_configuration() {
    write_node_settings "$port" "$ui_port"
    read_node_settings
    {
        cat -- "$here/../rabbitmq/rabbitmq.conf"
        printf 'listeners.tcp.default = 127.0.0.1:%s\nmanagement.tcp.ip = 127.0.0.1\nmanagement.tcp.port = %s\n' "$port" "$ui_port"
        printf 'prometheus.tcp.ip = 127.0.0.1\nprometheus.tcp.port = %s\n' "$RIQ_METRICS_PORT"
        if [ -f "$home/definitions.json" ]; then printf 'load_definitions = %s\n' "$home/definitions.json"; fi
        if [ -n "${RIQ_TLS_DIR:-}" ]; then tls_settings; fi
        if [ -n "${RIQ_CLUSTER_NODES:-}" ]; then cluster_settings; fi
        if [ "$(rabbitmq_major)" -ge 4 ]; then cat -- "$here/../rabbitmq/rabbitmq-4.conf"; fi
    } >"$home/rabbitmq.conf"
    cp -- "$here/../rabbitmq/enabled_plugins" "$home/enabled_plugins"
    mkdir -p -- "$home/data" "$home/log" "$home/erlang"
    if [ -n "${RIQ_TLS_DIR:-}" ]; then install -m 600 -- "$RIQ_TLS_DIR/server.crt" "$RIQ_TLS_DIR/server.key" "$home/"; fi
    if [ -n "${RIQ_CLUSTER_COOKIE:-}" ]; then (umask 077 && rm -f -- "$home/erlang/.erlang.cookie" && printf '%s' "$RIQ_CLUSTER_COOKIE" >"$home/erlang/.erlang.cookie"); fi
    if [ "$(id -un)" != "$user" ]; then chown -R -- "$user" "$home"; fi
}

# A new node joins the first of them that lives. The smaller part of a cluster that is cut in two stops, so that nothing is done in both.
cluster_settings() {
    local node number=0
    printf 'cluster_formation.peer_discovery_backend = classic_config\ncluster_partition_handling = pause_minority\n'
    for node in $RIQ_CLUSTER_NODES; do
        number=$((number + 1))
        printf 'cluster_formation.classic_config.nodes.%s = %s\n' "$number" "$node"
    done
}

# RIQ_TLS_DIR (server.crt, server.key) and RIQ_TLS_PORT: it speaks TLS there, beside PORT.
tls_settings() {
    need_free_port "${RIQ_TLS_PORT:?RIQ_TLS_PORT is missing}" "RabbitMQ with TLS"
    printf 'listeners.ssl.default = 127.0.0.1:%s\n' "$RIQ_TLS_PORT"
    printf 'ssl_options.certfile = %s\nssl_options.keyfile = %s\n' "$home/server.crt" "$home/server.key"
    printf 'ssl_options.verify = verify_none\nssl_options.fail_if_no_peer_cert = false\n'
}

start_epmd() {
    if [ -n "${RIQ_CLUSTER_EPMD:-}" ]; then return; fi
    if answers "$RIQ_EPMD_PORT"; then fail "port $RIQ_EPMD_PORT (Erlang's port mapper, derived from $port) is taken by another program: choose another PORT"; fi
    in_background "$user" "$home/log/epmd.log" env -i PATH="$PATH" epmd -address 127.0.0.1 -port "$RIQ_EPMD_PORT" >"$home/epmd.pid"
    wait_until 15 answers "$RIQ_EPMD_PORT" || { tail_of "$home/log/epmd.log"; fail "epmd did not start on port $RIQ_EPMD_PORT"; }
}

epmd_pid() {
    local pid
    pid=$(cat -- "$home/epmd.pid" 2>/dev/null) || return 1
    runs "$pid" epmd && printf '%s' "$pid"
}

start() {
    if beam >/dev/null; then
        read_node_settings
        [ "$RIQ_NODE_PORT $RIQ_NODE_UI_PORT" = "$port $ui_port" ] || fail "RabbitMQ runs in $dir on ports $RIQ_NODE_PORT and $RIQ_NODE_UI_PORT, not $port and $ui_port: stop it first"
        wait_until 90 ready || fail "RabbitMQ runs in $dir (pid $(beam)) but does not answer on port $port"
        say "RabbitMQ runs already on port $port (pid $(beam))"
        return
    fi
    end_all
    need_free_port "$port" "RabbitMQ"
    need_free_port "$ui_port" "RabbitMQ management"
    write_configuration
    need_free_port "$RIQ_DIST_PORT" "Erlang distribution, derived from $port" "choose another PORT"
    need_free_port "$RIQ_METRICS_PORT" "RabbitMQ metrics, derived from $port" "choose another PORT"
    start_epmd
    rm -f -- "$home/rabbit.pid"
    # Erlang sizes its tables by the limit of open files, which is a billion in some containers.
    if [ "$(ulimit -Sn)" = unlimited ] || [ "$(ulimit -Sn)" -gt 65536 ]; then ulimit -Sn 65536; fi
    in_background "$user" "$home/log/server.log" env "${node_environment[@]}" "$rabbitmq_bin/rabbitmq-server" >"$home/server.pid"
    wait_until 120 ready_or_dead || true
    if ! ready; then
        tail_of "$home/log/server.log"
        end_all
        fail "RabbitMQ did not start on port $port"
    fi
    say "RabbitMQ runs on 127.0.0.1:$port (pid $(beam)), management on http://127.0.0.1:$ui_port"
}

stop() {
    local pid
    if pid=$(beam); then end_processes 60 "$pid"; say "RabbitMQ stopped"; else say "RabbitMQ does not run"; fi
    end_all
}

# Whatever is left of the node, then its port mapper.
end_all() {
    local pids pid
    read -ra pids <<<"$(processes)"
    if pid=$(epmd_pid); then pids+=("$pid"); fi
    if [ "${#pids[@]}" -gt 0 ]; then kill_processes "${pids[@]}"; fi
    rm -f -- "$home/rabbit.pid" "$home/server.pid" "$home/epmd.pid"
}

status() {
    local pid
    if pid=$(beam) && read_node_settings; then say "RabbitMQ runs on 127.0.0.1:$RIQ_NODE_PORT (pid $pid), management on http://127.0.0.1:$RIQ_NODE_UI_PORT"; else say "RabbitMQ does not run"; exit 3; fi
}

[ $# -eq 4 ] || usage
command=$1 port=$3 ui_port=$4
dir=$(absolute "$2")
need_port "$port"
need_port "$ui_port"
user=$(server_user rabbitmq)
if [ "$command" = start ]; then
    if [ ! -x "$rabbitmq_bin/rabbitmq-server" ] || ! id "$user" >/dev/null 2>&1; then fail "RabbitMQ is not installed: run infra/local/install.sh"; fi
    home=$(place "$dir" "$user")
    if [ "$home" != "$dir" ] && [ -f "$dir/definitions.json" ]; then cp -- "$dir/definitions.json" "$home/"; fi
else
    home=$(placed "$dir")
fi
cd /

case $command in
    start) start ;;
    stop) stop ;;
    kill) end_all; say "RabbitMQ killed" ;;
    status) status ;;
    *) usage ;;
esac
