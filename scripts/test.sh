#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Runs the tests of a build folder through CTest and ends with the one line
#     N passed, N failed[, N skipped]
# counted from CTest's own report, and with 1 where a test failed or none was run.
# Usage: test.sh BUILD [CTEST OPTION...]
set -uo pipefail

build=${1:?usage: test.sh BUILD [CTEST OPTION...]}
shift
report=$build/tests.xml
rm -f "$report"
ctest --test-dir "$build" --output-on-failure --output-junit "$(realpath "$report")" \
    --parallel "${TACTUS_TEST_JOBS:-$(nproc)}" "$@"
status=$?

if [[ ! -s $report ]]; then
    echo "No test was run: there is no report of CTest ($report)."
    echo "0 passed, 0 failed"
    exit 1
fi
# CTest writes each <testcase> on a line of its own; what a test prints is escaped (no '<').
count() { grep -c "^[[:space:]]*<testcase .* status=\"$1\"" "$report"; }
total=$(count '[a-z]*')
passed=$(count run)
skipped=$(grep -c '^[[:space:]]*<skipped message="SKIP_' "$report")
failed=$((total - passed - skipped))

line="$passed passed, $failed failed"
((skipped > 0)) && line="$line, $skipped skipped"
if ((status != 0 && failed == 0)); then
    echo "CTest ended with $status although no test failed."
    failed=1
fi
((passed + failed > 0)) || echo "No test was run."
# One such line alone is the end of a run; .ci/run makes several runs and adds them up.
[[ ${TACTUS_SUMMARY:-} == each ]] && line="in $build: $line"
echo "$line"
((passed > 0 && failed == 0))
