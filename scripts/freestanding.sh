#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Compiles core, sched and gate for microcontrollers, without an operating system or a C library, and
# prints what they take there and what they need from outside. Fails on an error, and where they need
# anything but the four memory functions and what the compiler itself calls.
# Usage: freestanding.sh [FOLDER FOR THE OBJECTS]
set -euo pipefail
shopt -s nullglob

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
output=${1:-}
if [[ -z $output ]]; then
    output=$(mktemp -d)
    trap 'rm -rf "$output"' EXIT
fi

flags=(-std=c11 -ffreestanding -Os -ffunction-sections -fdata-sections -Wall -Wextra -Werror -Wshadow
    -Wconversion -Wno-sign-conversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Iinclude)

# What a port provides: the memory functions. What comes with the compiler (libgcc): arithmetic wider
# than the machine. Atomics that the machine has no instruction for are the port's too: shown apart.
from_port='^(memcpy|memset|memmove|memcmp|__aeabi_mem(cpy|set|move|clr)[48]?)$'
from_compiler='^(__aeabi_|__(u?div|u?mod|u?divmod|mul|ashl|lshr|ashr|clz|ctz|ffs|popcount|u?cmp|neg|bswap)[sdt]i[234]$|__gnu_thumb1_case_)'
from_atomics='^__(atomic|sync)_'

build_for() { # name, compiler prefix, machine flags...
    local name=$1 prefix=$2
    shift 2
    if ! command -v "${prefix}gcc" >/dev/null; then
        echo "freestanding: ${prefix}gcc is missing; scripts/install-deps.sh installs it" >&2
        exit 1
    fi
    mkdir -p "$output/$name"
    local source objects=() object
    for source in src/core/*.c src/sched/*.c src/gate/*.c; do
        object=$output/$name/$(tr / - <<<"${source%.c}").o
        "${prefix}gcc" "${flags[@]}" "$@" -c "$source" -o "$object"
        objects+=("$object")
    done
    "${prefix}gcc" "$@" -nostdlib -r -o "$output/$name/all.o" "${objects[@]}"
    "${prefix}size" "${objects[@]}" | awk -v name="$name" '
        NR > 1 { text += $1; data += $2; bss += $3 }
        END { printf "%-16s %8d %8d %8d\n", name, text, data, bss }'
    local undefined foreign atomics
    undefined=$("${prefix}nm" -u "$output/$name/all.o" | awk '{ print $NF }')
    foreign=$(grep -Ev "$from_port|$from_compiler|$from_atomics" <<<"$undefined" || true)
    atomics=$(grep -E "$from_atomics" <<<"$undefined" || true)
    if [[ -n $atomics ]]; then
        echo "                 of the port too, in a critical section: ${atomics//$'\n'/ }"
    fi
    if [[ -n $foreign ]]; then
        echo "freestanding: $name needs what no freestanding target has: ${foreign//$'\n'/ }" >&2
        exit 1
    fi
}

printf '%-16s %8s %8s %8s\n' 'core+sched+gate' text data bss
build_for rv32imac riscv64-unknown-elf- -march=rv32imac -mabi=ilp32
build_for cortex-m4 arm-none-eabi- -mcpu=cortex-m4 -mthumb
build_for cortex-m0plus arm-none-eabi- -mcpu=cortex-m0plus -mthumb
