# shellcheck shell=bash disable=SC2154  # variables of riq and settings.sh
# ./riq bench [ARGUMENTS…]: the benchmark, on private servers that end with it.

riq_bench() {
    local status=0
    begin_on_own_servers
    build build bench/Riq.Bench
    attended dotnet run --no-build -c Release --project "$root/bench/Riq.Bench" -- "$@" || status=$?
    end_own_servers
    return "$status"
}
