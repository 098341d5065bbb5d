# shellcheck shell=bash disable=SC2154  # variables of riq and settings.sh
# ./riq drill [rolling | postgres | failover | rabbitmq | versions]… [--rate PER_SECOND] [--from TAG_OR_COMMIT]: restarts, crashes and upgrades under load, on private
# servers that end with it. versions runs this version beside a former one, the last release unless --from says another.

riq_drill() {
    local status=0 from="" arguments=()
    while [ $# -gt 0 ]; do
        case $1 in
            --from) from=${2:?--from wants a tag or a commit}; shift 2 ;;
            *) arguments+=("$1"); shift ;;
        esac
    done
    if [[ " ${arguments[*]} " == *" versions "* ]] && [ -z "$from" ]; then
        from=$(git -C "$root" describe --tags --abbrev=0 2>/dev/null) || fail "there is no release to upgrade from: give a commit with --from"
    fi
    need_dotnet
    make_home
    understood tests/Riq.Drills "${arguments[@]}"
    begin_on_own_servers
    if [ -n "$from" ]; then build_former "$from"; fi
    attended dotnet run --no-build -c Release --project "$root/tests/Riq.Drills" -- "${arguments[@]}" || status=$?
    end_own_servers
    return "$status"
}

# build_former TAG_OR_COMMIT: the programs of that version, built from its own sources.
build_former() {
    local kind
    say "Building $1 …"
    mkdir -p -- "$own/former"
    git -C "$root" archive "$1" | tar -x -C "$own/former" || fail "there is no version $1 here"
    for kind in api consumers; do
        (cd -- "$own/former" && dotnet publish "src/${projects[$kind]}" -c Release -v quiet -o "$own/former-bin/$kind" >"$logs/build.log" 2>&1 7>&-) || { tail_of "$logs/build.log"; fail "could not build $1"; }
    done
    export RIQ_DRILL_OLD_BIN=$own/former-bin
}
