#!/usr/bin/env bash
# Makes or updates RIQ's database and roles; to be run as a superuser (psql takes PGHOST, PGPORT, PGUSER, PGPASSWORD).
#   riq_owner owns the database and every table: for migrations only           RIQ_OWNER_PASSWORD
#   riq_app   reads and writes rows, and can neither create nor alter nor drop   RIQ_APP_PASSWORD
#   RIQ_DATABASE is the database's name (riq)
set -euo pipefail
: "${RIQ_OWNER_PASSWORD:?RIQ_OWNER_PASSWORD is missing}" "${RIQ_APP_PASSWORD:?RIQ_APP_PASSWORD is missing}"
export RIQ_OWNER_PASSWORD RIQ_APP_PASSWORD RIQ_DATABASE="${RIQ_DATABASE:-riq}"

folder=$(dirname -- "${BASH_SOURCE[0]}")
psql -v ON_ERROR_STOP=1 -qX -d postgres -f "$folder/roles.sql"
psql -v ON_ERROR_STOP=1 -qX -d "$RIQ_DATABASE" -f "$folder/rights.sql"
