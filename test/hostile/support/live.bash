# SPDX-License-Identifier: BSD-3-Clause
# Sourced by tests of live runs, with its own folder in $support. A machine that stands still for
# longer than a deadline has room spoils sound, and that is no fault of tactus: beside each live run
# a canary notes such gaps, and a run is repeated exactly where it saw one.
"${CC:-cc}" -D_GNU_SOURCE -O1 -o "$scratch/canary" "$support/canary.c" -pthread ||
    fail "cannot build the canary"
stall_limit_us=${TACTUS_STALL_LIMIT_US:-150}
stall_us=0

canary_start() {
    "$scratch/canary" >"$scratch/canary_said" &
    canary=$!
}

canary_stop() {
    kill -TERM "$canary"
    wait "$canary"
    stall_us=$(<"$scratch/canary_said")
}

need_realtime() {
    if [[ -n $sanitizers ]]; then
        echo "SKIPPED: a build with sanitizers is too slow to say anything about deadlines"
        exit 77
    fi
    if ! chrt -f 80 true 2>/dev/null; then
        echo "SKIPPED: this machine refuses SCHED_FIFO, so nothing can be said about deadlines"
        exit 77
    fi
}

# live_check WHAT FUNCTION: the function makes a live run and its checks; where they fail although
# the canary saw a gap, both are done again. A fault of tactus fails as soon as the machine runs
# through; where it never does, nothing can be said.
live_check() {
    local said
    for try in {1..12}; do
        canary_start
        said=$("$2" 2>&1 && echo "as wanted")
        canary_stop
        if [[ ${said##*$'\n'} == "as wanted" ]]; then
            checks=$((checks + 1))
            return
        fi
        if ((stall_us < stall_limit_us)); then
            fail "$1 (the machine stood still for $stall_us us at most):"$'\n'"$said"
            return
        fi
        echo "$1: try $try: the machine stood still for $stall_us us; ${said%%$'\n'*}"
    done
    echo "SKIPPED: this machine never ran for long enough without standing still ($1)"
    ((failures > 0)) && exit 1
    exit 77
}
