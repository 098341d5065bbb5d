#!/usr/bin/env bash
# Makes or updates RIQ's database and roles; to be run as a superuser (psql takes PGHOST, PGPORT, PGUSER, PGPASSWORD).
#   riq_owner   owns the database and every table: for migrations and ./riq keys   RIQ_OWNER_PASSWORD
#   riq_api     what the API processes do, table by table                          RIQ_API_DB_PASSWORD
#   riq_worker  what the workers do                                                RIQ_WORKER_DB_PASSWORD
# Neither of the last two can create, alter, drop or truncate. Run the migration afterwards: it grants them their rights.
#   RIQ_DATABASE is the database's name (riq)
set -euo pipefail
: "${RIQ_OWNER_PASSWORD:?RIQ_OWNER_PASSWORD is missing}" "${RIQ_API_DB_PASSWORD:?RIQ_API_DB_PASSWORD is missing}" "${RIQ_WORKER_DB_PASSWORD:?RIQ_WORKER_DB_PASSWORD is missing}"
export RIQ_OWNER_PASSWORD RIQ_API_DB_PASSWORD RIQ_WORKER_DB_PASSWORD RIQ_DATABASE="${RIQ_DATABASE:-riq}"

folder=$(dirname -- "${BASH_SOURCE[0]}")
psql -v ON_ERROR_STOP=1 -qX -d postgres -f "$folder/roles.sql"
psql -v ON_ERROR_STOP=1 -qX -d "$RIQ_DATABASE" -f "$folder/rights.sql"
