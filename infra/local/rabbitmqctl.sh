#!/usr/bin/env bash
# rabbitmqctl for a private node: rabbitmqctl.sh DIR ARGUMENTS…   e.g. rabbitmqctl.sh .riq/rabbitmq list_queues -p riq
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=common.sh
. "$here/common.sh"
# shellcheck source=rabbitmq-node.sh
. "$here/rabbitmq-node.sh"

[ $# -ge 2 ] || fail "usage: rabbitmqctl.sh DIR ARGUMENTS…"
home=$(placed "$(absolute "$1")")
shift
read_node_settings
cd /
as_user "$(server_user rabbitmq)" env "${node_environment[@]}" "$rabbitmq_bin/rabbitmqctl" "$@"
