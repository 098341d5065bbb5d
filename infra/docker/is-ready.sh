#!/usr/bin/env bash
# Whether the program in this container is ready: is-ready [PATH]. The image has no curl.
set -eu
exec 3<>/dev/tcp/127.0.0.1/8080
printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "${1:-/health/ready}" >&3
read -r _ status _ <&3
[ "$status" = 200 ]
