#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# What is installed is whole: programs, headers, library and tactus.pc in their places, and a program
# of somebody else compiles, links and runs against it with what pkg-config says.
set -euo pipefail

build=${TACTUS_BUILD:?the build folder}
source=${TACTUS_SOURCE:?the source folder}
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT

cmake --install "$build" --prefix "$prefix" >"$prefix/log" || {
    cat "$prefix/log"
    exit 1
}

for header in "$source"/include/tactus/*.h; do
    cmp "$header" "$prefix/include/tactus/${header##*/}"
done
for graph in "$source"/examples/*.yaml; do
    [[ -e $graph ]] || continue
    cmp "$graph" "$prefix/share/tactus/examples/${graph##*/}"
done
for page in "$source"/doc/man/*.1; do
    [[ -e $page ]] || continue
    cmp "$page" "$prefix/share/man/man1/${page##*/}"
done
"$prefix/bin/tactus" --help >"$prefix/log" || {
    cat "$prefix/log"
    exit 1
}
for helper in "$build"/bin/tactus-*; do
    [[ -x $helper ]] || continue
    [[ -x $prefix/libexec/tactus/${helper##*/} ]] || {
        echo "install: ${helper##*/} is not in libexec/tactus"
        exit 1
    }
done

pc=$(find "$prefix" -name tactus.pc)
export PKG_CONFIG_PATH=${pc%/*}
cflags=$(pkg-config --cflags tactus)
libs=$(pkg-config --libs tactus)
[[ "$cflags $libs" == *"-I$prefix/include"*"-L$prefix/lib"* || "$cflags $libs" == *pkgconfig/..* ]] || {
    echo "install: pkg-config says $cflags $libs"
    exit 1
}
programs=0
for example in "$source"/examples/*.c; do
    [[ -e $example ]] || continue
    # shellcheck disable=SC2086
    "${CC:-cc}" -std=c11 -D_GNU_SOURCE "$example" $cflags $libs -o "$prefix/program"
    "$prefix/program" >"$prefix/log" || {
        cat "$prefix/log"
        exit 1
    }
    programs=$((programs + 1))
done
echo "install: whole; $programs programs built against it"
