#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Attacks promise 1: a domain has no mapping of the kernel side, and of partitions exactly those that
# it was granted, with exactly the declared rights.
source "$(dirname "$0")/support/attack.bash"
sound 0.5

# What each domain is to see: rights and partition.
rights() {
    case $1 in
    hostile) echo "rw-s attacker>after:audio
rw-s attacker>result:audio
rw-s near>attacker:read
rw-s hostile:done
rw-s hostile:stats
r--s attacker>after:read
r--s attacker>result:read
r--s near>attacker:audio
r--s hostile:plan" ;;
    successor) echo "rw-s after>out:audio
rw-s attacker>after:read
rw-s successor:done
rw-s successor:stats
r--s after>out:read
r--s attacker>after:audio
r--s successor:plan" ;;
    calm) echo "rw-s calm>aside:audio
rw-s far>calm:read
rw-s calm:done
rw-s calm:stats
r--s calm>aside:read
r--s far>calm:audio
r--s calm:plan" ;;
    esac
    # The relay is everybody's to read.
    echo "r--s board"
    for other in hostile successor calm; do
        [[ $other == "$1" ]] || echo "r--s $other:done"
    done
}

look() { # called in the middle of loading, with the process of each
    local name pid=0
    for name in hostile successor calm; do
        pid=$(child_of "$1" "$name")
        until_true grep -q 'r--s.*tactus:.*plan' "/proc/$pid/maps"
        sed -nE 's/^[^ ]+ (....) .*memfd:tactus:(.*) \(deleted\)$/\1 \2/p' "/proc/$pid/maps" |
            sort >"maps_$name"
        grep -E ' /.*/tactus$|\[heap\].*tactus' "/proc/$pid/maps" >>maps_foreign
        find "/proc/$pid/fd" -lname '*memfd:*' >>maps_foreign
        find "/proc/$pid/fd" -lname '*/near.wav' >>maps_foreign
        # Its page tables show the same to the system itself.
        [[ $(readlink "/proc/$pid/exe") == */tactus-domain ]] || echo "$name is $pid" >>maps_foreign
    done
    mappings "$1" '\[(heap|stack)\]'
}
: >maps_foreign
ls -A >"$scratch/files_before"
printf 'maps_%s\n' hostile successor calm foreign >>"$scratch/files_before"
exec 9<near.wav # what the kernel side was given is not handed on
TACTUS_ATTACK=none attack_with_targets look system_calls
exec 9<&-
expect_code 0 "maps"
for name in hostile successor calm; do
    checks=$((checks + 1))
    diff <(rights "$name" | sort) "maps_$name" >difference || {
        fail "domain $name: (<) what it was granted, (>) what it has"
        cat difference
    }
    rm difference
done
checks=$((checks + 1))
if [[ -s maps_foreign ]]; then
    fail "foreign mappings or descriptors"
    cat maps_foreign
fi
expect_bystander_whole "maps"
expect_nothing_left "maps"
finish
