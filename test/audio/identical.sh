#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The same graph makes the same file, bit for bit: again, isolated and monolithic, live and offline,
# with all nodes in one domain, one domain for each and domains that alternate, and at every tick.
# The plugins are ones whose result does not depend on the block size.
source "$(dirname "$0")/support/sound.bash"
mda=http://drobilla.net/plugins/mda

# Five nodes one after the other; D1 to D5 are replaced by their domains.
mono=("in: file_in: \"\${in}\"" "out: file_out: \"\${out}\", format: wav-float32"
    "cut: ladspa: \"highpass_iir_1890.so:highpass_iir\", domain: D1, controls: [{name: cutoff_frequency, value: 90}]"
    "comp: ladspa: \"sc4m_1916.so:sc4m\", domain: D2, controls: [{name: threshold_level_db, value: -22}, {name: ratio_1_n, value: 4}]"
    "clear: ladspa: \"single_para_1203.so:singlePara\", domain: D3, controls: [{name: gain_db, value: 4}, {name: frequency_hz, value: 3000}]"
    "ring: lv2: \"$mda/RingMod\", domain: D4, controls: [{name: freq, value: 0.1}]"
    "limit: lv2: \"$mda/Limiter\", domain: D5, controls: [{name: thresh, value: 0.4}]"
    "in > cut" "cut > comp" "comp > clear" "clear > ring.0" "clear > ring.1" "ring > limit" "limit > out")
stereo=("in: file_in: \"\${in}\"" "out: file_out: \"\${out}\", format: wav-float32"
    "delay: lv2: \"$mda/Delay\", domain: D1, controls: [{name: fx_mix, value: 0.6}]"
    "amp: ladspa: \"cmt.so:amp_stereo\", domain: D2, controls: [{name: gain, value: 0.7}]"
    "verb: ladspa: \"cmt.so:freeverb3\", domain: D3, controls: [{name: room_size, value: 0.8}]"
    "wide: lv2: \"$mda/Image\", domain: D4, controls: [{name: s_width, value: 0.9}]"
    "level: gain: 2, domain: D5, controls: [{name: gain_db, value: -4}]"
    "in > delay" "delay > amp" "amp > verb" "verb > wide" "wide > level" "level > out")
# The left channel and the right one take different ways, the way of one forks, and all meets again.
forked=("in: file_in: \"\${in}\"" "out: file_out: \"\${out}\", format: wav-float32"
    "left: ladspa: \"cmt.so:lpf\", domain: D1, controls: [{name: cutoff_frequency_hz, value: 900}]"
    "right: ladspa: \"sc4m_1916.so:sc4m\", domain: D2, controls: [{name: makeup_gain_db, value: 3}]"
    "wet: lv2: \"$mda/Delay\", domain: D3, controls: [{name: feedback, value: 0.6}]"
    "dry: gain: 2, domain: D4, controls: [{name: gain_db, value: -3}]"
    "bus: mix: {sources: 3, channels: 2}, domain: D5"
    "in.0 > left" "in.1 > right" "left > wet.0" "right > wet.1" "left > dry.0" "right > dry.1"
    "wet > bus.0-1" "dry > bus.2-3" "in > bus.4-5" "bus > out")

# place FILE DOMAIN DOMAIN DOMAIN DOMAIN DOMAIN LINE...
place() {
    local file=$1 lines=("${@:7}") node
    for node in 1 2 3 4 5; do
        shift
        lines=("${lines[@]/domain: D$node/domain: $1}")
    done
    graph_of "$file" "${lines[@]}"
}

sox -V1 -D "$spoken" -e float -b 32 mono.wav
sox -V1 -D "$alarm" -e float -b 32 stereo.wav trim 0 1.5
sox -V1 -D "$alarm" -e float -b 32 forked.wav trim 3 1.1

for name in mono stereo forked; do
    declare -n lines=$name
    place "$name-one.yaml" a a a a a "${lines[@]}"
    place "$name-each.yaml" a b c d e "${lines[@]}"
    place "$name-turns.yaml" a b a b a "${lines[@]}"
    place "$name-two.yaml" a a b b a "${lines[@]}"
    files=(--set "in=$name.wav")
    play "$name" "$name-one.yaml" "${files[@]}" --set out=first.wav
    not_silent "$name" first.wav
    differ "$name" first.wav "$name.wav"
    play "$name again" "$name-one.yaml" "${files[@]}" --set out=other.wav
    same "$name: a second time" first.wav other.wav
    for domains in one each turns two; do
        for profile in isolated monolithic; do
            play "$name, $domains, $profile" "$name-$domains.yaml" "${files[@]}" --profile "$profile" \
                --set out=other.wav
            same "$name, $domains, $profile" first.wav other.wav
        done
    done
    for tick in 125us 250us 1ms 2ms 5ms 10ms; do
        for domains in each turns; do
            play "$name, $domains, $tick" "$name-$domains.yaml" "${files[@]}" --tick "$tick" \
                --set out=other.wav
            same "$name, $domains, $tick" first.wav other.wav
        done
    done
    play "$name, 250us, monolithic" "$name-turns.yaml" "${files[@]}" --tick 250us \
        --profile monolithic --set out=other.wav
    same "$name, 250us, monolithic" first.wav other.wav
done

# Whether all sound of the last run was in time. What the machine delays is not the graph's fault: a run
# in which it stood still is repeated. Ticks that were missed and made up for change nothing.
undisturbed() {
    expect_json '.live' "live"
    [[ $(jq '([.domains[].passed_over_ticks, .cores[].skipped_ticks] +
        [.files[] | .silent_frames, .dropped_frames] | add) == 0' "$scratch/stdout") == true ]]
}

# live WHAT ARGUMENT...: the same as first.wav
live() {
    local what="$1, live" attempt=0
    shift
    while ((++attempt <= 5)); do
        run run "$@" --live --json --set out=other.wav
        if undisturbed; then
            expect_code 0 "$what"
            same "$what" first.wav other.wav
            return
        fi
        echo "$what: the machine stood still, once more"
    done
    echo "$what: five times the machine stood still; not compared"
}
for graph in forked-one forked-each forked-turns mono-turns; do
    files=(--set "in=${graph%-*}.wav")
    play "$graph" "$graph.yaml" "${files[@]}" --set out=first.wav
    live "$graph" "$graph.yaml" "${files[@]}"
    live "$graph, monolithic" "$graph.yaml" "${files[@]}" --profile monolithic
    live "$graph, 5ms" "$graph.yaml" "${files[@]}" --tick 5ms
done
finish
