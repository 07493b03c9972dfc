#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Attacks promises 2 and 9: a plugin that never comes back while it is loaded holds the kernel side up
# for a bounded time; the message names the node, nothing is written. Takes as long as loading may
# take (half a minute).
source "$(dirname "$0")/support/attack.bash"
sound 0.1
for file in out result aside; do
    echo "what was there" >$file.wav
done
TACTUS_ATTACK=new-loop run run graph.yaml --set "module=$modules/faulty.so" &
instance=$!
# In the object's constructor it already holds up the look at what the module is.
TACTUS_ATTACK=load-loop "$tactus" run graph.yaml --set "module=$modules/faulty.so" \
    >probe_said 2>&1 </dev/null
code=$?
checks=$((checks + 1))
((code == 1 || code == 2)) || fail "load-loop: exit code $code"
checks=$((checks + 1))
grep -q 'faulty\.so' probe_said || fail "load-loop: the module is not named: $(<probe_said)"
rm probe_said
wait "$instance"
expect_text stderr "^tactus: node attacker: domain hostile is still loading" "new-loop"
for file in out result aside; do
    checks=$((checks + 1))
    [[ $(<$file.wav) == "what was there" ]] || fail "new-loop: $file.wav was touched"
done
expect_nothing_left "new-loop"
finish
