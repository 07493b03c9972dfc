# SPDX-License-Identifier: BSD-3-Clause
# Sourced by the tests of the command line. Gives: $tactus, $scratch (removed at the end), run, fail.
set -uo pipefail

tactus=${TACTUS_BIN:?the tactus program}
if [[ -d $tactus ]]; then
    tactus=$tactus/tactus
fi
source_root=${TACTUS_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0
checks=0

fail() {
    printf 'FAILED: %s\n' "$1"
    failures=$((failures + 1))
}

# run ARGUMENT...: tactus with these; sets code, and leaves $scratch/stdout and $scratch/stderr.
run() {
    "$tactus" "$@" >"$scratch/stdout" 2>"$scratch/stderr" </dev/null
    code=$?
}

# expect_code WANTED WHAT
expect_code() {
    checks=$((checks + 1))
    if ((code != $1)); then
        fail "$2: exit code $code instead of $1"
        sed 's/^/    /' "$scratch/stderr"
    fi
}

# expect_live_code WHAT: 0, or 1 where the machine stood still for longer than a deadline has room
expect_live_code() {
    local late="^tactus: (domain '[^']+' missed its deadline in|file '[^']+' .*of silence in place)"
    if ((code == 1)) && ! grep -qvE "$late" "$scratch/stderr"; then
        echo "$1: the machine stood still"
        code=0
    fi
    expect_code 0 "$1"
}

# expect_text FILE PATTERN WHAT
expect_text() {
    checks=$((checks + 1))
    if ! grep -Eq -- "$2" "$scratch/$1"; then
        fail "$3: no '$2' in $1:"
        sed 's/^/    /' "$scratch/$1"
    fi
}

expect_no_text() {
    checks=$((checks + 1))
    if grep -Eq -- "$2" "$scratch/$1"; then
        fail "$3: there is '$2' in $1:"
        sed 's/^/    /' "$scratch/$1"
    fi
}

# expect_empty FILE WHAT
expect_empty() {
    checks=$((checks + 1))
    if [[ -s $scratch/$1 ]]; then
        fail "$2: $1 is not empty:"
        sed 's/^/    /' "$scratch/$1"
    fi
}

# expect_message PATTERN WHAT: stderr is exactly one line, of tactus, that holds the pattern.
expect_message() {
    checks=$((checks + 1))
    if [[ $(wc -l <"$scratch/stderr") != 1 || $(head -c 8 "$scratch/stderr") != "tactus: " ]]; then
        fail "$2: not exactly one line of message:"
        sed 's/^/    /' "$scratch/stderr"
    fi
    expect_text stderr "$1" "$2"
}

# expect_json FILTER WHAT: stdout is JSON, and the filter answers true.
expect_json() {
    checks=$((checks + 1))
    if [[ $(jq -es "length == 1 and (.[0] | $1)" <"$scratch/stdout" 2>"$scratch/jq") != true ]]; then
        fail "$2: not JSON with $1"
        sed 's/^/    /' "$scratch/jq"
    fi
}

need() {
    local program
    for program in "$@"; do
        if ! command -v "$program" >/dev/null; then
            echo "$program is missing; scripts/install-deps.sh installs it"
            exit 1
        fi
    done
}

finish() {
    if ((failures > 0)); then
        echo "$failures of $checks checks failed"
        exit 1
    fi
    if ((checks == 0)); then
        echo "nothing was checked"
        exit 1
    fi
    echo "$checks checks passed"
    exit 0
}
