#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Configures and builds one preset; says little unless something is wrong.
# Usage: build.sh PRESET [CMAKE OPTION...]    (with -B FOLDER: there instead of in build/PRESET)
set -euo pipefail

cd "$(dirname "$0")/.."
preset=${1:?usage: build.sh PRESET [CMAKE OPTION...]}
shift
build=build/$preset
for ((i = 1; i <= $#; i++)); do
    if [[ ${!i} == -B ]]; then
        next=$((i + 1))
        build=${!next}
    fi
done

echo "Building $build"
mkdir -p "$build"
log=$build/configure.log
if ! cmake --preset "$preset" "$@" >"$log" 2>&1; then
    cat "$log"
    exit 1
fi
# On a terminal Ninja keeps to one line by itself; elsewhere a line every few seconds is enough.
if [[ -t 1 ]]; then
    exec cmake --build "$build"
fi
NINJA_STATUS='[%f/%t, %es] ' cmake --build "$build" -- -k 0 | awk '
    /^\[[0-9]+\/[0-9]+, [0-9.]+s\] / {
        last = $0
        split($0, part, /[][\/, s]+/)
        if (part[4] - shown >= 10) { print; fflush(); shown = part[4]; last = "" }
        next
    }
    { print; fflush() }
    END { if (last != "") print last }'
