#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Everything is as clang-format leaves it. `make format` makes it so.
set -euo pipefail

cd "${TACTUS_SOURCE:-$(dirname "$0")/..}"
clang_format=$(command -v clang-format-14 || command -v clang-format) || {
    echo "format: clang-format is missing; scripts/install-deps.sh installs it"
    exit 1
}
if printf 'int  f ( void ){return 0;}\n' |
    "$clang_format" --style=file --assume-filename=src/core/x.c --dry-run -Werror 2>/dev/null; then
    echo "format: the check does not notice a badly formatted line"
    exit 1
fi
mapfile -t files < <(find include src tool test examples bench -type f \( -name '*.c' -o -name '*.h' \) 2>/dev/null | sort)
if ((${#files[@]} == 0)); then
    echo "format: no source files"
    exit 1
fi
if ! output=$("$clang_format" --dry-run -Werror "${files[@]}" 2>&1); then
    sed -n 's/^\([^ ]*:[0-9]*\):[0-9]*: error: .*/\1/p' <<<"$output" | sort -u -t: -k1,1 -k2,2n
    echo "format: \`make format\` puts these into shape"
    exit 1
fi
echo "format: ${#files[@]} files"
