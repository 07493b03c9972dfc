#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# What files are read and written: formats as sox reads them back, Ogg and FLAC in, another rate
# converted, variables, and a report whose numbers agree with the files.
source "$(dirname "$0")/support/sound.bash"

graph_of through.yaml "in: file_in: \"\${in}\"" "level: gain: 1, controls: [{name: gain_db, value: \"\${gain}\"}]" \
    "out: file_out: \"\${out}\"" "in > level" "level > out"
sed -i '1i variables: [{name: gain, value: 0}, {name: out, value: out.wav}]' through.yaml
graph_of stereo.yaml "in: file_in: \"\${in}\"" "level: gain: 2" "out: file_out: \"\${out}\"" "in > level" "level > out"

equal() { # WHAT VALUE WANTED
    checks=$((checks + 1))
    [[ $2 == "$3" ]] || fail "$1: $2 instead of $3"
}

# value_of FILE NAME: of what sox finds in a sound, such as 'RMS amplitude'
value_of() {
    sox -V1 -D "$1" -n stat 2>&1 | tr -s ' ' | sed -n "s/^$2: *//p"
}

# --- formats: a gain of 0 dB leaves the samples as they are, 16 bit of them fit into all of these
sox -V1 -D "$spoken" -t raw -e signed -b 16 spoken.raw
while read -r file format encoding bits precision; do
    graph_of format.yaml "in: file_in: \"$spoken\"" "out: file_out: $file, format: $format" "in > out"
    play "$format" format.yaml
    equal "$format: rate" "$(soxi -V1 -r "$file")" 48000
    equal "$format: channels" "$(soxi -V1 -c "$file")" 1
    equal "$format: frames" "$(soxi -V1 -s "$file")" 68545
    equal "$format: encoding" "$(soxi -V1 -e "$file")" "${encoding//_/ }"
    equal "$format: bits" "$(soxi -V1 -b "$file")" "$bits"
    equal "$format: precision" "$(soxi -V1 -p "$file")" "$precision"
    sox -V1 -D "$file" -t raw -e signed -b 16 back.raw
    same "$format: the samples" spoken.raw back.raw
done <<'END'
a.wav wav-pcm16 Signed_Integer_PCM 16 16
b.wav wav-pcm24 Signed_Integer_PCM 24 24
c.wav wav-pcm32 Signed_Integer_PCM 32 32
d.wav wav-float32 Floating_Point_PCM 32 25
e.flac flac-16 FLAC 16 16
f.flac flac-24 FLAC 24 24
END
# What is louder than full scale: cut off in whole numbers, kept in floats; never turned over.
play "loud" through.yaml --in "$spoken" --set gain=12 --set out=loud.wav
graph_of loud.yaml "in: file_in: loud.wav" "out: file_out: cut.wav, format: wav-pcm16" "in > out"
play "cut off" loud.yaml
sox -V1 -D "$spoken" -e signed -b 16 expected.wav vol 3.98107
checks=$((checks + 1))
paste -d ' ' <(sox -V1 -D cut.wav -t s16 - | od -An -v -td2 -w2) <(sox -V1 -D expected.wav -t s16 - | od -An -v -td2 -w2) |
    awk '{ d = $1 - $2; if (d < -2 || d > 2) bad++ } END { exit bad > 0 }' || fail "what is too loud is not cut off"

# --- Ogg, stereo: as sox decodes it
play "Ogg" stereo.yaml --in "$alarm" --out ogg.wav
equal "Ogg: channels" "$(soxi -V1 -c ogg.wav)" 2
equal "Ogg: frames" "$(soxi -V1 -s ogg.wav)" "$(soxi -V1 -s "$alarm")"
sox -V1 -D "$alarm" -e float -b 32 theirs.wav
checks=$((checks + 1))
paste -d ' ' <(sox -V1 -D ogg.wav -t s16 - | od -An -v -td2 -w4) <(sox -V1 -D theirs.wav -t s16 - | od -An -v -td2 -w4) |
    awk 'NF != 4 { bad++ } { d = $1 - $3; e = $2 - $4; if (d * d > 4 || e * e > 4) bad++ } END { exit bad > 0 }' ||
    fail "Ogg: not what sox decodes"
not_silent "Ogg" ogg.wav

# --- FLAC at 44.1 kHz: as it is, and converted
play "FLAC" through.yaml --in "$drum" --out drum.flac
equal "FLAC: rate" "$(soxi -V1 -r drum.flac)" 44100
equal "FLAC: frames" "$(soxi -V1 -s drum.flac)" "$(soxi -V1 -s "$drum")"
expect_json '.tick_ns == 10000000 and .block_frames == 441 and (.notices | length) == 1' "44.1 kHz: the tick"
sed '1i rate: 48000' through.yaml >converted.yaml
run run converted.yaml --in "$drum" --out drum.wav
expect_code 0 "converted"
expect_text stderr "^tactus: .*44100 Hz.*48000 Hz.*resampled" "converted: is told"
expect_text stdout ' resampled$' "converted: is told"
frames=$(soxi -V1 -s "$drum")
equal "converted: rate" "$(soxi -V1 -r drum.wav)" 48000
checks=$((checks + 1))
made=$(soxi -V1 -s drum.wav)
((made >= frames * 48000 / 44100 && made <= frames * 48000 / 44100 + 1)) ||
    fail "converted: $frames frames have become $made"
play "converted" converted.yaml --in "$drum" --out drum.wav
expect_json 'any(.files[]; .direction == "in" and .resampled and .rate_hz == 44100)' "converted"
expect_json '.notices | length == 1 and (.[0] | contains("resampled"))' "converted"

# A sweep keeps its level all the way, in both directions; above half of the rate nothing is left.
level() { # WHAT FILE START LENGTH LOW HIGH
    local rms
    sox -V1 -D "$2" part.wav trim "$3" "$4"
    rms=$(value_of part.wav 'RMS amplitude')
    checks=$((checks + 1))
    awk -v x="$rms" -v low="$5" -v high="$6" 'BEGIN { exit !(x >= low && x <= high) }' ||
        fail "$1: a level of $rms from $3 s on, not $5 to $6"
}
sox -V1 -D -r 44100 -n -e float -b 32 sweep44.wav synth 4 sine 100+18000 gain -6
sox -V1 -D -r 48000 -n -e float -b 32 sweep48.wav synth 4 sine 100+18000 gain -6
play "a sweep up to 48 kHz" converted.yaml --in sweep44.wav --out up.wav
sed '1i rate: 44100' through.yaml >down.yaml
play "a sweep down to 44.1 kHz" down.yaml --in sweep48.wav --out down.wav
for file in up.wav down.wav; do
    for start in 0.1 1 2 3 3.8; do
        level "the sweep in $file" "$file" "$start" 0.1 0.350 0.358
    done
done
sox -V1 -D -r 48000 -n -e float -b 32 beyond.wav synth 2 sine 23500 gain -6
play "beyond" down.yaml --in beyond.wav --out beyond44.wav
level "23.5 kHz at 44.1 kHz" beyond44.wav 0.5 1 0 0.0001

# --- variables, --in and --out
play "--set" through.yaml --set "in=$spoken" --set gain=-6 --set out=set.wav
play "--in, --out" through.yaml --in "$spoken" --set gain=-6 --out other.wav
same "--set and --in, --out" set.wav other.wav
run run through.yaml
expect_code 2 "a variable without a value"
expect_message 'in' "a variable without a value"
graph_of two.yaml "a: file_in: \"$spoken\"" "b: file_in: \"$alarm\"" "bus: mix: {sources: 2}" \
    "out: file_out: two.wav" "a > bus.0" "b.0 > bus.1" "bus > out"
run run two.yaml --in "$spoken"
expect_code 2 "--in for two inputs"
expect_message "'--in'|--in" "--in for two inputs"

# --- as long as the longest input; an input without a link counts as well
play "two inputs" two.yaml
equal "two inputs: frames" "$(soxi -V1 -s two.wav)" "$(soxi -V1 -s "$alarm")"
sed '/b.0 > bus.1/d; /from: b.0/d' two.yaml >loose.yaml
for profile in isolated monolithic; do
    play "an input without a link, $profile" loose.yaml --profile "$profile" --out loose.wav
    equal "an input without a link: frames" "$(soxi -V1 -s loose.wav)" "$(soxi -V1 -s "$alarm")"
done
graph_of thread.yaml "in: file_in: \"$spoken\"" "out: file_out: thread.wav, format: wav-pcm16" "in > out"
play "no module at all" thread.yaml
wav_samples thread.wav >thread.raw
same "no module at all" spoken.raw thread.raw
for frames in 1 47 48 49 4799; do
    sox -V1 -D "$spoken" short.wav trim 0 "${frames}s"
    play "$frames frames" through.yaml --in short.wav --out out.wav
    equal "$frames frames" "$(soxi -V1 -s out.wav)" "$frames"
    wav_samples short.wav >short.raw
    sox -V1 -D out.wav -t raw -e signed -b 16 out.raw
    same "$frames frames" short.raw out.raw
done

# --- the report
for name in voice domains stereo; do
    left=()
    [[ $name != stereo ]] || left=(--set left=left.wav)
    run run "$source_root/examples/$name.yaml" --set out=example.wav "${left[@]}" --json
    expect_code 0 "$name"
    expect_empty stderr "$name"
    expect_json '.ticks as $t | all(.tasks[]; .runs == $t) and (.tasks | length) > 2' "$name: runs"
    expect_json '.frames <= .ticks * .block_frames and .frames > (.ticks - 1) * .block_frames' "$name: frames"
    expect_json '.block_frames * 1000000000 == .rate_hz * .tick_ns' "$name: the tick"
    expect_json '.frames as $f | all(.files[]; .frames == $f)' "$name: frames of files"
    expect_json 'all(.tasks[]; .mean_ns <= .worst_ns and .mean_ns > 0 and .p99_ns <= 2 * .worst_ns)' "$name: times"
    expect_json '(.realtime_ratio * .elapsed_ns / (.frames * 1e9 / .rate_hz) - 1) | . > -0.01 and . < 0.01' "$name: ratio"
    expect_json 'all(.domains[]; .fate == "played" and .passed_over_ticks == 0 and .gate_refusals == 0)' "$name"
    equal "$name: frames" "$(soxi -V1 -s example.wav)" "$(jq .frames "$scratch/stdout")"
done
run run "$source_root/examples/voice.yaml" --out example.wav
expect_empty stderr "piped: no progress"
run run "$source_root/examples/voice.yaml" --out example.wav --quiet
expect_empty stderr "--quiet"
expect_empty stdout "--quiet"

# --- the list of plugins holds all that is played here
run plugins --json
expect_code 0 "plugins"
for uri in http://drobilla.net/plugins/mda/Limiter sc4m_1916.so:sc4m cmt.so:freeverb3 http://lv2plug.in/plugins/eg-amp; do
    expect_json "any(.plugins[]; .uri == \"$uri\" and .refusal == null)" "plugins: $uri"
done
run plugins http://lv2plug.in/plugins/eg-amp
expect_text stdout '^gain +-90 +24 +0 ' "plugins: eg-amp"
run plugins sc4m_1916.so:sc4m --json
expect_json '.plugins[0].controls | map(select(.is_output | not)) | length == 7' "plugins: sc4m"
run plugins http://lv2plug.in/plugins/eg-apm
expect_code 2 "plugins: eg-apm"
expect_message 'eg-amp' "plugins: eg-apm"
finish
