#!/usr/bin/env bash
# Run by the postgres image when it makes a new data folder.
set -euo pipefail
bash /riq/roles.sh
