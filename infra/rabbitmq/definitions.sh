#!/usr/bin/env bash
# Prints RabbitMQ's definitions for RIQ: definitions.json.template with hashed passwords filled in from the environment.
#   RIQ_RABBITMQ_API_PASSWORD        user riq-api, for the API processes
#   RIQ_RABBITMQ_WORKER_PASSWORD     user riq-worker, for the workers
#   RIQ_RABBITMQ_OPERATOR_PASSWORD   user operator, for people on the management page
set -euo pipefail

# The bytes that hexadecimal digits stand for.
bytes() {
    local hex=$1 at
    for ((at = 0; at < ${#hex}; at += 2)); do printf '%b' "\\x${hex:at:2}"; done
}

# RabbitMQ's format: base64 of a 4-byte salt and the SHA-256 of salt and password.
hash_of() {
    local salt digest
    salt=$(od -An -tx1 -N4 /dev/urandom | tr -d ' \n')
    digest=$({ bytes "$salt"; printf '%s' "$1"; } | sha256sum | cut -c1-64)
    bytes "$salt$digest" | base64 -w 0
}

api=$(hash_of "${RIQ_RABBITMQ_API_PASSWORD:?RIQ_RABBITMQ_API_PASSWORD is missing}")
worker=$(hash_of "${RIQ_RABBITMQ_WORKER_PASSWORD:?RIQ_RABBITMQ_WORKER_PASSWORD is missing}")
operator=$(hash_of "${RIQ_RABBITMQ_OPERATOR_PASSWORD:?RIQ_RABBITMQ_OPERATOR_PASSWORD is missing}")
template=$(<"$(dirname -- "${BASH_SOURCE[0]}")/definitions.json.template")
template=${template//'{{riq-api}}'/"$api"}
template=${template//'{{riq-worker}}'/"$worker"}
printf '%s\n' "${template//'{{operator}}'/"$operator"}"
