#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# One plugin makes here what it makes in the hosts that Debian ships: lv2apply (bit for bit) and sox's
# ladspa effect (to the grid of sox's 32 bit samples). Both are run here; nothing is stored. lv2apply
# runs a plugin frame by frame and sox in large blocks, so these plugins are some whose result does
# not depend on the block size.
source "$(dirname "$0")/support/sound.bash"
need lv2apply

sox -V1 -D "$spoken" -e float -b 32 mono.wav
sox -V1 -D "$alarm" -e float -b 32 stereo.wav trim 0 2.5
mda=http://drobilla.net/plugins/mda
x42=http://gareus.org/oss/lv2

# node_graph KEY NAME SOUND INPUTS CONTROL=VALUE...: into graph.yaml; a mono sound goes to all inputs
node_graph() {
    local key=$1 name=$2 sound=$3 inputs=$4
    shift 4
    local lines=("in: file_in: $sound" "plugin: $key: \"$name\", controls: $(controls_of "$@")"
        "out: file_out: out.wav, format: wav-float32" "plugin > out")
    if [[ $sound == mono.wav && $inputs == 2 ]]; then
        lines+=("in > plugin.0" "in > plugin.1")
    else
        lines+=("in > plugin")
    fi
    graph_of graph.yaml "${lines[@]}"
}

# with_lv2apply URI SOUND INPUTS CONTROL=VALUE...
with_lv2apply() {
    local uri=$1 sound=$2 what="$1 on $2" control arguments=()
    node_graph lv2 "$@"
    shift 3
    for control in "$@"; do
        arguments+=(-c "${control%%=*}" "${control#*=}")
    done
    rm -f theirs.wav
    lv2apply -i "$sound" -o theirs.wav "${arguments[@]}" "$uri" >lv2apply.log 2>&1 || {
        fail "$what: lv2apply failed: $(head -3 lv2apply.log)"
        return
    }
    wav_samples theirs.wav >theirs
    for tick in 125us 1ms 10ms; do
        play "$what, $tick" graph.yaml --tick "$tick"
        wav_samples out.wav >ours
        same "$what, $tick: not what lv2apply makes" ours theirs
    done
    not_silent "$what" out.wav
    wav_samples "$sound" >input
    differ "$what" ours input
}


with_lv2apply http://lv2plug.in/plugins/eg-amp mono.wav 1 gain=-7.5
with_lv2apply "$mda/RingMod" mono.wav 2 freq=0.2 fine=0.3 feedback=0.25
with_lv2apply "$mda/Delay" stereo.wav 2 l_delay=0.3 r_delay=0.6 feedback=0.8 fx_mix=0.6
with_lv2apply "$mda/Limiter" stereo.wav 2 thresh=0.3 output=0.7 attack=0.05
with_lv2apply "$mda/Dynamics" stereo.wav 2 thresh=0.4 ratio=0.6 output=0.2 gate_thr=0.1
with_lv2apply "$mda/Image" stereo.wav 2 s_width=0.9 m_level=0.6
with_lv2apply "$mda/Detune" mono.wav 2 detune=0.4 mix=0.6
with_lv2apply "$mda/Stereo" mono.wav 2 width=0.9 delay=0.6 mod=0.2
with_lv2apply "$mda/Ambience" stereo.wav 2 size=0.8 mix=0.6

# The largest distance of two sounds, in steps of 2^-31
distance() {
    paste -d ' ' <(sox -V1 -D "$1" -t s32 - | od -An -v -td4 -w4) <(sox -V1 -D "$2" -t s32 - | od -An -v -td4 -w4) |
        awk 'NF != 2 { print "lengths differ"; exit }
            { d = $1 - $2; if (d < 0) d = -d; if (d > worst) worst = d }
            END { if (NF == 2) print worst + 0 }'
}

# with_sox FILE LABEL SOUND INPUTS CONTROL=VALUE...: all controls, in the order of the ports. sox wants
# a value for output controls too: those have a colon, and are not for the graph.
with_sox() {
    local object=$1 label=$2 sound=$3 inputs=$4 what="$1.so:$2 on $3" steps
    shift 4
    node_graph ladspa "$object.so:$label" "$sound" "$inputs" "$@"
    rm -f theirs.wav
    LADSPA_PATH=/usr/lib/ladspa sox -V1 -D "$sound" -e signed -b 32 theirs.wav ladspa "$object" "$label" \
        "${@#*=}" >sox.log 2>&1 || {
        fail "$what: sox failed: $(head -3 sox.log)"
        return
    }
    for tick in 125us 1ms 10ms; do
        play "$what, $tick" graph.yaml --tick "$tick"
        steps=$(distance out.wav theirs.wav)
        checks=$((checks + 1))
        [[ $steps == [01] ]] || fail "$what, $tick: $steps steps of 32 bit away from what sox makes"
    done
    not_silent "$what" out.wav
    checks=$((checks + 1))
    [[ $(distance out.wav "$sound") != [01] ]] || fail "$what: nothing was changed"
}

with_sox highpass_iir_1890 highpass_iir mono.wav 1 cutoff_frequency=700 stages_2_poles_per_stage=2
with_sox sc4m_1916 sc4m mono.wav 1 rms_peak=0.5 attack_time_ms=12 release_time_ms=90 \
    threshold_level_db=-24 ratio_1_n=5 knee_radius_db=3 makeup_gain_db=3 :amplitude_db=0 \
    :gain_reduction_db=0
with_sox single_para_1203 singlePara mono.wav 1 gain_db=-9 frequency_hz=900 bandwidth_octaves=1.5
with_sox cmt lpf mono.wav 1 cutoff_frequency_hz=500
with_sox cmt delay_1s mono.wav 1 delay_seconds=0.25 dry_wet_balance=0.4
with_sox cmt amp_stereo stereo.wav 2 gain=0.37
with_sox sc4_1882 sc4 stereo.wav 2 rms_peak=0.25 attack_time_ms=20 release_time_ms=300 \
    threshold_level_db=-20 ratio_1_n=8 knee_radius_db=5 makeup_gain_db=2 :amplitude_db=0 \
    :gain_reduction_db=0
with_sox cmt freeverb3 stereo.wav 2 freeze_mode=0 room_size=0.7 damping=0.3 wet_level=0.2 \
    dry_level=0.4 width=0.8
with_sox dj_eq_1901 dj_eq stereo.wav 2 lo_gain_db=-12 mid_gain_db=3 hi_gain_db=-6 :latency=0
finish
