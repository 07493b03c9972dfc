#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Installs, with apt, what is missing to build, to run the example and to test. Asks nothing, installs
# nothing twice: where all is there it says so in one line and does not call apt.
# Usage: install-deps.sh [GROUP...]    (build, audio, example, check; none: all)
set -euo pipefail

# Group, why, packages.
declare -A why packages
why[build]='build tools: compiler, CMake, Ninja, pkg-config'
packages[build]='gcc libc6-dev make cmake ninja-build pkgconf'
why[audio]='audio libraries: sound files, resampling, LV2 and LADSPA headers, graph files'
packages[audio]='libsndfile1-dev libsoxr-dev liblilv-dev lv2-dev ladspa-sdk libcyaml-dev libyaml-dev libseccomp-dev'
why[example]='the sounds and the plugins of the examples'
packages[example]='alsa-utils sound-theme-freedesktop mda-lv2 swh-plugins'
why[check]='tests and checks: cmocka, the hosts to compare with, more plugins, clang, cross compilers'
packages[check]='libcmocka-dev lilv-utils sox cmt zam-plugins x42-plugins lv2-examples sonic-pi-samples
    strace jq groff-base procps g++ clang libclang-rt-14-dev clang-tidy clang-format
    gcc-riscv64-unknown-elf gcc-arm-none-eabi'

groups=("$@")
((${#groups[@]} > 0)) || groups=(build audio example check)

missing_of() { # packages...: those that are not installed
    local package
    for package in "$@"; do
        # "ii " and nothing else: a package that was removed leaves its name behind.
        [[ $(dpkg-query -W -f '${db:Status-Abbrev}\n' "$package" 2>/dev/null) == *ii\ * ]] || echo "$package"
    done
}

missing=()
for group in "${groups[@]}"; do
    if [[ -z ${packages[$group]:-} ]]; then
        echo "install-deps: no group '$group'; there are build, audio, example, check" >&2
        exit 2
    fi
    # shellcheck disable=SC2086
    mapfile -t lacking < <(missing_of ${packages[$group]})
    if ((${#lacking[@]} > 0)); then
        echo "Missing for ${why[$group]}:"
        echo "    ${lacking[*]}"
        missing+=("${lacking[@]}")
    fi
done

if ((${#missing[@]} == 0)); then
    echo "All packages are there (${groups[*]})."
    exit 0
fi

if ! command -v apt-get >/dev/null; then
    echo "install-deps: there is no apt-get here. Install these by hand: ${missing[*]}" >&2
    exit 1
fi

as_root=()
if [[ $(id -u) != 0 ]]; then
    if ! command -v sudo >/dev/null; then
        echo "install-deps: neither root nor sudo. As root: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
    # Without a terminal nobody can type a password: fail at once and say so.
    [[ -t 0 ]] || as_root=(sudo -n)
fi

apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=3 \
        -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

echo "Installing ${#missing[@]} packages with apt."
apt update
apt install -y --no-install-recommends "${missing[@]}"

mapfile -t lacking < <(missing_of "${missing[@]}")
if ((${#lacking[@]} > 0)); then
    echo "install-deps: still missing after apt: ${lacking[*]}" >&2
    exit 1
fi
echo "Installed: ${missing[*]}"
