# shellcheck shell=bash disable=SC2154  # variables of riq and settings.sh
# ./riq down

riq_down() {
    local wipe=no
    case ${1:-} in
        "") ;;
        --wipe) wipe=yes ;;
        *) fail "unknown argument '$1': ./riq down [--wipe]" ;;
    esac
    if [ ! -d "$RIQ_HOME" ]; then say "RIQ does not run."; return; fi
    lock_home
    if load_settings; then
        take_settings
        take_secrets
        stop_everything
    else
        say "RIQ does not run."
    fi
    if [ "$wipe" = yes ]; then delete_data; fi
    unlock_home
}

stop_everything() {
    local programs name others=() left
    mapfile -t programs < <(running_programs)
    # The simulator last: workers finish the calls they have begun.
    for name in "${programs[@]}"; do if [ "$name" != simulator ]; then others+=("$name"); fi; done
    stop_programs "${others[@]}"
    stop_programs simulator
    if [ "${#programs[@]}" -gt 0 ]; then say "Stopped ${programs[*]}"; fi
    mapfile -t left < <(processes_of "$RIQ_HOME/bin/")   # their pid files were lost
    if [ "${#left[@]}" -gt 0 ]; then end_processes 45 "${left[@]}"; fi
    rm -f -- "$run"/*.pid
    stop_servers
}

# By name: RIQ_HOME may have been set to a folder that holds other things too.
delete_data() {
    local folder
    if [ "${postgres_by:-}" = docker ] || [ "${rabbitmq_by:-}" = docker ]; then docker_compose down -v; fi
    for folder in postgres rabbitmq; do
        if [ -L "$RIQ_HOME/$folder/elsewhere" ]; then rm -rf -- "$(placed "$RIQ_HOME/$folder")"; fi
        rm -rf -- "${RIQ_HOME:?}/$folder"
    done
    rm -rf -- "$run" "$logs" "$RIQ_HOME/secrets.env"
    say "All data of $RIQ_HOME is deleted."
}
