#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# scripts/test.sh itself: its last line and its exit code are true, whatever the tests do.
set -euo pipefail

root=${TACTUS_SOURCE:-$(cd "$(dirname "$0")/.." && pwd)}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset TACTUS_SUMMARY
failures=0

# expect EXIT-CODE LAST-LINE CTESTFILE
expect() {
    local status=0 last
    rm -rf "$scratch/build"
    mkdir "$scratch/build"
    printf '%b' "$3" >"$scratch/build/CTestTestfile.cmake"
    bash "$root/scripts/test.sh" "$scratch/build" >"$scratch/output" 2>/dev/null || status=$?
    last=$(tail -n 1 "$scratch/output")
    if [[ $status != "$1" || $last != "$2" ]]; then
        echo "FAILED: wanted '$2' and $1, got '$last' and $status for:"
        printf '%b' "$3"
        failures=$((failures + 1))
    fi
}

good='add_test(good "true")\n'
good2='add_test(good2 "true")\n'
bad='add_test(bad "false")\n'
skip='add_test(skip "bash" "-c" "exit 77")\nset_tests_properties(skip PROPERTIES SKIP_RETURN_CODE 77)\n'
missing='add_test(missing "/nowhere/at/all")\n'
crash='add_test(crash "bash" "-c" "kill -SEGV \\$\\$")\n'
slow='add_test(slow "sleep" "20")\nset_tests_properties(slow PROPERTIES TIMEOUT 1)\n'
liar='add_test(liar "bash" "-c" "echo \\"<testcase name=x status=\\\\\\"run\\\\\\"/>\\"; exit 1")\n'

expect 0 '1 passed, 0 failed' "$good"
expect 0 '2 passed, 0 failed' "$good$good2"
expect 0 '1 passed, 0 failed, 1 skipped' "$good$skip"
expect 1 '1 passed, 1 failed' "$good$bad"
expect 1 '1 passed, 2 failed, 1 skipped' "$good$bad$skip$crash"
expect 1 '1 passed, 1 failed' "$good$missing"
expect 1 '1 passed, 1 failed' "$good$slow"
expect 1 '0 passed, 1 failed' "$liar"
expect 1 '0 passed, 0 failed' ''
# Nothing but skipped tests shows nothing.
expect 1 '0 passed, 0 failed, 1 skipped' "$skip"

((failures == 0)) || exit 1
echo "summary_selftest: the summary is true"
