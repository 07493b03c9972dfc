#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Who may include whom. Usage: layers.sh [ROOT]. Prints each violation and ends with 1 where there
# is any.
#
#   include/tactus   the public API, freestanding headers
#   src/core         the public API, itself, freestanding headers
#   src/sched        that and core
#   src/gate         that and core
#   src/port/X       the public API, core, sched, gate, itself, the system; never another port
#   src/audio, tool  the public API, themselves, the system
#   examples         the public API, the system
#
# include/, core, sched and gate may use no header of the system but the freestanding ones. core,
# sched and gate hold no conditional compilation but include guards and __cplusplus.
set -euo pipefail

root=${1:-${TACTUS_SOURCE:-$(cd "$(dirname "$0")/.." && pwd)}}
root=$(realpath "$root")
cd "$root"

freestanding=' stdint.h stddef.h stdbool.h stdatomic.h limits.h stdarg.h stdalign.h stdnoreturn.h float.h iso646.h '
violations=0
files=0

violation() {
    printf '%s\n' "$1"
    violations=$((violations + 1))
}

# Sets `room` to the room that a path belongs to, by its place.
find_room() {
    case $1 in
    include/tactus/*) room=api ;;
    src/core/*) room=core ;;
    src/sched/*) room=sched ;;
    src/gate/*) room=gate ;;
    src/port/*/*)
        room=${1#src/port/}
        room=port/${room%%/*}
        ;;
    src/audio/*) room=audio ;;
    tool/*) room=tool ;;
    examples/*) room=examples ;;
    *) room=elsewhere ;;
    esac
}

# Sets `target` to FOLDER/NAME without its ".." steps.
find_target() { # folder name
    local folder=$1 name=$2
    while [[ $name == ../* || $name == ./* ]]; do
        if [[ $name == ../* ]]; then
            if [[ $folder == */* ]]; then folder=${folder%/*}; elif [[ $folder == . ]]; then folder=..; else folder=.; fi
        fi
        name=${name#*/}
    done
    target=$folder/$name
    target=${target#./}
}

# What a room may include besides itself and the public API.
may_include() {
    case "$1>$2" in
    sched\>core | gate\>core) return 0 ;;
    port/*\>core | port/*\>sched | port/*\>gate) return 0 ;;
    esac
    return 1
}

is_freestanding_room() {
    case $1 in api | core | sched | gate) return 0 ;; esac
    return 1
}

check_system_include() { # file line room header
    case $4 in
    tactus/*)
        [[ -f include/$4 ]] || violation "$1:$2: <$4> is no public header"
        return
        ;;
    esac
    if is_freestanding_room "$3" && [[ $freestanding != *" $4 "* ]]; then
        violation "$1:$2: <$4> in $3, which may use only freestanding headers"
    fi
}

check_own_include() { # file line room header
    if [[ $4 == tactus_config.h ]]; then
        if is_freestanding_room "$3" || [[ $3 == examples ]]; then
            violation "$1:$2: \"$4\" in $3, which takes its configuration as values"
        fi
        return
    fi
    local target room
    find_target "${1%/*}" "$4"
    if [[ ! -f $target ]]; then
        violation "$1:$2: \"$4\" is not there, seen from the folder of the file"
        return
    fi
    find_room "$target"
    [[ $room == "$3" ]] && return
    if [[ $room == api ]]; then
        violation "$1:$2: \"$4\": write public headers as <tactus/...>"
    elif ! may_include "$3" "$room"; then
        violation "$1:$2: $3 includes $room ($target)"
    fi
}

includes_of() { # prints: line kind header
    awk '
        /^[ \t]*#[ \t]*include/ {
            text = $0
            sub(/^[ \t]*#[ \t]*include[ \t]*/, "", text)
            kind = substr(text, 1, 1)
            rest = substr(text, 2)
            if (kind == "<") { split(rest, part, ">"); print FNR, "system", part[1] }
            else if (kind == "\"") { split(rest, part, "\""); print FNR, "own", part[1] }
            else print FNR, "computed", text
        }' "$1"
}

# Conditional compilation: the include guard (the first directive, with its #define and the last
# #endif) and __cplusplus are no features.
conditionals_of() { # prints: line directive
    awk '
        function directive(text) { sub(/^[ \t]*#[ \t]*/, "", text); return text }
        /^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|elifdef|else|endif)([^a-z]|$)/ {
            text = directive($0)
            split(text, word, /[ \t]+/)
            if (word[1] == "endif") { depth--; next }
            if (word[1] == "else") {
                if (!plain[depth]) print FNR, text
                next
            }
            if (word[1] ~ /^elif/) { print FNR, text; next }
            depth++
            plain[depth] = 0
            if (word[1] == "ifndef" && !conditions && FILENAME ~ /\.h$/ && word[2] ~ /_H_?$/) guard = word[2]
            else if (word[1] == "ifdef" && word[2] == "__cplusplus") plain[depth] = 1
            else print FNR, text
            conditions++
            next
        }' "$1"
}

check_file() {
    local file=$1 room line kind header
    find_room "$file"
    files=$((files + 1))
    while read -r line kind header; do
        case $kind in
        system) check_system_include "$file" "$line" "$room" "$header" ;;
        own) check_own_include "$file" "$line" "$room" "$header" ;;
        *) violation "$file:$line: #include of a macro ($header)" ;;
        esac
    done < <(includes_of "$file")
    case $room in
    core | sched | gate)
        while read -r line header; do
            violation "$file:$line: #$header: $room takes its configuration as values, not by #if"
        done < <(conditionals_of "$file")
        ;;
    esac
}

while IFS= read -r file; do
    check_file "$file"
done < <(find include src tool examples -type f \( -name '*.c' -o -name '*.h' \) 2>/dev/null | sort)

if ((files == 0)); then
    echo "layers: no source files under $root"
    exit 1
fi
if ((violations > 0)); then
    echo "layers: $violations violations in $files files"
    exit 1
fi
echo "layers: $files files keep the rules"
