#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Wrong command lines: exit code 2, exactly one line that says what is wrong and where to look,
# nothing on stdout.
source "$(dirname "$0")/support/check.bash"
cd "$scratch" || exit 1

# wrong PATTERN ARGUMENT...
wrong() {
    local pattern=$1
    shift
    run "$@"
    expect_code 2 "$*"
    expect_message "$pattern" "$*"
    expect_empty stdout "$*"
    case ${1-} in
    run) expect_text stderr "see 'tactus run --help'$" "$*" ;;
    plugins) expect_text stderr "see 'tactus plugins --help'$" "$*" ;;
    *) expect_text stderr "see 'tactus --help'$" "$*" ;;
    esac
}

wrong 'missing'
wrong "no command 'rnu' \(did you mean 'run'\?\)" rnu
wrong "did you mean 'plugins'" plugin
wrong "no command 'frobnicate'" frobnicate
wrong "no command 'nothing'" help nothing
wrong "no option '--verison' \(did you mean '--version'\?\)" --verison
wrong "no command ''" ''
wrong 'no command .a.x0ab.' $'a\nb'

wrong 'which graph' run
wrong 'which graph' run --live
wrong 'one graph at a time' run a.yaml b.yaml
wrong 'name is empty' run ''
wrong "no option '--foo'" run --foo g.yaml
wrong "did you mean '--tick'" run g.yaml --ticks=1ms
wrong "no option '-x'" run g.yaml -x
wrong 'could be more than one' run g.yaml --h
wrong "'--json' takes no value" run g.yaml --json=yes
wrong "'--tick' needs a value" run g.yaml --tick
wrong "'--set' needs a value: --set NAME=VALUE" run g.yaml --set
wrong 'not NAME=VALUE' run g.yaml --set name
wrong 'not NAME=VALUE' run g.yaml --set =value
wrong 'not NAME=VALUE' run g.yaml --set ''
wrong "needs the name of a file" run g.yaml --in ''
wrong "needs the name of a file" run g.yaml --out=
wrong 'neither isolated nor monolithic' run g.yaml --profile both
wrong 'neither isolated nor monolithic' run g.yaml --profile ''
wrong 'neither isolated nor monolithic' run g.yaml --profile ISOLATED

for junk in '' ' ' 1 ms 1m 1msx '1 ms' ' 1ms' '1ms ' -1ms +1ms 1e0ms 0x1ms 1.ms .5ms 1,5ms 1.5.5ms \
    1MS 1min 0.1ns 18446744073709551616ns 99999999999999999999999ms 9999999999999999999s \
    0.0000000000000000000000000001ms nan inf '1ms;'; do
    wrong "no time; write a number and a unit" run g.yaml --tick "$junk"
    wrong "no time; write a number and a unit" run g.yaml --hang-timeout "$junk"
done
for outside in 0ms 0s 1ns 124us 124.999us 10.000001ms 11ms 1s 18446744073s; do
    wrong "$outside is out of range; 125us to 10ms are allowed" run g.yaml --tick "$outside"
done
for outside in 0s 9ms 3601s; do
    wrong "$outside is out of range; 10ms to 3600s are allowed" run g.yaml --hang-timeout "$outside"
done

wrong 'none of lv2, ladspa, native' plugins --kind vst
wrong "'--search' needs a value" plugins --search
wrong 'one URI at a time' plugins a b
wrong 'the URI is empty' plugins ''
wrong 'for the list' plugins gain --search x
wrong 'for the list' plugins gain --all
wrong "did you mean '--search'" plugins --serach x

# A wrong graph is no wrong usage: the message is about the file, without the hint.
for tick in 125us 0.125ms 10ms 10000us 125000ns 2.5ms; do
    run run missing.yaml --tick "$tick"
    expect_code 2 "a missing graph"
    expect_message 'missing\.yaml' "a missing graph"
    expect_no_text stderr '--help' "a missing graph"
done
run run --json missing.yaml
expect_code 2 "a missing graph with --json"
expect_message 'missing\.yaml' "a missing graph with --json"
expect_empty stdout "a missing graph with --json"
finish
