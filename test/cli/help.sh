#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Help teaches by example, fits a terminal of 80 columns, and goes to stdout.
source "$(dirname "$0")/support/check.bash"

for arguments in "--help" "-h" "help" "run --help" "run -h" "help run" "plugins --help" \
    "help plugins" "run --quiet --help" "plugins gain --help"; do
    # shellcheck disable=SC2086
    run $arguments
    expect_code 0 "$arguments"
    expect_empty stderr "$arguments"
    expect_text stdout '^Usage: tactus' "$arguments"
    expect_text stdout '^Examples:' "$arguments"
    expect_no_text stdout '.{80}' "$arguments is wider than 79 columns"
    expect_no_text stdout $'\033' "$arguments"
done

run --help
expect_text stdout '^  run ' "--help"
expect_text stdout '^  plugins ' "--help"
run run --help
for option in in out set profile tick live no-realtime hang-timeout json quiet; do
    expect_text stdout "^ +--$option\\b" "run --help"
done
expect_text stdout 'Exit codes' "run --help"
run plugins --help
for option in kind search all json; do
    expect_text stdout "^ +--$option\\b" "plugins --help"
done

run --version
expect_code 0 "--version"
expect_text stdout '^tactus [0-9]+\.[0-9]+\.[0-9]+$' "--version"
expect_empty stderr "--version"

"$tactus" --help >/dev/full 2>"$scratch/stderr"
code=$?
expect_code 1 "help to a full disk"
expect_message 'standard output' "help to a full disk"
finish
