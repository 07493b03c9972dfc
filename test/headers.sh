#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Each public header compiles alone, twice in a row, as C11 and as C++17, with every warning an error.
# With CC and CXX unset, all of gcc, clang, g++ and clang++ that are installed are asked.
set -euo pipefail

root=${TACTUS_SOURCE:-$(cd "$(dirname "$0")/.." && pwd)}
cd "$root/include"
warnings=(-Wall -Wextra -pedantic -Werror -Wshadow -Wundef -fsyntax-only -I .)
compiled=0
failed=0

compile_alone() { # compiler language standard header
    compiled=$((compiled + 1))
    if ! printf '#include <%s>\n#include <%s>\n' "$4" "$4" |
        "$1" -x "$2" -std="$3" "${warnings[@]}" -; then
        echo "headers: <$4> does not compile alone with $1 -std=$3"
        failed=$((failed + 1))
    fi
}

for header in tactus/*.h; do
    for compiler in gcc clang; do
        command -v $compiler >/dev/null && compile_alone $compiler c c11 "$header"
    done
    for compiler in g++ clang++; do
        command -v $compiler >/dev/null && compile_alone $compiler c++ c++17 "$header"
    done
done

# The check can fail: a header that needs another one before it.
if printf 'uint32_t needs_stdint(void);\n' | "${CC:-cc}" -x c -std=c11 "${warnings[@]}" - 2>/dev/null; then
    echo "headers: the check does not notice a header that lacks an include"
    failed=$((failed + 1))
fi

if ((compiled == 0 || failed > 0)); then
    echo "headers: $failed of $compiled failed"
    exit 1
fi
echo "headers: $compiled compilations of $(ls tactus/*.h | wc -l) headers"
