# shellcheck shell=bash disable=SC2154  # variables of riq and settings.sh
# ./riq bench [TARGET…] [--out FOLDER]: the benchmark, on private servers that end with it. ./riq bench micro […]: of single pieces of code, without servers.

riq_bench() {
    local status=0
    need_dotnet
    make_home
    if [ "${1:-}" = micro ]; then
        shift
        build build bench/Riq.MicroBench
        attended dotnet run --no-build -c Release --project "$root/bench/Riq.MicroBench" -- "$@"
        return
    fi
    understood bench/Riq.Bench "$@"
    begin_on_own_servers
    attended dotnet run --no-build -c Release --project "$root/bench/Riq.Bench" -- "$@" || status=$?
    end_own_servers
    return "$status"
}

# understood PROJECT ARGUMENTS…: builds a program, and ends here when it does not take these: before servers are started for it.
understood() {
    local project=$1 status=0
    shift
    build build "$project"
    dotnet run --no-build -c Release --project "$root/$project" -- "$@" --check || status=$?
    if [ "$status" != 0 ]; then exit "$status"; fi
}
