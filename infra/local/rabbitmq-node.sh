# shellcheck shell=bash disable=SC2034,SC2154  # the scripts that source this give $home and use the rest
# The environment of a private RabbitMQ node, for its server and for rabbitmqctl. Sourced; $home is the node's folder.

rabbitmq_bin=/usr/lib/rabbitmq/bin

rabbitmq_major() {
    local server
    for server in /usr/lib/rabbitmq/lib/rabbitmq_server-*; do server=${server##*-}; done
    printf '%s' "${server%%.*}"
}

write_node_settings() {
    cat >"$home/node.env" <<-SETTINGS
		RIQ_NODE_PORT=$1
		RIQ_NODE_UI_PORT=$2
		RIQ_DIST_PORT=$(derived_port "$1" 20000)
		RIQ_EPMD_PORT=${RIQ_CLUSTER_EPMD:-$(derived_port "$1" 15000)}
		RIQ_METRICS_PORT=$(derived_port "$1" 17500)
	SETTINGS
}

# Sets node_environment. Erlang listens on loopback only: its own default is every address.
read_node_settings() {
    [ -f "$home/node.env" ] || fail "no RabbitMQ was ever started in $home"
    # shellcheck disable=SC1091
    . "$home/node.env"
    node_environment=(
        -i
        PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        LANG=C.UTF-8
        HOME="$home/erlang"   # its place on the command line also tells the processes of this node from others
        ERL_EPMD_ADDRESS=127.0.0.1
        ERL_EPMD_PORT="$RIQ_EPMD_PORT"
        RABBITMQ_NODENAME="riq$RIQ_NODE_PORT@localhost"
        RABBITMQ_NODE_IP_ADDRESS=127.0.0.1
        RABBITMQ_NODE_PORT="$RIQ_NODE_PORT"
        RABBITMQ_DIST_PORT="$RIQ_DIST_PORT"
        RABBITMQ_MNESIA_BASE="$home/data"
        RABBITMQ_LOG_BASE="$home/log"
        RABBITMQ_PID_FILE="$home/rabbit.pid"
        RABBITMQ_CONF_ENV_FILE=/dev/null
        RABBITMQ_CONFIG_FILE="$home/rabbitmq"
        RABBITMQ_ADVANCED_CONFIG_FILE="$home/advanced"
        RABBITMQ_ENABLED_PLUGINS_FILE="$home/enabled_plugins"
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"
        RABBITMQ_CTL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false"
    )
}
