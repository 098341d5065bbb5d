# shellcheck shell=bash disable=SC2154  # variables of infra/riq/scale.sh
# The same load with one node of RabbitMQ and with three. Sourced by riq.

many=5000

try_cluster() {
    local n cluster
    with_rabbitmq "one node, classic queues" "$(new_vhost classic)" false "$own/rabbitmq"
    with_rabbitmq "one node, quorum queues" "$(new_vhost quorum)" true "$own/rabbitmq"
    "$root/infra/local/rabbitmq.sh" stop "$own/rabbitmq" "$own_rabbitmq" "$own_ui" >/dev/null
    start_cluster
    with_rabbitmq "three nodes, quorum queues" "amqp://guest:guest@$cluster/" true "$own"/node-{1,2,3}
    for n in 1 2 3; do "$root/infra/local/rabbitmq.sh" kill "$own/node-$n" 1024 1025 >/dev/null; done
    end_processes 5 "$(cat -- "$own/mapper/epmd.pid")"
}

# Sets cluster: its addresses. Erlang's port mapper is found and ended by its pid file, as every node's own.
start_cluster() {
    local n names="" port ports=()
    while [ "${#ports[@]}" -lt 7 ]; do
        port=$(free_port)
        if [[ " ${ports[*]} " != *" $port "* ]]; then ports+=("$port"); fi
    done
    mkdir -- "$own/mapper"
    in_background "$(id -un)" "$own/mapper/log" epmd -address 127.0.0.1 -port "${ports[0]}" >"$own/mapper/epmd.pid"
    for n in 1 2 3; do names+="riq${ports[n]}@localhost "; done
    for n in 1 2 3; do
        RIQ_CLUSTER_NODES=${names% } RIQ_CLUSTER_EPMD=${ports[0]} RIQ_CLUSTER_COOKIE=riqscale "$root/infra/local/rabbitmq.sh" start "$own/node-$n" "${ports[n]}" "${ports[n + 3]}" 7>&- >/dev/null
    done
    cluster="127.0.0.1:${ports[1]},127.0.0.1:${ports[2]},127.0.0.1:${ports[3]}"
}

cpu_of_nodes() {
    local node pids=()
    for node in "$@"; do pids+=("$(cat -- "$(placed "$node")/rabbit.pid")"); done
    cpu "${pids[@]}"
}

# with_rabbitmq WHAT ADDRESS QUORUM FOLDER_OF_A_NODE…
with_rabbitmq() {
    local what=$1 address=$2 quorum=$3 idle before after began from
    shift 3
    new_database scale
    start_riq scale "$address" "Riq__QuorumQueues=$quorum"
    before=$(cpu_of_nodes "$@")
    sleep 4
    idle=$(ratio $(($(cpu_of_nodes "$@") - before)) 4 0)
    before=$(cpu_of_nodes "$@")
    every_tenth "$seconds" submit_and_wait >"$own/steady"
    after=$(cpu_of_nodes "$@")
    say "  $what, $rate/s: submit to completed, ms: $(percentiles_of "$own/steady"); RabbitMQ idle $idle ms of CPU a second, $(ratio $((after - before - idle * seconds)) $((rate * seconds))) ms for a request"
    from=$(sql scale "select now()")
    before=$(cpu_of_nodes "$@") began=$(milliseconds)
    burst "$many"
    after=$(milliseconds)
    all_completed scale 120
    say "  $what, $many at once: accepted $(ratio $((many * 1000)) $((after - began)) 0)/s, completed $(sql scale "select round(count(*) / extract(epoch from max(completed_at) - min(created_at))) from queue_requests where created_at > '$from'")/s, RabbitMQ $(ratio $(($(cpu_of_nodes "$@") - before)) "$many") ms of CPU for a request"
    stop_riq
}
