#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Attacks promise 1: no user domain can read or write kernel memory, another domain's memory, or a
# partition beyond its rights. Here through system calls, each of which is to be refused.
source "$(dirname "$0")/support/attack.bash"
sound 0.5

victims() {
    mappings "$1" '\[(heap|stack)\]' | head -1
    mappings "$1" 'tactus:far>calm:audio' | head -1
    mappings "$3" '\[(heap|stack)\]' | head -1
}
names=(read-proc-mem write-proc-mem list-maps process_vm_readv process_vm_writev ptrace-seize
    ptrace-attach kill pidfd-of-proc-folder pidfd_getfd open-its-descriptors enter-namespaces
    trace-from-new-namespace make-user-namespace signal-group send-descriptor
    mprotect map_files mremap madvise-remove proc-self-mem read-into move-sleepers block-sleepers
    memfd-left-open memory-devices take-priority outlive-parent execute hand-on-priority
    load-module mount)

# check_run WHAT OPTION...
check_run() {
    local what=$1 n=0 result
    shift
    attack_with_targets victims system_calls "$@"
    expect_live_code "$what"
    expect_bystander_whole "$what"
    expect_nothing_left "$what"
    for result in $(samples result.wav 2>/dev/null | head -n "${#names[@]}"); do
        checks=$((checks + 1))
        case $result in
        0.5) ;;
        1) fail "$what: ${names[n]} succeeded" ;;
        *) fail "$what: ${names[n]} was not tried ($result)" ;;
        esac
        n=$((n + 1))
    done
    checks=$((checks + 1))
    ((n == ${#names[@]})) || fail "$what: $n results of ${#names[@]}"
}
check_run offline
# A build with sanitizers is too slow for a domain that tries all of it within one deadline.
[[ -n $sanitizers ]] || check_run live --live --tick 10ms
finish
