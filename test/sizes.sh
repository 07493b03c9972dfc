#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Limits where a reader loses the thread: a .c of 700 lines, a .h of 350, a function of 70. They
# count lines as they are, comments included. Usage: sizes.sh [ROOT]
set -euo pipefail

root=${1:-${TACTUS_SOURCE:-$(cd "$(dirname "$0")/.." && pwd)}}

# Functions are found by the format that the format check holds: braces of a body in column one.
measure() {
    awk '
        function report(text) { print text; found++ }
        function close_file() {
            if (file != "" && lines > limit) report(file ": " lines " lines, " limit " at most")
        }
        FNR == 1 {
            close_file()
            file = FILENAME
            limit = file ~ /\.h$/ ? 350 : 700
            begin = 0
        }
        { lines = FNR }
        /^\{/ { begin = FNR; head = previous }
        /^\}/ {
            if (begin && FNR - begin - 1 > 70)
                report(file ":" begin ": " FNR - begin - 1 " lines in a function, 70 at most: " head)
            begin = 0
        }
        { previous = $0 }
        END { close_file(); exit found > 0 }' "$@"
}

if [[ $# == 0 ]]; then
    # The check can fail.
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    {
        printf 'int f(void)\n{\n'
        yes ';' | head -n 71 || true
        printf '}\n'
        yes '' | head -n 640 || true
    } >"$scratch/long.c"
    if [[ $(measure "$scratch/long.c" | wc -l) != 2 ]]; then
        echo "sizes: the check does not notice a long file with a long function"
        exit 1
    fi
fi

cd "$root"
mapfile -t files < <(find include src tool test examples bench -type f \( -name '*.c' -o -name '*.h' \) 2>/dev/null | sort)
if ((${#files[@]} == 0)); then
    echo "sizes: no source files under $root"
    exit 1
fi
measure "${files[@]}" || exit 1
echo "sizes: ${#files[@]} files within the limits"
