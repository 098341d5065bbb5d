# shellcheck shell=bash disable=SC2154  # variables of riq and settings.sh
# ./riq test: every test, on private servers that end with it.

riq_test() {
    local long=no
    case ${1:-} in
        "") ;;
        --long) long=yes ;;
        *) fail "unknown argument '$1': ./riq test [--long]" ;;
    esac
    begin_on_own_servers
    if [ "$long" = yes ]; then export RIQ_TEST_LONG=1; else unset RIQ_TEST_LONG; fi
    passed=0 failed=0
    test_projects
    test_scripts
    test_packages
    end_own_servers
    say "$passed passed, $failed failed"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

# Starts Postgres and RabbitMQ for this command alone, publishes the programs, and tells tests where to find them.
begin_on_own_servers() {
    need_dotnet
    make_home
    exec 7>"$RIQ_HOME/test.lock"
    flock -n 7 || fail "another ./riq test or bench runs in $RIQ_HOME: wait for it, or give this one another folder with RIQ_HOME"
    make_own_folder
    trap 'end_own_servers' EXIT
    trap 'exit 130' INT TERM HUP
    "$root/infra/local/install.sh" --tests --quiet || fail "could not install what the tests need"
    publish test-bin
    retry start_own_postgres
    retry start_own_rabbitmq
    export RIQ_TEST_POSTGRES="Host=127.0.0.1;Port=$own_postgres;Database=postgres;Username=postgres"
    export RIQ_TEST_RABBITMQ="amqp://guest:guest@127.0.0.1:$own_rabbitmq" RIQ_TEST_RABBITMQ_UI="http://guest:guest@127.0.0.1:$own_ui"
    export RIQ_TEST_BIN=$RIQ_HOME/test-bin RIQ_TEST_INFRA=$root/infra/local
}

# One folder for everything of this run, where the servers' users can get to: also those servers that tests start themselves.
make_own_folder() {
    local parent=$RIQ_HOME
    if [ "$(id -u)" = 0 ] && ! run_as nobody test -x "$RIQ_HOME"; then parent=/var/lib/riq; mkdir -p -- "$parent"; fi
    own=$(mktemp -d -- "$parent/test-XXXXXX")
    mkdir -- "$own/tmp" "$own/elsewhere"
    chmod 755 -- "$own" "$own/elsewhere"
    chmod 1777 -- "$own/tmp"
    export TMPDIR=$own/tmp RIQ_ELSEWHERE=$own/elsewhere
}

# Another program may take a port between choosing and using it.
retry() { "$@" || "$@" || "$@" || fail "could not start a server for the tests"; }

start_own_postgres() {
    own_postgres=$(free_port)
    (unset RIQ_POSTGRES_PASSWORD; "$root/infra/local/postgres.sh" start "$own/postgres" "$own_postgres" 7>&-)
}

start_own_rabbitmq() {
    own_rabbitmq=$(free_port)
    own_ui=$(free_port)
    "$root/infra/local/rabbitmq.sh" start "$own/rabbitmq" "$own_rabbitmq" "$own_ui" 7>&-
}

# Below the range from which the system gives ports to outgoing connections; so are those that RabbitMQ derives from it.
free_port() {
    local port
    while :; do
        port=$((10000 + (RANDOM * 32768 + RANDOM) % 2500))
        if ! answers "$port" && ! answers $((port + 15000)) && ! answers $((port + 17500)) && ! answers $((port + 20000)); then printf '%s' "$port"; return; fi
    done
}

# attended COMMAND…: in a session of its own, so that a signal to us ends it, and all that it has started, at once.
attended() {
    local status=0
    setsid "$@" 7>&- &
    attended_pid=$!
    wait "$attended_pid" || status=$?
    attended_pid=""
    return "$status"
}

# In a moment nothing of this run is left, whatever its end.
end_own_servers() {
    local left
    if [ -z "${own:-}" ]; then return; fi
    trap '' INT TERM HUP
    if [ -n "${attended_pid:-}" ]; then
        kill -KILL -- "-$attended_pid" 2>/dev/null || true
        wait "$attended_pid" 2>/dev/null || true
    fi
    mapfile -t left < <(processes_of "$RIQ_HOME/test-bin/")
    if [ "${#left[@]}" -gt 0 ]; then warn "ending processes that tests left behind: ${left[*]}"; kill_processes "${left[@]}"; fi
    "$root/infra/local/rabbitmq.sh" stop "$own/rabbitmq" "${own_rabbitmq:-1024}" "${own_ui:-1025}" >/dev/null || true
    "$root/infra/local/postgres.sh" stop "$own/postgres" "${own_postgres:-1024}" >/dev/null || true
    mapfile -t left < <(servers_below "$own/")
    if [ "${#left[@]}" -gt 0 ]; then warn "ending servers that tests left behind: ${left[*]}"; kill_processes "${left[@]}"; fi
    rm -rf -- "$own"
    own=""
}

# Postgres and Erlang name their folder on the command line, Erlang's port mapper does not.
servers_below() {
    local file pid
    { grep -lF -- "$1" /proc/[0-9]*/cmdline 2>/dev/null || true; } | while read -r file; do
        pid=${file#/proc/}
        pid=${pid%/cmdline}
        if [[ $(readlink -- "/proc/$pid/exe" 2>/dev/null) =~ /(postgres|beam[^/]*)$ ]] && alive "$pid"; then echo "$pid"; fi
    done
    find "$1" -name epmd.pid 2>/dev/null | while read -r file; do
        pid=$(cat -- "$file")
        if runs "$pid" epmd; then echo "$pid"; fi
    done
}

test_projects() {
    local project name ok bad results=$RIQ_HOME/test-results
    rm -rf -- "$results"
    mkdir -p -- "$results"
    for project in "$root"/tests/*Tests/*.csproj; do
        name=$(basename -- "$project" .csproj)
        say "--- $name"
        # In a shell of its own: tests that can't be built are a failure, and the others run all the same.
        if ! (build build "tests/$name"); then failed=$((failed + 1)); continue; fi
        run_project "$project" "$name" "$results" || true
        count_results "$results/$name" || true
        run_again "$project" "$name" "$results"
        passed=$((passed + ok)) failed=$((failed + bad))
    done
}

# A few tests that failed while others kept the machine busy get one more run without them, and are named: such a test, or what it tests, has a race.
run_again() {
    local first=$2 again="$2.again" was_ok=$ok was_bad=$bad
    mapfile -t unsteady < <(failed_tests "$3/$first.trx")
    if [ "${#unsteady[@]}" = 0 ] || [ "${#unsteady[@]}" -gt 5 ]; then return; fi
    say "--- $2, once more, by themselves: ${unsteady[*]}"
    if run_project "$1" "$again" "$3" --filter "$(IFS='|'; echo "${unsteady[*]/#/FullyQualifiedName=}")" && count_results "$3/$again"; then
        ok=$((was_ok + was_bad)) bad=0
        warn "passed only by themselves: ${unsteady[*]}"
    else
        ok=$was_ok bad=$was_bad
    fi
}

# The names, without the arguments of theories, of the tests that a file of results says have failed.
failed_tests() {
    { grep -o '<UnitTestResult [^>]*outcome="Failed"' -- "$1" 2>/dev/null || true; } | sed -E 's/.* testName="([^"(]+).*/\1/' | sort -u
}

# A test that hangs ends after a while instead of holding up everything for ever.
run_project() {
    local hang=10m status=0
    if [ -n "${RIQ_TEST_LONG:-}" ]; then hang=90m; fi
    attended dotnet test "$1" -c Release --no-build --results-directory "$3" --logger "trx;LogFileName=$2.trx" --logger "console;verbosity=minimal" \
        --blame-hang --blame-hang-timeout "$hang" --blame-hang-dump-type none "${@:4}" || status=$?
    printf '%s\n' "$status" >"$3/$2.exit"
    return "$status"
}

# Sets ok and bad to a run's counts; one that failed without naming a failed test counts as one failure.
count_results() {
    local counters status word
    ok=0 bad=0
    status=$(cat -- "$1.exit")
    if counters=$(grep -o '<Counters [^>]*>' -- "$1.trx" 2>/dev/null | head -n 1); then
        ok=$(counter passed "$counters")
        for word in failed error timeout aborted; do bad=$((bad + $(counter "$word" "$counters"))); done
    fi
    if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; say "$(basename -- "$1") ended with exit code $status"; fi
    [ "$ok" -gt 0 ] && [ "$bad" = 0 ]
}

counter() { if [[ $2 =~ [[:space:]]$1=\"([0-9]+)\" ]]; then echo "${BASH_REMATCH[1]}"; else echo 0; fi; }

# Counts only where something is known about vulnerabilities.
test_packages() {
    local output=$RIQ_HOME/test-results/packages.log
    say "--- packages"
    # shellcheck disable=SC2016  # expanded by the inner shell
    if attended bash -c '"$1" 2>&1 | tee -- "$2"; exit "${PIPESTATUS[0]}"' sh "$root/infra/riq/audit.sh" "$output"; then
        if ! grep -q 'NOT DONE' -- "$output"; then passed=$((passed + 1)); fi
    else
        failed=$((failed + 1))
    fi
}

test_scripts() {
    local output=$RIQ_HOME/test-results/scripts.log last
    say "--- scripts"
    # shellcheck disable=SC2016  # expanded by the inner shell
    attended bash -c '"$1" 2>&1 | tee -- "$2" | grep -vE "^[0-9]+ passed, [0-9]+ failed$"' sh "$root/infra/tests/scripts.sh" "$output" || true
    last=$(tail -n 1 -- "$output")
    if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
    else
        failed=$((failed + 1))
        say "the script tests did not come to their end"
    fi
}
