# shellcheck shell=bash disable=SC2154  # $root and $RIQ_HOME are riq's
# Building the three programs. Sourced by riq.

declare -A projects=([api]=Riq.Api [consumers]=Riq.Consumers [simulator]=Riq.Simulator)

need_dotnet() {
    command -v dotnet >/dev/null 2>&1 || fail "the .NET SDK is missing: install version 10 from https://dot.net"
    (cd -- "$root" && dotnet --version >/dev/null) || fail "the .NET SDK that global.json asks for is missing: install version 10 from https://dot.net"
    # dotnet keeps a few files of its own in the home folder.
    if [ ! -w "${HOME:-/nowhere}" ]; then mkdir -p -- "$RIQ_HOME/home"; export HOME=$RIQ_HOME/home DOTNET_CLI_HOME=$RIQ_HOME/home; fi
}

# Changes with every change of what the programs are built from.
fingerprint() {
    (
        cd -- "$root" || exit
        {
            dotnet --version
            # docs may not be there
            { find src docs ./*.props global.json BannedSymbols.txt .editorconfig \( -name bin -o -name obj \) -prune -o -type f -print0 2>/dev/null || true; } |
                LC_ALL=C sort -z | xargs -0 sha256sum
        } | sha256sum | cut -c1-64
    )
}

# publish FOLDER: the three programs into $RIQ_HOME/FOLDER/{api,consumers,simulator}; nothing to do when sources are unchanged.
publish() {
    local target=$RIQ_HOME/$1 stamp kind other
    stamp=$(fingerprint)
    if [ "$(cat -- "$target/stamp" 2>/dev/null)" = "$stamp" ]; then return; fi
    rm -rf -- "$target.new"
    for other in bin test-bin; do
        if [ "$(cat -- "$RIQ_HOME/$other/stamp" 2>/dev/null)" = "$stamp" ]; then cp -a -- "$RIQ_HOME/$other" "$target.new"; fi
    done
    if [ ! -d "$target.new" ]; then
        say "Building …"
        for kind in api consumers simulator; do
            build publish "src/${projects[$kind]}" -o "$target.new/$kind"
        done
        printf '%s\n' "$stamp" >"$target.new/stamp"
    fi
    rm -rf -- "$target"
    mv -- "$target.new" "$target"
}

# build COMMAND PROJECT ARGUMENTS…: one build at a time in this clone, for they share obj folders.
build() {
    local command=$1 project=$2
    shift 2
    mkdir -p -- "$root/artifacts"
    (
        exec 8>"$root/artifacts/build.lock"
        flock 8
        dotnet "$command" "$root/$project" -c Release -v quiet "$@" >"$logs/build.log" 2>&1 8>&- 9>&-
    ) || { tail_of "$logs/build.log" 40; fail "could not build $project"; }
}
