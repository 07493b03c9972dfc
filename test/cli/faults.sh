#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A module that crashes, ends the process or hangs: the domain and the node are named, the exit code
# is 1, the output is whole.
source "$(dirname "$0")/support/check.bash"
need jq "${CC:-cc}"
cd "$scratch" || exit 1
# A module that ends the process would start the search for leaks, which prints.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"

cat >fault.c <<'EOF'
#include <stdlib.h>
#include <string.h>
#include <tactus/module.h>
static int runs;
static void *instance_new(uint32_t rate_hz, uint32_t block_frames, const float *values)
{
    (void)rate_hz, (void)block_frames, (void)values;
    return &runs;
}
static void process(void *instance, const float *const *inputs, float *const *outputs, uint32_t frames)
{
    (void)instance;
    memcpy(outputs[0], inputs[0], frames * sizeof(float));
    if (++runs == 200)
        FAULT;
}
static void instance_free(void *instance)
{
    (void)instance;
}
static const struct tactus_module module = {.abi = TACTUS_MODULE_ABI, .name = "fault", .inputs = 1,
    .outputs = 1, .instance_new = instance_new, .process = process, .instance_free = instance_free};
const struct tactus_module *tactus_module(void);
const struct tactus_module *tactus_module(void)
{
    return &module;
}
EOF
cat >graph.yaml <<'EOF'
variables:
  - {name: module}
nodes:
  - {id: in, file_in: in.wav}
  - {id: bad, native: "${module}", domain: strip}
  - {id: good, gain: 1, domain: bystander}
  - {id: out, file_out: out.wav}
  - {id: aside, file_out: aside.wav}
links:
  - {from: in, to: bad}
  - {from: bad, to: out}
  - {from: in, to: good}
  - {from: good, to: aside}
EOF
{
    # 48 kHz, mono, 16 bit, 48000 frames
    printf 'RIFF\x24\x77\x01\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\xbb\x00\x00\x00\x77\x01\x00\x02\x00\x10\x00'
    printf 'data\x00\x77\x01\x00'
    yes 'a quiet buzz' | head -c 96000
} >in.wav

# build NAME STATEMENT
build() {
    "${CC:-cc}" -shared -fPIC -O1 -I"$source_root/include" -DFAULT="$2" -o "$1.so" fault.c ||
        fail "cannot build $1.so"
}
build crash '*(volatile int *)0 = 1'
build leave 'exit(3)'
build hang 'for (volatile int i = 0;;) i = i'

# check NAME FATE SENTENCE
check() {
    rm -f out.wav aside.wav
    run run graph.yaml --set "module=./$1.so" --hang-timeout 300ms
    expect_code 1 "$1"
    expect_text stderr "^tactus: domain 'strip' $3" "$1"
    expect_text stdout '^domain +task' "$1"
    run run graph.yaml --set "module=./$1.so" --hang-timeout 300ms --quiet
    expect_code 1 "$1 --quiet"
    expect_empty stdout "$1 --quiet"
    expect_message "domain 'strip' $3" "$1 --quiet"
    run run graph.yaml --set "module=./$1.so" --hang-timeout 300ms --json
    expect_code 1 "$1 --json"
    expect_json ".exit_code == 1 and .faults_count == 1 and (.faults | length == 1)" "$1 --json"
    expect_json "any(.domains[]; .name == \"strip\" and .fate == \"$2\" and .culprit == \"bad\")" "$1 --json"
    expect_json 'any(.domains[]; .name == "bystander" and .fate == "played")' "$1 --json"
    expect_json 'all(.files[]; .frames == 48000)' "$1 --json"
    expect_json 'any(.files[]; .node == "out" and .written and .silent_frames > 30000)' "$1 --json"
    expect_json 'any(.files[]; .node == "aside" and .written and .silent_frames == 0)' "$1 --json"
}
check crash crashed "crashed \(SIGSEGV\) in (or soon after )?tick [0-9]+ while 'bad' ran"
check leave crashed "ended by itself \(exit code 3\) in (or soon after )?tick [0-9]+ while 'bad' ran"
# A module that never ends its set-up: a stop does not wait for it, and nothing is written.
sed 's/(void)rate_hz,/for (volatile int i = 0;;) i = i;\n    &/' fault.c >fault_load.c
"${CC:-cc}" -shared -fPIC -I"$source_root/include" -DFAULT=runs=0 -o load.so fault_load.c ||
    fail "cannot build load.so"
echo precious >out.wav
"$tactus" run graph.yaml --set module=./load.so --quiet 2>"$scratch/stderr" &
sleep 1
kill -TERM $!
wait $!
code=$?
expect_code 130 'a stop while loading'
expect_message 'stopped while the domains were loading' 'a stop while loading'
[[ $(<out.wav) == precious ]] || fail 'a stop while loading lost out.wav'

# Two channels of one file that fail together are one silence.
cat >both.yaml <<'EOF'
nodes:
  - {id: in, file_in: in.wav}
  - {id: left, native: ./crash.so, domain: left}
  - {id: right, native: ./crash.so, domain: right}
  - {id: out, file_out: both.wav}
links:
  - {from: in, to: left}
  - {from: in, to: right}
  - {from: left, to: out.0}
  - {from: right, to: out.1}
EOF
run run both.yaml --json
expect_code 1 both
expect_json 'any(.files[]; .node == "out" and .silent_frames > 30000 and .silent_frames < 48000)' both
check hang hung "hung in (or soon after )?tick [0-9]+ while 'bad' ran and was killed"
finish
