# shellcheck shell=bash disable=SC2034,SC2154  # variables of riq and settings.sh
# ./riq status and ./riq logs

riq_status() {
    local name text programs running=0 wrong=0
    [ $# -eq 0 ] || fail "usage: ./riq status"
    if ! load_settings; then say "RIQ does not run."; exit 3; fi
    take_settings
    if [ "$postgres_by" = docker ] || [ "$rabbitmq_by" = docker ]; then take_secrets; fi
    mapfile -t programs < <({ wanted_programs; running_programs; } | awk '!seen[$0]++')
    for name in postgres rabbitmq "${programs[@]}"; do
        if text=$(state_of "$name"); then
            [[ $text == yours* ]] || running=$((running + 1))
        else
            wrong=$((wrong + 1))
            [[ $text == "does not run"* ]] || running=$((running + 1))
        fi
        printf '%-10s %s\n' "$name" "$text"
    done
    if [ "$running" = 0 ]; then exit 3; fi
    if [ "$wrong" -gt 0 ]; then exit 1; fi
}

# state_of NAME: a line; false when it is not as it should be.
state_of() {
    local pid code kind dll port health
    if [ "$1" = postgres ] || [ "$1" = rabbitmq ]; then server_status "$1"; return; fi
    program "$1"
    if ! pid=$(pid_of "$1"); then say "does not run"; return 1; fi
    code=$(ready_answer)
    if [ "$code" = 200 ]; then say "is ready on http://127.0.0.1:$port (pid $pid)"; return; fi
    say "runs on http://127.0.0.1:$port (pid $pid) but is not ready: $health answers ${code/000/nothing}"
    return 1
}

riq_logs() {
    local follow=() name="" file found=()
    while [ $# -gt 0 ]; do
        case $1 in
            --follow | -f) follow=(-F) ;;
            -*) fail "unknown argument '$1': ./riq logs [NAME] [--follow]" ;;
            *) name=$1 ;;
        esac
        shift
    done
    for file in "$logs"/*.log "$(placed "$RIQ_HOME/postgres")/postgres.log" "$(placed "$RIQ_HOME/rabbitmq")/log/server.log"; do
        if [ -s "$file" ] && [[ -z $name || $(log_name "$file") =~ ^"$name"(-[0-9]+)?$ ]]; then found+=("$file"); fi
    done
    [ "${#found[@]}" -gt 0 ] || fail "there is no log${name:+ of $name} in $logs"
    exec tail -n 50 "${follow[@]}" -- "${found[@]}"
}

log_name() { if [[ $1 == */log/server.log ]]; then echo rabbitmq; else basename -- "$1" .log; fi; }
