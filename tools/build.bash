# Sourced by the scripts in tools/: installs the packages that a bare Debian 12 lacks, and builds.
# shellcheck shell=bash disable=SC2034
# Callers run under `set -euo pipefail` and from the top of the clone.

# say TEXT: reports the current step.
say() {
    printf '== %s\n' "$*" >&2
}

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

build_packages=(
    g++ cmake ninja-build pkg-config
    libcpp-httplib-dev librocksdb-dev libjemalloc-dev libsimdjson-dev libfmt-dev libcli11-dev
    nlohmann-json3-dev libssl-dev zlib1g-dev libzip-dev libpugixml-dev libyaml-cpp-dev
)
# Node.js and npm build the page (web/). They also run the suites that compare the description of the API with
# the server (tests/system/openapi), check the forms of the gate's answer (tests/system/forms), and verify
# attestations (tests/system/attestations). Node.js packages from elsewhere contain npm and conflict with
# Debian's.
command -v npm >/dev/null || build_packages+=(nodejs npm ca-certificates)
# What tools/serve and the pipelines' scripts call.
client_packages=(curl jq)
# Go and its packages for transparency logs: an independent auditor (tests/system/interop). openssl:
# an independent TLS client, and a verifier of attestations (tests/system/attestations). nginx: runs the
# example of docs/OPERATING.md (tests/system/proxy).
# Python and PyYAML: check the documents (tests/system/documents). busybox and shellcheck: the client of
# pipelines must run in a container without bash (tests/system/client). ccache compiles the test code once
# for both builds; mold links much faster than the default linker. clang-format checks the format.
# chromium-headless-shell: a real browser uses the page (tests/system/page).
test_packages=(libboost-test-dev golang-go golang-golang-x-mod-dev openssl nginx python3-yaml
    busybox shellcheck ccache mold clang-format chromium-headless-shell)

# install_packages NAME...: installs the missing ones. Needs root only if there are any.
install_packages() {
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        printf 'This is not a Debian-like system. ThreatAtlas needs these Debian 12 packages:\n' >&2
        printf '  %s\n' "$*" >&2
        printf 'Install their equivalents, then run: cmake -S . -B build && cmake --build build\n' >&2
        exit 1
    fi
    local missing=() name
    for name in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] ||
            missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0

    say "installing ${missing[*]}"
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            fail "root is needed once for: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update -q >&2
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends "${missing[@]}" >&2 </dev/null ||
        fail "these packages could not be installed: ${missing[*]}"
    # The tests start an nginx of their own; disable the service that the package installs.
    if [[ " ${missing[*]} " == *' nginx '* ]]; then
        "${as_root[@]}" sh -c 'update-rc.d nginx disable && invoke-rc.d nginx stop' >&2 ||
            say "cannot stop the nginx service"
    fi
}

# configure_tree DIRECTORY CMAKE_ARGUMENT...: ccache and mold are used if they are installed.
configure_tree() {
    local directory=$1 arguments=("${@:2}")
    if [ ! -e "$directory/CMakeCache.txt" ]; then
        arguments+=(-G Ninja)
        ! command -v ccache >/dev/null || arguments+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
        ! command -v mold >/dev/null || arguments+=(-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=mold)
    fi
    mkdir -p "$directory"
    cmake -S . -B "$directory" "${arguments[@]}" >"$directory/configure.log" 2>&1 || {
        cat "$directory/configure.log" >&2
        fail "configuring $directory/ failed"
    }
}

# build_tree DIRECTORY CMAKE_ARGUMENT... [-- TARGET...]: configures and builds; quick when nothing
# has changed. Without targets everything is built.
build_tree() {
    local directory=$1 arguments=() targets=()
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        arguments+=("$1")
        shift
    done
    [ $# -le 1 ] || targets=(--target "${@:2}")
    # Share the compiler cache between clones.
    export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=yes
    say "building in $directory/"
    configure_tree "$directory" "${arguments[@]}"
    cmake --build "$directory" --parallel "${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}" \
        "${targets[@]}" >&2 || fail "building in $directory/ failed"
}
