#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Attacks promise 1: no user domain can read or write kernel memory, another domain's memory, or a
# partition beyond its rights. Here with raw pointers: each access ends that domain and nothing
# else.
source "$(dirname "$0")/support/attack.bash"
sound 1

# The kernel side's scheduler lists and tasks lie in one of its mappings without a name: each is tried.
nth=1
# A sanitizer has memory at the same addresses in every process: there it is no foreign memory.
foreign=.
[[ -n $sanitizers ]] && foreign=" 7[ef][0-9a-f]{10} "
kernel_unnamed() { mappings "$1" ' rw-p 00000000 00:00 0 *$' | grep -E "$foreign"; }
kernel_lists() {
    kernel_unnamed "$1" >unnamed
    head -n "$nth" unnamed | tail -n 1 # how many there are is not always the same
}
kernel_heap() { mappings "$1" '\[(heap|stack)\]' | head -1; } # a sanitizer has no [heap]
kernel_stack() { mappings "$1" '\[stack\]'; }
kernel_code() { mappings "$1" '/tactus$' | head -1; }
kernel_partition() { mappings "$1" 'tactus:far>calm:audio' | head -1; }
calm_partition() { mappings "$3" 'tactus:calm>aside:audio' | head -1; }
calm_heap() { mappings "$3" '\[(heap|stack)\]' | head -1; }
everything() {
    mappings "$1" ' [r-][w-].. '
    mappings "$3" ' [r-][w-].. '
}

# attack_memory LIST: reads and writes there
attack_memory() {
    local access
    for access in read write; do
        TACTUS_ATTACK=$access attack_with_targets "$1" pointer
        checks=$((checks + 1))
        [[ -s targets ]] || fail "$1: no such memory was found"
        expect_end_of_attacker "$access $1" "$crash_sentence"
    done
}
for list in kernel_heap kernel_stack kernel_code kernel_partition calm_partition calm_heap; do
    attack_memory "$list"
done
while ((nth <= 32)); do
    attack_memory kernel_lists
    ((nth >= $(wc -l <unnamed))) && break
    nth=$((nth + 1))
done

# What it was granted to read, it cannot write.
for mapping in board hostile:plan near\>attacker:audio successor:done calm:done attacker\>result:read; do
    TACTUS_ATTACK=write TACTUS_MAPPING=$mapping attack pointer
    expect_end_of_attacker "write $mapping" "$crash_sentence"
    expect_silence_after out.wav honest_out.wav "write $mapping"
    # And reading it is no crime.
    TACTUS_ATTACK=read TACTUS_MAPPING=$mapping attack pointer
    expect_code 0 "read $mapping"
    expect_bystander_whole "read $mapping"
done

# Every page of every mapping of the two victims, one after the other; nothing may let it in.
if [[ -z $sanitizers ]]; then
    for sweep in sweep sweep-write; do
        TACTUS_ATTACK=$sweep attack_with_targets everything pointer --hang-timeout 30s
        expect_code 0 "$sweep"
        expect_bystander_whole "$sweep"
        expect_nothing_left "$sweep"
        checks=$((checks + 1))
        read -r -d '' entered done tried < <(samples result.wav | tail -n 48 | head -3 | tr '\n' ' ')
        if [[ $entered != 0 || $done != 0.5 || $tried == 0 ]]; then
            fail "$sweep: pages let it in ($entered of $tried times 2^20)"
        fi
    done
fi
finish
