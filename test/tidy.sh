#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# clang-tidy over every source of the build, as .clang-tidy says. A file that passed before, with the
# same headers, checks and compiler options, is not looked at again.
set -euo pipefail

root=${TACTUS_SOURCE:-$(cd "$(dirname "$0")/.." && pwd)}
build=${TACTUS_BUILD:-$root/build/release}
clang_tidy=$(command -v clang-tidy-14 || command -v clang-tidy) || {
    echo "tidy: clang-tidy is missing; scripts/install-deps.sh installs it"
    exit 1
}
if [[ ! -f $build/compile_commands.json ]]; then
    echo "tidy: $build is no build folder (compile_commands.json is missing)"
    exit 1
fi
cache=$build/tidy
mkdir -p "$cache"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The check can fail.
printf 'int pick(int i);\nint pick(int i)\n{\n    int n[2] = {0, 1};\n    if (i = 1)\n        return n[2];\n    return n[0];\n}\n' \
    >"$scratch/faulty.c"
mkdir "$scratch/failed"
cp "$root/.clang-tidy" "$scratch/"
if "$clang_tidy" --quiet "$scratch/faulty.c" -- -std=c11 >/dev/null 2>&1; then
    echo "tidy: the check does not notice an assignment in a condition"
    exit 1
fi

# One line per compilation: "file<tab>compile command". The same file in a second target is left out.
awk -F'"' -v root="$root/" '
    $2 == "command" { command = $0; sub(/^[ ]*"command": "/, "", command); sub(/",?$/, "", command); gsub(/\\"/, "\"", command) }
    $2 == "file" && index($4, root) == 1 && !seen[$4]++ { print $4 "\t" command }
' "$build/compile_commands.json" | sort >"$scratch/list"
if [[ ! -s $scratch/list ]]; then
    echo "tidy: no sources in $build/compile_commands.json"
    exit 1
fi

key_of() { # file, compile command: what the verdict depends on
    local file=$1 command=$2 dependencies
    dependencies=$(cd "$build" && eval "${command%% -o *} -MM -MG '$file'" 2>/dev/null |
        sed -e 's/^[^:]*://' -e 's/\\$//' | tr -s ' \n' '\n' | sed '/^$/d')
    {
        "$clang_tidy" --version
        printf '%s\n' "$command"
        find "$root/.clang-tidy" "$root/test" -name .clang-tidy -print0 | sort -z | xargs -0 cat
        (cd "$build" && cat -- $dependencies)
    } 2>/dev/null | sha256sum | cut -d' ' -f1
}

tidy_one() { # file, compile command
    local file=$1 short=${1#"$root"/} key
    key=$(key_of "$file" "$2")
    if [[ -e $cache/$key ]]; then
        echo same >>"$scratch/verdicts"
        return 0
    fi
    if "$clang_tidy" --quiet -p "$build" "$file" >"$scratch/${short//\//+}" 2>&1; then
        touch "$cache/$key"
        echo passed >>"$scratch/verdicts"
        echo "tidy: $short"
    else
        echo failed >>"$scratch/verdicts"
        echo "tidy: $short FAILED"
        mv "$scratch/${short//\//+}" "$scratch/failed/"
    fi
}
export -f tidy_one key_of
export root build cache scratch clang_tidy

tr '\t\n' '\0\0' <"$scratch/list" | xargs -0 -n 2 -P "$(nproc)" bash -c 'tidy_one "$1" "$2"' tidy

count() { grep -c "$1" "$scratch/verdicts" || true; }
total=$(wc -l <"$scratch/list")
if [[ $(wc -l <"$scratch/verdicts") != "$total" ]]; then
    echo "tidy: not every file was looked at"
    exit 1
fi
# What a header is blamed for is said once, however many files include it; the longest story is cut.
find "$scratch/failed" -type f -print0 | sort -z | xargs -0 -r cat | awk '
    /^[0-9]+ warnings? (generated|treated)|^Suppressed |^Use -header-filter/ { next }
    /^[^ ]+:[0-9]+:[0-9]+: (error|warning): / {
        key = $0
        while (sub(/\/[^\/]+\/\.\.\//, "/", key)) { }
        told = seen[key]++
        lines = 0
    }
    !told && ++lines <= 40'
echo "tidy: $total files, $(count same) unchanged since they passed, $(count failed) failed"
[[ $(count failed) == 0 ]]
