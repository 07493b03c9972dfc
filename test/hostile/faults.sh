#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Attacks promise 3: a crash or a hang in one domain changes not one sample of the output of
# pipelines that do not pass through it; its successors get silence; the node is named.
source "$(dirname "$0")/support/attack.bash"
sound 1

for fault in segv abort "exit" exit0 trap stack thread-exit; do
    [[ $fault == thread-exit ]] && continue
    TACTUS_ATTACK=$fault attack faulty
    expect_end_of_attacker "$fault" "(crashed \([A-Z ]+\)|ended by itself \(exit code [0-9]+\))"
    expect_silence_after out.wav honest_out.wav "$fault"
    expect_silence_after result.wav honest_result.wav "$fault"
done
for hang in loop sleep thread-exit; do
    TACTUS_ATTACK=$hang attack faulty --hang-timeout 300ms
    expect_end_of_attacker "$hang" "hung"
    expect_text stderr "and was killed" "$hang"
    expect_silence_after out.wav honest_out.wav "$hang"
done

# SIGKILL from itself: the first process of a PID namespace is spared; else it is a crash.
TACTUS_ATTACK=kill attack faulty
expect_bystander_whole "kill"
expect_nothing_left "kill"
checks=$((checks + 1))
if ((code == 0)); then
    cmp honest_out.wav out.wav || fail "kill: it lived, and yet the sound has changed"
else
    expect_end_of_attacker "kill" 'crashed \(SIGKILL\)'
fi

# While it is loaded: nothing runs, nothing is written, what was there stays.
for fault in new-segv new-abort new-exit new-null load-segv; do
    echo "what was there" >out.wav
    cp out.wav result.wav
    cp out.wav aside.wav
    TACTUS_ATTACK=$fault run run graph.yaml --set "module=$modules/faulty.so"
    sed -i "/^AddressSanitizer:DEADLYSIGNAL$/d" stderr
    checks=$((checks + 1))
    ((code == 1 || code == 2)) || fail "$fault: exit code $code"
    expect_message "(attacker|faulty\.so)" "$fault"
    for file in out result aside; do
        checks=$((checks + 1))
        [[ $(<$file.wav) == "what was there" ]] || fail "$fault: $file.wav was touched"
    done
    expect_nothing_left "$fault"
done
run run graph.yaml --set "module=$modules/nowhere.so"
expect_code 2 "missing"
expect_message "graph\.yaml:[0-9]+.*nowhere\.so" "missing"
for file in out result aside; do
    checks=$((checks + 1))
    [[ $(<$file.wav) == "what was there" ]] || fail "missing: $file.wav was touched"
done
expect_nothing_left "missing"
finish
