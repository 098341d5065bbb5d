#!/usr/bin/env bash
# Makes .env for docker-compose.yml from infra/.env.example, with fresh passwords: make-env.sh [FILE]
# The API key itself is in a comment there: RIQ knows only its hash.
set -euo pipefail
umask 077
folder=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
file=${1:-$folder/../../.env}
secret() { od -An -tx1 -N24 /dev/urandom | tr -d ' \n'; }

if [ -e "$file" ]; then
    printf 'error: %s is there already; move it away first if you want another\n' "$file" >&2
    exit 1
fi
key=riq_$(secret)
while IFS= read -r line; do
    case $line in
        *PASSWORD=) printf '%s%s\n' "$line" "$(secret)" ;;
        RIQ_CALLBACK_SECRET=) printf '%swhsec_%s\n' "$line" "$(head -c 32 /dev/urandom | base64)" ;;
        RIQ_API_KEY_SHA256=) printf '# API key: %s\n%s%s\n' "$key" "$line" "$(printf '%s' "$key" | sha256sum | cut -c1-64)" ;;
        *) printf '%s\n' "$line" ;;
    esac
done <"$folder/../.env.example" >"$file"
printf 'Made %s. Clients send the API key that stands in it.\n' "$file"
