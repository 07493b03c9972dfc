#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The manual pages are well-formed, and say of the options and of the JSON what the program has.
source "$(dirname "$0")/support/check.bash"
pages=$source_root/doc/man

for command in run plugins; do
    page=$pages/tactus-$command.1
    run "$command" --help
    expect_code 0 "$command --help"
    grep -oE '^ +(-., )?--[a-z-]+' "$scratch/stdout" | grep -oE -- '--[a-z-]+' | sort -u >"$scratch/has"
    grep -oE '^\.It Fl -[a-z-]+' "$page" | grep -oE -- '-[a-z-]+$' | sed 's/^/-/' | sort -u >"$scratch/told"
    checks=$((checks + 1))
    if [[ ! -s $scratch/has ]] || ! diff "$scratch/has" "$scratch/told" >"$scratch/diff"; then
        fail "$command: --help and tactus-$command(1) differ in their options"
        cat "$scratch/diff"
    fi
    # The keys that the program writes are those that the page explains.
    case $command in
    run) sources=("$source_root/tool/report_json.c") ;;
    plugins) sources=("$source_root/tool/plugin_text.c" "$source_root/tool/plugins.c") ;;
    esac
    grep -ohE '(json_[a-z]+|[a-z]+_json)\((&[a-z.]+json|&json|json), "[a-z0-9_]+"' "${sources[@]}" |
        grep -oE '"[a-z0-9_]+"' | tr -d '"' | sort -u >"$scratch/has"
    sed -n '/^\.Sh JSON/,/^\.Sh EX/p' "$page" | sed -n 's/^\.It //p' | tr -s ' ,' '\n' |
        grep -E '^[a-z0-9_]+$' | sort -u >"$scratch/told"
    checks=$((checks + 1))
    if [[ ! -s $scratch/has ]] || ! diff "$scratch/has" "$scratch/told" >"$scratch/diff"; then
        fail "$command: the JSON and tactus-$command(1) differ in their keys"
        cat "$scratch/diff"
    fi
done

if command -v groff >/dev/null; then
    for page in "$pages"/*.1; do
        checks=$((checks + 1))
        if ! groff -mdoc -ww -z -Tutf8 -K utf8 "$page" 2>"$scratch/groff" || [[ -s $scratch/groff ]]; then
            fail "$page: $(head -3 "$scratch/groff")"
        fi
    done
else
    echo "groff is not here: the form of the pages was not checked"
fi
finish
