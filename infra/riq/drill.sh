# shellcheck shell=bash disable=SC2154  # variables of riq and settings.sh
# ./riq drill [rolling | postgres …]: restarts and crashes under load, on private servers that end with it.

riq_drill() {
    local status=0
    begin_on_own_servers
    build build tests/Riq.Drills
    attended dotnet run --no-build -c Release --project "$root/tests/Riq.Drills" -- "$@" || status=$?
    end_own_servers
    return "$status"
}
