#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Attacks promises 3 and 4: in a live run a domain that hangs, crashes or forges changes not one
# sample of others, and makes nobody late. A domain that loops is passed over at its deadline, and
# killed after ten ticks in a row.
source "$(dirname "$0")/support/attack.bash"
source "$support/live.bash"
need_realtime
sound 1

# One live run with everything that does not depend on the attack; what follows is the caller's.
live_run() {
    attack "$@" --live --json
    failures=0
    expect_bystander_whole "live"
    expect_nothing_left "live"
    expect_json 'all(.domains[]; .name == "hostile" or (.fate == "played" and .passed_over_ticks == 0))' \
        "nobody else is late"
    expect_json 'all(.files[]; .frames == 48000)' "every file is as long as ever"
}

# fated FATE: how the attacker's domain ended, in the table and in words
fated() {
    expect_json "any(.domains[]; .name == \"hostile\" and .fate == \"$1\" and .culprit == \"attacker\")" "$1"
    expect_code 1 "$1"
    expect_text stderr "domain 'hostile' .*while 'attacker' ran" "$1"
    expect_silence_after out.wav honest_out.wav "$1"
}

hangs() {
    live_run faulty
    fated hung
    expect_json 'any(.domains[]; .name == "hostile" and .passed_over_ticks == 10)' "ten ticks in a row"
    ((failures == 0))
}
crashes() {
    live_run faulty
    fated crashed
    ((failures == 0))
}
forges() {
    live_run forger
    ((failures == 0))
}

for TACTUS_ATTACK in loop sleep thread-exit; do
    export TACTUS_ATTACK
    live_check "$TACTUS_ATTACK" hangs
done
for TACTUS_ATTACK in segv "exit"; do
    live_check "$TACTUS_ATTACK" crashes
done
for TACTUS_ATTACK in read write "done" stats all; do
    TACTUS_VALUES=random live_check "$TACTUS_ATTACK" forges
done
hogs() { # whoever says that it is done and runs on is found, and no bystander pays for it
    attack forger --live --json
    failures=0
    expect_bystander_whole "hog"
    expect_nothing_left "hog"
    expect_json 'any(.domains[]; .name == "calm" and .fate == "played" and .passed_over_ticks == 0)' "hog"
    fated hung
    ((failures == 0))
}
TACTUS_ATTACK=hog live_check "hogging" hogs
TACTUS_VALUES=behind TACTUS_ATTACK="done" live_check "done words behind" forges
finish
