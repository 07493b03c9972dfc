#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Holds the design to "no system call on the hot path", "while tasks run no lock is held" and "in a
# tick no allocation": a preloaded library counts what the threads of a tick call, through whole runs
# of real plugins, from the first tick to the last.
source "$(dirname "${BASH_SOURCE[0]}")/../cli/support/check.bash"
if [[ -n ${TACTUS_SANITIZERS:-} ]]; then
    echo "SKIPPED: the sanitizers bring an allocator of their own"
    exit 77
fi
names=(clock_gettime malloc calloc realloc free memalign pthread_mutex_lock pthread_rwlock
    pthread_cond_wait)
"${CC:-cc}" -D_GNU_SOURCE -O1 -fPIC -shared -o "$scratch/count.so" \
    "$source_root/test/linux/support/count.c" -ldl || fail "cannot build the counter"
export TACTUS_COUNTS=$scratch/counts

# counted WHAT ROLE OPTION...: ROLE is ll or tick: the one that runs the plugins
counted() {
    local what=$1 role=$2 i values
    shift 2
    head -c 4096 /dev/zero >"$TACTUS_COUNTS"
    LD_PRELOAD=$scratch/count.so run run "$@" --out "$scratch/out.wav"
    expect_live_code "$what"
    mapfile -t values < <(od -An -v -w8 -t u8 "$TACTUS_COUNTS" | tr -d ' ' | head -n 18)
    checks=$((checks + 1))
    if ((values[0] < 1000)) && [[ $role == ll ]]; then
        fail "$what: the counter did not see the domains' ticks (${values[0]} looks at the clock)"
    fi
    checks=$((checks + 1))
    ((values[9] >= 30)) || fail "$what: the counter did not see the ticks (${values[9]})"
    for i in {1..8} {10..17}; do
        checks=$((checks + 1))
        if ((values[i] != 0)); then
            fail "$what: $((values[i])) calls of ${names[i % 9]} in the thread of $(((i < 9))) (1: LL, 0: tick)"
        fi
    done
}
cd "$source_root" || exit 1
counted "domains, live" ll examples/domains.yaml --live
counted "domains, offline" ll examples/domains.yaml
counted "one domain, live" ll examples/voice.yaml --live
counted "monolithic, live" tick examples/voice.yaml --profile monolithic --live
counted "monolithic, offline" tick examples/voice.yaml --profile monolithic
finish
