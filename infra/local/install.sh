#!/usr/bin/env bash
# Installs what RIQ needs from Debian or Ubuntu and is not there yet, and says what: install.sh [--tests] [--quiet]
# Without it: Postgres, RabbitMQ, curl. With --tests also what only tests need: chromium, Node.js with npm, ss, Prometheus.
# With --quiet it is silent when nothing is missing. The packages' own system-wide servers stay off: RIQ starts private ones.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

has() { command -v "$1" >/dev/null 2>&1; }

has_postgres() {
    local bin version
    for bin in /usr/lib/postgresql/*/bin/initdb; do
        version=${bin#/usr/lib/postgresql/}
        version=${version%%/*}
        if [ -x "$bin" ] && [[ $version =~ ^[0-9]+$ ]] && [ "$version" -ge 15 ]; then return 0; fi
    done
    return 1
}

missing() {
    has_postgres || echo postgresql
    [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || echo rabbitmq-server
    has curl || echo curl
    has setpriv || echo util-linux
    if [ "$1" != tests ]; then return; fi
    has chromium || has chromium-browser || has google-chrome || echo chromium
    has node || has nodejs || echo nodejs
    # Node.js from elsewhere brings its own npm, with which Debian's conflicts.
    has npm || { if has node; then warn "node is here without npm: install the npm that belongs to it"; else echo npm; fi; }
    has ss || echo iproute2
    { has prometheus && has promtool; } || echo prometheus
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; return; fi
    has sudo || fail "these packages are missing: ${packages[*]}. Ask an administrator to run: apt-get install ${packages[*]}"
    sudo "$@"
}

# A policy that forbids starting services while packages are set up; what was there before comes back afterwards.
policy=/usr/sbin/policy-rc.d
forbid_services() {
    if [ -e "$policy" ]; then return; fi
    trap allow_services EXIT
    # shellcheck disable=SC2016  # expanded by the inner shell
    as_root sh -c 'printf "#!/bin/sh\nexit 101\n" >"$1" && chmod 755 "$1"' sh "$policy"
}
allow_services() { as_root rm -f "$policy"; }

# Packages enable their services for the next boot.
disable_services() {
    local package
    if [ ! -d /run/systemd/system ]; then return; fi
    for package in postgresql rabbitmq-server prometheus; do
        if [[ " ${packages[*]} " == *" $package "* ]]; then
            as_root systemctl disable "$package" >/dev/null 2>&1 || warn "could not switch off the system's own $package service"
        fi
    done
}

what=servers quiet=no
for argument in "$@"; do
    case $argument in
        --tests) what=tests ;;
        --quiet) quiet=yes ;;
        *) fail "usage: install.sh [--tests] [--quiet]" ;;
    esac
done
mapfile -t packages < <(missing "$what")
if [ "${#packages[@]}" = 0 ]; then
    if [ "$quiet" = no ]; then say "Everything that RIQ needs is installed."; fi
    exit 0
fi
has apt-get || fail "these are missing, and this is no Debian or Ubuntu where they could be installed: ${packages[*]}"

say "Installing with apt-get: ${packages[*]}"
export DEBIAN_FRONTEND=noninteractive
as_root apt-get update -q >/dev/null || warn "apt-get update failed; trying with the package lists that are here"
forbid_services
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${packages[@]}" || fail "apt-get could not install: ${packages[*]}"
disable_services
mapfile -t packages < <(missing "$what")
[ "${#packages[@]}" = 0 ] || fail "still missing after the installation: ${packages[*]}"
say "Installed."
