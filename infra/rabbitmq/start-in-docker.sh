#!/usr/bin/env bash
# Entry point of the rabbitmq container: adds what depends on the environment, then starts as the image would.
set -euo pipefail
bash /riq/definitions.sh >/etc/rabbitmq/riq-definitions.json
chmod 644 /etc/rabbitmq/riq-definitions.json
{
    cat /riq/rabbitmq.conf /riq/rabbitmq-4.conf
    printf 'load_definitions = /etc/rabbitmq/riq-definitions.json\n'
} >/etc/rabbitmq/rabbitmq.conf
cp /riq/enabled_plugins /etc/rabbitmq/enabled_plugins
exec docker-entrypoint.sh rabbitmq-server
