#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Attacks promise 2: the code of a module runs first where it is asked what it is, before there is a
# domain. There, as in the domain later, it cannot reach the kernel side.
source "$(dirname "$0")/support/attack.bash"
sound 0.5
export TACTUS_ATTACK=none
bash -c 'export TACTUS_VICTIM=$$; exec "$@"' - \
    "$tactus" run graph.yaml --set "module=$modules/killer.so" >"$scratch/stdout" 2>"$scratch/stderr"
code=$?
expect_code 0 "a module that kills"
expect_bystander_whole "a module that kills"
expect_nothing_left "a module that kills"
checks=$((checks + 1))
cmp -s honest_result.wav result.wav || fail "a module that kills: what it passes on has changed"
finish
