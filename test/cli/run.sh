#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# tactus run as a program among others: what it says where, what it ends with, how it is stopped.
source "$(dirname "$0")/support/check.bash"
need jq script
cd "$scratch" || exit 1
export NO_COLOR=1

# le BYTES VALUE: little endian
le() {
    local i
    for ((i = 0; i < $1; i++)); do
        # shellcheck disable=SC2059
        printf "\\x$(printf %x $((($2 >> 8 * i) & 255)))"
    done
}

# wav FRAMES: 48 kHz, mono, 16 bit
wav() {
    printf 'RIFF' && le 4 $((36 + 2 * $1)) && printf 'WAVEfmt ' && le 4 16 && le 2 1 && le 2 1
    le 4 48000 && le 4 96000 && le 2 2 && le 2 16 && printf 'data' && le 4 $((2 * $1))
    yes 'a quiet buzz' | head -c $((2 * $1))
}

cat >graph.yaml <<'EOF'
name: "a \"buzz\""
variables:
  - {name: in, value: in.wav}
  - {name: level, value: -6}
nodes:
  - {id: in, file_in: "${in}"}
  - id: level
    gain: 1
    controls: [{name: gain_db, value: "${level}"}]
  - {id: out, file_out: out.wav, format: wav-float32}
links:
  - {from: in, to: level}
  - {from: level, to: out}
EOF
wav 48000 >in.wav
wav 192000 >long.wav

# --- what is said where
run run graph.yaml
expect_code 0 "a run"
expect_text stdout '^a "buzz": 1\.00 s of sound in .* times real time$' "a run"
expect_text stdout '^isolated, offline; 48000 Hz; 1000 ticks of 1 ms \(48 frames\)$' "a run"
expect_text stdout '^domain +task +runs +mean +p99 +worst +of tick +overruns$' "a run"
expect_text stdout '^main +level +1000 ' "a run"
expect_text stdout '^core +ticks +missed +skipped +real-time' "a run"
expect_text stdout '^in +in\.wav +48000 +1 +48000$' "a run"
expect_text stdout '^out +out\.wav +48000 +1 +48000$' "a run"
expect_no_text stdout $'[\033\r]| $' "a run"
expect_no_text stderr $'[\033\r]' "a run that is piped shows no progress"
run run graph.yaml --quiet --profile monolithic --out quiet.wav
expect_code 0 "--quiet"
expect_empty stdout "--quiet"
expect_empty stderr "--quiet"
checks=$((checks + 1))
cmp -s out.wav quiet.wav || fail "the profiles differ"

# --- JSON
run run graph.yaml --json
expect_code 0 "--json"
expect_json '.schema == 1 and .graph == "a \"buzz\"" and .exit_code == 0 and .faults == []' "--json"
expect_json '.rate_hz == 48000 and .tick_ns == 1000000 and .block_frames == 48' "--json"
expect_json '.ticks == 1000 and .frames == 48000 and .live == false and .stopped == false' "--json"
expect_json '.realtime_ratio > 0 and .elapsed_ns > 0 and .faults_count == 0' "--json"
expect_json 'any(.domains[]; .name == "main" and .fate == "played" and .pid > 0)' "--json"
expect_json 'any(.tasks[]; .name == "level" and .runs == 1000 and .worst_ns >= .mean_ns)' "--json"
expect_json '.cores[0].ticks == 1000 and .cores[0].p99_wakeup_ns == null' "--json"
expect_json '[.files[].direction] | sort == ["in", "out"]' "--json"
expect_json 'any(.files[]; .path == "out.wav" and .written and .silent_frames == 0)' "--json"
odd=$'odd "name"\\ \n\x01 \xff \xc3\xa9.wav'
cp in.wav "$odd"
run run graph.yaml --in "$odd" --json
expect_code 0 "a file with an odd name"
expect_json 'any(.files[]; .path == "odd \"name\"\\ \n\u0001 \ufffd é.wav")' "a file with an odd name"
run run graph.yaml --in "$odd"
expect_text stdout 'odd "name"\\ \\x0a\\x01 ' "a file with an odd name"
run run graph.yaml --in "missing $odd"
expect_code 2 "a missing file with an odd name"
expect_message 'missing odd' "a missing file with an odd name"

# --- variables
run run graph.yaml --set level=0 --set level=-12 --set in=in.wav --quiet --out last.wav
expect_code 0 "--set"
run run graph.yaml --set level=-12 --quiet --out once.wav
checks=$((checks + 1))
cmp -s last.wav once.wav || fail "--set: the last does not count"
run run graph.yaml --set levle=0
expect_code 2 "--set for a variable that is not there"
expect_message 'level' "--set for a variable that is not there"

# --- input that is wrong
printf 'before' >kept.wav
for file in missing.wav . /dev/null graph.yaml; do
    run run graph.yaml --in "$file" --out kept.wav
    expect_code 2 "--in $file"
    expect_message "$(basename "$file")" "--in $file"
    expect_empty stdout "--in $file"
done
run run graph.yaml --out no-such-folder/out.wav
expect_code 2 "an output that cannot be"
expect_message 'no-such-folder' "an output that cannot be"
checks=$((checks + 1))
[[ $(cat kept.wav) == before ]] || fail "wrong input: the output that was there is lost"

# --- readers that go, disks that are full
"$tactus" run graph.yaml --out piped.wav 2>&1 >/dev/null | true
"$tactus" run graph.yaml --json --out piped-too.wav 2>/dev/null | true
checks=$((checks + 1))
cmp -s out.wav piped.wav || fail "the reader of stderr has gone, and with it the output"
cmp -s out.wav piped-too.wav || fail "the reader of stdout has gone, and with it the output"
"$tactus" run graph.yaml --json >/dev/full 2>"$scratch/stderr"
code=$?
expect_code 1 "JSON to a full disk"
expect_text stderr 'standard output' "JSON to a full disk"

# --- stopped
# start MASK ARGUMENT...: tactus with these in the background, running, which is when it catches the
# signals of the mask; sets $pid. With job control, since otherwise SIGINT is ignored there.
start() {
    local mask=$1 caught i
    shift
    set -m
    "$tactus" "$@" >"$scratch/stdout" 2>"$scratch/stderr" </dev/null &
    pid=$!
    set +m
    for ((i = 0; i < 3000; i++)); do
        caught=$(sed -n 's/^SigCgt:[[:space:]]*/0x/p' "/proc/$pid/status" 2>/dev/null)
        (((${caught:-0} & mask) == mask)) && return
        sleep 0.01
    done
}

for signal in INT TERM HUP; do
    rm -f stopped.wav
    start 0x4003 run graph.yaml --live --in long.wav --out stopped.wav
    sleep 0.3
    kill -$signal $pid
    # timeout(1) sends it to the process and to its group: it counts once.
    kill -$signal $pid 2>/dev/null
    wait $pid
    code=$?
    expect_code 130 "SIG$signal"
    expect_text stderr "^tactus: stopped by SIG$signal; what was produced so far is kept: .* in 1 file$" \
        "SIG$signal"
    expect_text stdout ', stopped$' "SIG$signal"
    run run graph.yaml --in stopped.wav --out again.wav --json
    expect_code 0 "what SIG$signal left"
    expect_json '.frames > 0 and .frames < 192000' "what SIG$signal left"
done
trap '' HUP
start 0x4002 run graph.yaml --live --profile monolithic --quiet --out nohup.wav
trap - HUP
kill -HUP $pid
wait $pid
code=$?
expect_code 0 "SIGHUP that nohup has put aside"

# --- a terminal
# on_terminal COLUMNS COMMAND: into $scratch/stdout
on_terminal() {
    script -qec "stty cols $1; $2" /dev/null >"$scratch/stdout" 2>&1 </dev/null
    code=$?
}
for columns in 30 60 80 120; do
    TERM=xterm on_terminal $columns "'$tactus' run graph.yaml --live --profile monolithic"
    expect_code 0 "on $columns columns"
    expect_text stdout $'\r.*[0-9] %  +[0-9:-]+ left.*\033\\[K' "on $columns columns"
    expect_no_text stdout $'\033\\[1m' "NO_COLOR on $columns columns"
    tr '\r' '\n' <"$scratch/stdout" | grep -a ' left' | sed $'s/\033\\[K.*//' >"$scratch/lines"
    expect_no_text lines ".{$columns}" "the progress on $columns columns"
done
TERM=dumb on_terminal 80 "'$tactus' run graph.yaml"
expect_no_text stdout $'\033| left' "on a dumb terminal"
unset NO_COLOR
TERM=xterm on_terminal 80 "'$tactus' run graph.yaml --quiet"
expect_empty stdout "--quiet on a terminal"
TERM=xterm on_terminal 80 "'$tactus' run graph.yaml --no-realtime"
expect_text stdout $'\033\\[1mdomain' "on a terminal the heads are bold"
finish
