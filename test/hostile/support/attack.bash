# SPDX-License-Identifier: BSD-3-Clause
# Sourced by the hostile tests. On top of test/cli/support/check.bash it gives a graph in which an
# attacker sits between a file and a successor, with a bystander beside them, and what has to hold
# whatever the attacker does:
#
#   near.wav -> attacker (domain hostile) -> result.wav
#                                         -> after (domain successor) -> out.wav
#   far.wav  -> calm (domain calm) -> aside.wav
support=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$support/../../cli/support/check.bash"
need jq sox
cd "$scratch" || exit 1
modules=${TACTUS_MODULES:?the folder of the attacking modules}
sanitizers=${TACTUS_SANITIZERS:-}
export NO_COLOR=1 TACTUS_TEST_MARK=$scratch
# A sanitizer turns a crash of the domain into an exit of its own; leaks are not the matter here.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0:allow_user_segv_handler=1:log_path=/dev/null"
crash_sentence='(crashed \([A-Z ]+\)|ended by itself \(exit code [0-9]+\))'
if [[ -z $sanitizers ]]; then
    crash_sentence='crashed \(SIG[A-Z]+\)'
fi

cat >graph.yaml <<'YAML'
variables:
  - {name: module}
nodes:
  - {id: near, file_in: near.wav}
  - {id: attacker, native: "${module}", domain: hostile}
  - {id: result, file_out: result.wav, format: wav-float32}
  - {id: after, gain: 1, domain: successor, controls: [{name: gain_db, value: 0}]}
  - {id: out, file_out: out.wav, format: wav-float32}
  - {id: far, file_in: far.wav}
  - {id: calm, gain: 1, domain: calm, controls: [{name: gain_db, value: -3}]}
  - {id: aside, file_out: aside.wav, format: wav-float32}
links:
  - {from: near, to: attacker}
  - {from: attacker, to: result}
  - {from: attacker, to: after}
  - {from: after, to: out}
  - {from: far, to: calm}
  - {from: calm, to: aside}
YAML

# sound SECONDS: the two files that go in, and what comes out of the graph when nobody attacks
sound() {
    sox -R -n -r 48000 -c 1 -b 24 near.wav synth "$1" pinknoise vol 0.5
    sox -R -n -r 48000 -c 1 -b 24 far.wav synth "$1" sawtooth 300:3000 vol 0.5
    TACTUS_ATTACK=none run run graph.yaml --set "module=$modules/faulty.so"
    expect_code 0 "undisturbed"
    mv out.wav honest_out.wav
    mv result.wav honest_result.wav
    mv aside.wav honest_aside.wav
    sort -o "$scratch/files_before" <(ls -A)
}

# attack MODULE OPTION...: runs the graph against it; TACTUS_ATTACK and the rest are the caller's
attack() {
    local module=$1
    shift
    rm -f out.wav result.wav aside.wav
    run run graph.yaml --set "module=$modules/$module.so" "$@"
    cat "$scratch/stderr" >>"$scratch/said"
}

marked_processes() {
    grep -lzsFx "TACTUS_TEST_MARK=$scratch" /proc/[0-9]*/environ | while IFS=/ read -r _ _ pid _; do
        [[ $pid == "$$" || $pid == "${BASHPID:-}" ]] && continue
        [[ $(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") == *bash* ]] && continue
        # Shells, greps and the like are this test's own.
        case $(cat "/proc/$pid/comm" 2>/dev/null) in
        tactus | tactus-*) echo "$pid" ;;
        esac
    done
}

# Nobody is left that was started here, and with them no memory file; no file but the named ones.
expect_nothing_left() {
    checks=$((checks + 1))
    local left
    left=$(marked_processes)
    if [[ -n $left ]]; then
        fail "$1: processes are left: $left"
        # shellcheck disable=SC2086
        kill -9 $left
    fi
    checks=$((checks + 1))
    left=$(ls -A | grep -vxFf "$scratch/files_before" |
        grep -vxE 'result\.wav|out\.wav|aside\.wav|unnamed|canary(_said)?|files_before|said|stdout|stderr|targets|jq')
    if [[ -n $left ]]; then
        fail "$1: files are left: $left"
    fi
}

# The bystander's sound is that of a run without an attack.
expect_bystander_whole() {
    checks=$((checks + 1))
    cmp honest_aside.wav aside.wav || fail "$1: the bystander's sound has changed"
}

expect_node_named() {
    expect_text stderr "^tactus: domain 'hostile' .*while 'attacker' ran" "$1"
}

# What a domain's end must look like, whatever ended it.
expect_end_of_attacker() {
    expect_code 1 "$1"
    expect_text stderr "domain 'hostile' $2 in (or soon after )?tick [0-9]+ while 'attacker' ran" "$1"
    expect_no_text stderr "'(calm|successor)' (crashed|ended|hung)" "$1"
    expect_bystander_whole "$1"
    expect_nothing_left "$1"
}

samples() { # FILE: one number per line
    sox -V1 "$1" -t f32 - | od -An -v -w4 -t f4 | tr -d ' '
}

frames() { # FILE
    soxi -V1 -s "$1"
}

# expect_silence_after FILE HONEST WHAT: the honest sound up to some frame, silence from there on,
# and as many frames.
expect_silence_after() {
    checks=$((checks + 1))
    paste <(samples "$1") <(samples "$2") | awk '
        $2 == "" || $1 == "" { print "not as long"; exit }
        !broken && $1 != $2 { broken = NR }
        broken && $1 + 0 != 0 { print "sound in frame " NR ", after it broke off in " broken; exit }
        END { if (!broken) print "it is not broken off at all" }' >"$scratch/jq"
    [[ -s $scratch/jq ]] && fail "$3: $1: $(head -1 "$scratch/jq")"
}

# child_of PID NAME: the process of a domain, once it has been executed
child_of() {
    local pid
    for _ in {1..1000}; do
        pid=$(pgrep -P "$1" -xf "$2")
        if [[ -n $pid ]]; then
            echo "$pid"
            return
        fi
        sleep 0.01
    done
    echo 0
}

# Waits until a command succeeds, for ten seconds.
until_true() {
    for _ in {1..1000}; do
        "$@" && return
        sleep 0.01
    done
    return 1
}

# attack_with_targets LIST MODULE OPTION...: LIST PID PID PID (kernel side, hostile, calm) prints the
# lines "pid start end" that the module waits for while it is loading.
attack_with_targets() {
    local list=$1 module=$2 kernel hostile calm
    shift 2
    rm -f out.wav result.wav aside.wav targets
    TACTUS_TARGETS=$scratch/targets "$tactus" run graph.yaml --set "module=$modules/$module.so" \
        "$@" >"$scratch/stdout" 2>"$scratch/stderr" </dev/null &
    kernel=$!
    hostile=$(child_of "$kernel" hostile)
    calm=$(child_of "$kernel" calm)
    until_true grep -q 'r--s.*tactus:.*plan' "/proc/$calm/maps"
    until_true grep -q "$module.so" "/proc/$hostile/maps"
    "$list" "$kernel" "$hostile" "$calm" >targets.new
    mv targets.new targets
    wait "$kernel"
    code=$?
}

# mappings PID PATTERN: its mappings whose line matches, as "pid start end"
mappings() {
    grep -E "$2" "/proc/$1/maps" | sed -E "s/^([0-9a-f]+)-([0-9a-f]+) .*/$1 \1 \2/"
}
