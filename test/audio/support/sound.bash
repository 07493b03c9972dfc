# SPDX-License-Identifier: BSD-3-Clause
# Sourced by the tests that play real sounds: on top of test/cli/support/check.bash, the sounds, graphs
# in a few words, and comparisons of what came out. The folder is $scratch from here on.
source "$(dirname "${BASH_SOURCE[0]}")/../../cli/support/check.bash"
need sox soxi jq
cd "$scratch" || exit 1
export NO_COLOR=1

spoken=/usr/share/sounds/alsa/Front_Center.wav                           # 48 kHz, mono, 16 bit, 1.4 s
alarm=/usr/share/sounds/freedesktop/stereo/alarm-clock-elapsed.oga       # 48 kHz, stereo, Ogg
drum=/usr/share/sonic-pi/samples/drum_heavy_kick.flac                    # 44.1 kHz, FLAC
for sound in "$spoken" "$alarm" "$drum"; do
    if [[ ! -r $sound ]]; then
        echo "$sound is missing; scripts/install-deps.sh installs it"
        exit 1
    fi
done

# graph_of FILE LINE...: a graph with these lines; a line `a > b` is a link, `id: {...}` a node.
graph_of() {
    local file=$1 line nodes="" links=""
    shift
    for line in "$@"; do
        if [[ $line == *' > '* ]]; then
            links+="  - {from: ${line%% > *}, to: ${line##* > }}"$'\n'
        else
            nodes+="  - {id: ${line%%: *}, ${line#*: }}"$'\n'
        fi
    done
    printf 'nodes:\n%slinks:\n%s' "$nodes" "$links" >"$file"
}

# controls_of NAME=VALUE...: the value of `controls:`; a name with a colon before it is left out
controls_of() {
    local control text=""
    for control in "$@"; do
        [[ $control != :* ]] || continue
        text+="${text:+, }{name: ${control%%=*}, value: ${control#*=}}"
    done
    printf '[%s]' "$text"
}

# play WHAT ARGUMENT...: tactus run, which has to succeed, and to end
play() {
    local what=$1
    shift
    timeout 60 "$tactus" run "$@" --json >"$scratch/stdout" 2>"$scratch/stderr" </dev/null
    code=$?
    expect_code 0 "$what"
}

# same WHAT FILE FILE: equal to the bit
same() {
    checks=$((checks + 1))
    cmp "$2" "$3" >"$scratch/cmp" 2>&1 || {
        fail "$1"
        sed 's/^/    /' "$scratch/cmp"
        return 1
    }
}

# differ WHAT FILE FILE: a comparison that cannot fail shows nothing
differ() {
    checks=$((checks + 1))
    ! cmp -s "$2" "$3" || fail "$1: the files are equal"
}

number_at() { # FILE OFFSET: 32 bit, little endian
    od -An -v -tu4 --endian=little -j "$2" -N 4 "$1" | tr -d ' '
}

# wav_samples FILE: the bytes of its data chunk. Headers differ from writer to writer.
wav_samples() {
    local at=12 size length
    length=$(stat -c %s "$1")
    while ((at + 8 <= length)); do
        size=$(number_at "$1" $((at + 4)))
        if [[ $(tail -c +$((at + 1)) "$1" | head -c 4) == data ]]; then
            tail -c +$((at + 9)) "$1" | head -c "$size"
            return
        fi
        at=$((at + 8 + size + size % 2))
    done
}

# not_silent WHAT FILE
not_silent() {
    checks=$((checks + 1))
    if ! sox -V1 -D "$2" -n stat 2>&1 | awk '/^RMS +amplitude/ { found = $3 > 0.001 } END { exit !found }'; then
        fail "$1: $2 is silent"
    fi
}
