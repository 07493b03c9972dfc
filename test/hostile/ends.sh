#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Attacks promises 3 and 9 and "no orphan process, no leftover file, however it ends": the kernel
# side is killed or asked to stop in the middle of a run, a domain is stopped or killed from outside.
source "$(dirname "$0")/support/attack.bash"
source "$support/live.bash"
sound 30
for file in out result aside; do
    mv honest_$file.wav whole_$file.wav
done
ls -A >"$scratch/files_before"
export TACTUS_ATTACK=none
# What runs in the background of a script ignores SIGINT, unless it is told otherwise.
heeding=(env --default-signal=INT,TERM)

# start OPTION...: a live run of half a minute, in the middle of which things happen
start() {
    rm -f out.wav result.wav aside.wav
    "${heeding[@]}" "$tactus" run graph.yaml --set "module=$modules/faulty.so" --live "$@" \
        >"$scratch/stdout" 2>"$scratch/stderr" </dev/null &
    kernel=$!
    domains=()
    for name in hostile successor calm; do
        domains+=("$(child_of "$kernel" "$name")")
    done
    until_true running "${domains[0]}"
    sleep 0.5
}

# The LL thread of a domain has run.
running() { awk '{ exit !($1 > 1000000) }' "/proc/$1/schedstat" && grep -q faulty.so "/proc/$1/maps"; }

all_are_gone() {
    local pid
    for pid in "${domains[@]}"; do
        [[ -e /proc/$pid ]] && ! grep -q '^State:.Z' "/proc/$pid/status" && return 1
    done
    return 0
}

expect_gone() {
    local i
    checks=$((checks + 1))
    for ((i = 0; i < 100; i++)); do
        all_are_gone && return
        sleep 0.01
    done
    fail "$1: domains live on for more than a second"
}

# expect_prefix FILE WHOLE WHAT: valid, not empty, shorter than the whole, and the beginning of it
expect_prefix() {
    local part whole
    checks=$((checks + 1))
    part=$(frames "$1") && whole=$(frames "$2") || {
        fail "$3: $1 is no sound file"
        return
    }
    if ! ((part > 0 && part < whole)); then
        fail "$3: $1 has $part of $whole frames"
    elif ! cmp -s <(sox -V1 "$1" -t f32 -) <(sox -V1 "$2" -t f32 - trim 0 "${part}s"); then
        fail "$3: $1 is not the beginning of what it would have been"
    fi
}

start
kill -KILL "$kernel"
expect_gone "SIGKILL"
wait "$kernel" 2>/dev/null
expect_nothing_left "SIGKILL"
for file in out result aside; do
    checks=$((checks + 1))
    [[ -e $file.wav ]] && fail "SIGKILL: $file.wav appeared"
done

for signal in INT TERM; do
    start
    kill "-$signal" "$kernel"
    wait "$kernel"
    code=$?
    expect_code 130 "SIG$signal"
    expect_text stderr "stopped by SIG$signal" "SIG$signal"
    expect_gone "SIG$signal"
    expect_nothing_left "SIG$signal"
    if [[ $signal == INT ]]; then
        # Only what a late machine cannot spoil is compared by sample in a live run: see live.sh.
        for file in out result aside; do
            checks=$((checks + 1))
            frames "$file.wav" >/dev/null || fail "SIG$signal: $file.wav cannot be opened"
        done
    fi
done

# Offline, where no clock can spoil a sample.
rm -f out.wav result.wav aside.wav
TACTUS_ATTACK=slow "${heeding[@]}" "$tactus" run graph.yaml --set "module=$modules/faulty.so" >stdout 2>stderr \
    </dev/null &
kernel=$!
domains=("$(child_of "$kernel" hostile)" "$(child_of "$kernel" calm)")
until_true running "${domains[0]}"
sleep 0.3
kill -INT "$kernel"
wait "$kernel"
code=$?
expect_code 130 "SIGINT offline"
expect_gone "SIGINT offline"
expect_nothing_left "SIGINT offline"
expect_prefix aside.wav whole_aside.wav "SIGINT offline"
expect_prefix out.wav whole_out.wav "SIGINT offline"
expect_prefix result.wav whole_result.wav "SIGINT offline"

# Twice: the second one may end it at once and keep nothing, but leaves nothing either.
start
kill -INT "$kernel"
kill -INT "$kernel"
wait "$kernel"
code=$?
checks=$((checks + 1))
((code == 130)) || fail "SIGINT twice: exit code $code"
expect_gone "SIGINT twice"
expect_nothing_left "SIGINT twice"

# A domain that is stopped from outside is passed over and killed; one that is killed is noticed.
domain_ends() {
    failures=0
    start --json
    kill "-$signal" "${domains[0]}"
    sleep 0.3
    kill -INT "$kernel"
    wait "$kernel"
    code=$?
    expect_code 130 "domain SIG$signal"
    expect_json 'any(.domains[]; .name == "hostile" and (.fate == "hung" or .fate == "crashed"))' \
        "domain SIG$signal"
    expect_json 'all(.domains[]; .name == "hostile" or .fate == "played")' "domain SIG$signal"
    expect_gone "domain SIG$signal"
    expect_nothing_left "domain SIG$signal"
    ((failures == 0))
}
for signal in STOP KILL; do
    live_check "domain SIG$signal" domain_ends
done
finish
