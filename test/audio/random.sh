#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Random graphs make the same files isolated, monolithic, at another tick and with other domains. The
# seed of each is told where it fails; TACTUS_SEED=N plays that one alone.
source "$(dirname "$0")/support/sound.bash"
mda=http://drobilla.net/plugins/mda
sox -V1 -D "$spoken" -e float -b 32 one.wav trim 0.1 1.1
sox -V1 -D "$alarm" -e float -b 32 two.wav trim 0 1.7

# key and controls | inputs | outputs: the result of each does not depend on the block size
modules=(
    'gain: 1, controls: [{name: gain_db, value: -3}]|1|1'
    'gain: 2, controls: [{name: gain_db, value: -2}]|2|2'
    'gain: 3|3|3'
    'mix: {sources: 2}|2|1'
    'mix: {sources: 3, channels: 2}|6|2'
    'ladspa: "cmt.so:lpf", controls: [{name: cutoff_frequency_hz, value: 2000}]|1|1'
    'ladspa: "cmt.so:hpf", controls: [{name: cutoff_frequency_hz, value: 200}]|1|1'
    'ladspa: "cmt.so:delay_1s", controls: [{name: delay_seconds, value: 0.1}]|1|1'
    'ladspa: "cmt.so:amp_stereo", controls: [{name: gain, value: 0.9}]|2|2'
    'ladspa: "cmt.so:freeverb3"|2|2'
    'ladspa: "sc4m_1916.so:sc4m", controls: [{name: threshold_level_db, value: -20}, {name: ratio_1_n, value: 3}]|1|1'
    'ladspa: "single_para_1203.so:singlePara", controls: [{name: gain_db, value: 3}, {name: frequency_hz, value: 1500}]|1|1'
    "lv2: \"$mda/Delay\"|2|2"
    "lv2: \"$mda/RingMod\"|2|2"
    "lv2: \"$mda/Image\"|2|2"
    "lv2: \"$mda/Limiter\"|2|2"
    'lv2: "http://lv2plug.in/plugins/eg-amp", controls: [{name: gain, value: -2}]|1|1')
ticks=(125us 250us 500us 1ms 2ms 5ms 10ms)

below() { # N: into the variable of that name; not in a subshell, which would not move RANDOM on
    below=$((RANDOM % $1))
}

# random_graph FILE DOMAINS: of 1 to 12 modules, each fed by what is before it; DOMAINS names to choose
# from. Some outputs feed many, some none; some inputs are silent; the order in the file is any.
random_graph() {
    local file=$1 domains=$2 count index channel nodes=() links=() outputs=(one.0 two.0 two.1) inputs made
    below 12
    count=$((below + 1))
    nodes=("one: file_in: one.wav" "two: file_in: two.wav")
    for ((index = 0; index < count; index++)); do
        below ${#modules[@]}
        IFS='|' read -r text inputs made <<<"${modules[below]}"
        below "$domains"
        nodes+=("m$index: $text, domain: d$below")
        for ((channel = 0; channel < inputs; channel++)); do
            below 12
            ((below != 0)) || continue
            # Rather from what was made last than from the beginning: chains, not stars.
            below ${#outputs[@]}
            ((below * 2 >= ${#outputs[@]})) || below ${#outputs[@]}
            links+=("${outputs[below]} > m$index.$channel")
        done
        for ((channel = 0; channel < made; channel++)); do
            outputs+=("m$index.$channel")
        done
    done
    nodes+=("out: file_out: \"\${out}\", format: wav-float32, channels: 4"
        "aside: file_out: \"\${aside}\", format: wav-float32, channels: 1")
    for channel in 0 1 2; do
        below ${#outputs[@]}
        links+=("${outputs[below]} > out.$channel")
    done
    links+=("${outputs[-1]} > out.3")
    below ${#outputs[@]}
    links+=("${outputs[below]} > aside.0")
    # Nodes and links in any order
    for ((index = ${#nodes[@]} - 1; index > 0; index--)); do
        below $((index + 1))
        text=${nodes[index]} nodes[index]=${nodes[below]} nodes[below]=$text
    done
    for ((index = ${#links[@]} - 1; index > 0; index--)); do
        below $((index + 1))
        text=${links[index]} links[index]=${links[below]} links[below]=$text
    done
    graph_of "$file" "${nodes[@]}" "${links[@]}"
}

# render WHAT NAME ARGUMENT...: into NAME.wav and NAME-aside.wav
render() {
    local what=$1 name=$2
    shift 2
    rm -f "$name.wav" "$name-aside.wav"
    play "$what" graph.yaml --set "out=$name.wav" --set "aside=$name-aside.wav" "$@"
}

seeds=()
if [[ -n ${TACTUS_SEED:-} ]]; then
    seeds=("$TACTUS_SEED")
else
    for ((seed = 1; seed <= 25; seed++)); do
        seeds+=("$seed")
    done
fi
for seed in "${seeds[@]}"; do
    RANDOM=$seed
    failures_before=$failures
    below 6
    random_graph graph.yaml $((below + 1))
    below ${#ticks[@]}
    tick=${ticks[below]}
    below ${#ticks[@]}
    other_tick=${ticks[below]}
    what="seed $seed"
    render "$what, monolithic" monolithic --profile monolithic --tick "$tick"
    render "$what, isolated" isolated --tick "$tick"
    same "$what: isolated and monolithic" isolated.wav monolithic.wav
    same "$what: isolated and monolithic, aside" isolated-aside.wav monolithic-aside.wav
    render "$what, $other_tick" other --tick "$other_tick"
    same "$what: $tick and $other_tick" isolated.wav other.wav
    # The same nodes in other domains
    sed -i 's/domain: d0/domain: d9/; s/domain: d1/domain: d0/; s/domain: d[35]/domain: d1/' graph.yaml
    render "$what, other domains" other --tick "$tick"
    same "$what: other domains" isolated.wav other.wav
    if ((failures > failures_before)); then
        echo "TACTUS_SEED=$seed bash test/audio/random.sh plays this graph (ticks $tick, $other_tick):"
        cat graph.yaml
    fi
done
finish
