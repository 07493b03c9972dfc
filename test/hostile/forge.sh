#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Attacks promises 2 and 3: no value that a user domain writes where it may write makes the kernel
# side crash, hang or harm others; not one sample changes of a pipeline that does not pass through
# it. Forged are ring indices, done words, statistics, wake-ups and gate records.
source "$(dirname "$0")/support/attack.bash"
sound 1

# check_forgery ATTACK VALUES: whether the forger survives is its own matter; others are unharmed
check_forgery() {
    local what="$1 $2"
    export TACTUS_ATTACK=$1 TACTUS_VALUES=$2
    attack forger --hang-timeout 300ms --json
    checks=$((checks + 1))
    if ((code != 0 && code != 1)); then
        fail "$what: exit code $code"
        cat "$scratch/stderr"
    fi
    expect_json '[.domains[] | select(.name != "hostile" and .fate != "played")] == []' "$what"
    expect_json 'all(.files[]; .frames == 48000)' "$what"
    expect_json "(.exit_code == 0) == all(.domains[]; .fate == \"played\")" "$what"
    ((code == 0)) || expect_text stderr "domain 'hostile' " "$what"
    checks=$((checks + 1))
    [[ $(frames out.wav) == 48000 && $(frames result.wav) == 48000 ]] || fail "$what: files cut"
    expect_bystander_whole "$what"
    expect_nothing_left "$what"
}
for attack in read write "done" stats all; do
    for values in zero ahead behind far ones random own; do
        check_forgery "$attack" "$values"
    done
done
TACTUS_ATTACK=read TACTUS_VALUES=far attack forger --json
checks=$((checks + 1))
[[ $(jq '.domains[] | select(.name == "hostile").forged_indices' stdout) -gt 0 ]] ||
    fail "read far: no forged index was counted"
check_forgery wake none
check_forgery requeue none
check_forgery block none
check_forgery gate none
checks=$((checks + 1))
[[ $(jq '.domains[] | select(.name == "hostile").gate_refusals' stdout) -gt 0 ]] ||
    fail "gate: no refusal was counted"
# Who fails while loading may say what he likes, in his own name.
TACTUS_ATTACK=blame attack forger
expect_text stderr "^tactus: domain hostile: node calm" "blame"
expect_nothing_left "blame"
# What is true is no forgery.
TACTUS_ATTACK=read TACTUS_VALUES=own attack forger
cmp honest_out.wav out.wav || fail "writing what is there changes the sound"
finish
