# shellcheck shell=bash disable=SC2154  # variables of riq and settings.sh
# ./riq bench [TARGET…] [--out FOLDER]: the benchmark, on private servers that end with it. ./riq bench micro […]: of single pieces of code, without servers.

riq_bench() {
    local status=0
    if [ "${1:-}" = micro ]; then
        shift
        need_dotnet
        make_home
        build build bench/Riq.MicroBench
        attended dotnet run --no-build -c Release --project "$root/bench/Riq.MicroBench" -- "$@"
        return
    fi
    begin_on_own_servers
    build build bench/Riq.Bench
    attended dotnet run --no-build -c Release --project "$root/bench/Riq.Bench" -- "$@" || status=$?
    end_own_servers
    return "$status"
}
