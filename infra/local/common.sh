# shellcheck shell=bash
# What the scripts of this folder share. Sourced, never run.

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# --- users ---------------------------------------------------------------------------------------------------------

# The user that a server runs as: its own when we are root (servers must not be root), else the present one.
server_user() { if [ "$(id -u)" = 0 ]; then printf '%s' "$1"; else id -un; fi; }

# as_user USER COMMAND…: replaces itself by the command, so that a pid taken of it is the command's pid.
# Inherited descriptors (locks, a caller's pipes) are closed: a server that lives on must not hold them.
as_user() {
    local user=$1 fd
    shift
    for fd in /proc/self/fd/*; do
        fd=${fd##*/}
        if [ "$fd" -gt 2 ] && [ "$fd" -lt 255 ]; then eval "exec $fd>&-" 2>/dev/null || true; fi
    done
    if [ "$(id -un)" = "$user" ]; then exec "$@"; fi
    exec setpriv --reuid "$user" --regid "$(id -gn "$user")" --init-groups -- "$@"
}

run_as() { (as_user "$@"); }

# in_background USER LOG COMMAND…: starts a daemon in a session of its own and prints its pid.
in_background() {
    local user=$1 log=$2 pid
    shift 2
    # shellcheck disable=SC2016  # expanded by the inner shell
    pid=$( (as_user "$user" setsid --fork bash -c 'echo $$; log=$1; shift; exec "$@" </dev/null >>"$log" 2>&1' daemon "$log" "$@") )
    printf '%s' "$pid"
}

# --- folders -------------------------------------------------------------------------------------------------------

# absolute DIR: without links resolved, and for a folder that may not be there yet.
absolute() { realpath -ms -- "$1"; }

# place DIR USER: prints the folder that holds a server's files, made and owned by USER. That is DIR, unless USER can't
# get there (a clone below /root): then a folder of $RIQ_ELSEWHERE (/var/lib/riq), to which DIR/elsewhere points.
place() {
    local dir=$1 user=$2 real
    mkdir -p -- "$dir"
    if [ -L "$dir/elsewhere" ]; then readlink -- "$dir/elsewhere"; return; fi
    if [ "$(id -un)" != "$user" ]; then
        chown -- "$user" "$dir"
        if ! run_as "$user" test -w "$dir" -a -x "$dir"; then
            real="${RIQ_ELSEWHERE:-/var/lib/riq}/$(basename -- "$dir")-$(printf '%s' "$dir" | sha256sum | cut -c1-12)"
            mkdir -p -- "$real"
            chown -- "$user" "$real"
            ln -s -- "$real" "$dir/elsewhere"
            warn "user $user can't enter $dir: its files are kept in $real"
            dir=$real
        fi
    fi
    chmod 700 -- "$dir"
    printf '%s' "$dir"
}

# placed DIR: the same for a folder that place has made.
placed() { if [ -L "$1/elsewhere" ]; then readlink -- "$1/elsewhere"; else printf '%s' "$1"; fi; }

# --- processes -----------------------------------------------------------------------------------------------------

# A zombie is dead: in a container nobody may ever reap it.
alive() {
    local state
    state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) || return 1
    [ -n "$state" ] && [ "$state" != Z ] && [ "$state" != X ]
}

# runs PID TEXT: whether PID lives and its command line contains TEXT; a pid may have been given to somebody else.
runs() { alive "$1" && tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | grep -qF -- "$2"; }

# wait_until SECONDS COMMAND…: asks ten times a second; false when the time is over.
wait_until() {
    local left=$(($1 * 10))
    shift
    until "$@"; do
        left=$((left - 1))
        if [ "$left" -le 0 ]; then return 1; fi
        sleep 0.1
    done
}

none_alive() {
    local pid
    for pid in "$@"; do if alive "$pid"; then return 1; fi; done
}

# end_processes SECONDS PID…: asks them to stop, and makes them after the time given.
end_processes() {
    local limit=$1 pid
    shift
    for pid in "$@"; do kill -TERM "$pid" 2>/dev/null || true; done
    wait_until "$limit" none_alive "$@" || kill_processes "$@"
}

kill_processes() {
    local pid
    for pid in "$@"; do kill -KILL "$pid" 2>/dev/null || true; done
    wait_until 30 none_alive "$@" || fail "these processes do not end: $*"
}

# --- ports ---------------------------------------------------------------------------------------------------------

valid_port() { [[ $1 =~ ^[1-9][0-9]{0,4}$ ]] && [ "$1" -ge 1024 ] && [ "$1" -le 65535 ]; }

need_port() { valid_port "$1" || fail "'$1' is not a port: give a number from 1024 to 65535${2:+ ($2)}"; }

# Whether something accepts connections on the loopback port.
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# derived_port PORT DISTANCE: another port for the same server; wraps around within 1024–65535.
derived_port() { printf '%s' $((1024 + ($1 - 1024 + $2) % 64512)); }

need_free_port() {
    if answers "$1"; then fail "port $1 ($2) is taken by another program${3:+; $3}"; fi
}

# tail_of FILE [LINES]: the end of a log, for an error message; without stack frames, which hide what happened.
tail_of() {
    warn "  the end of $1:"
    { grep -aEv '^ +at ' -- "$1" 2>/dev/null || true; } | tail -n "${2:-25}" | cut -c1-400 | sed 's/^/  | /' >&2
}
