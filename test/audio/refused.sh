#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The table of bad input: each is refused with exit code 2 and one line of message, which names the
# line of the graph where there is one, and the output that was there before stays as it is. Then what
# goes wrong in the run itself: exit code 1, and the same of the output.
source "$(dirname "$0")/support/sound.bash"

keep() {
    printf 'what was there before' >kept.wav
    touch -d '2001-02-03 04:05:06' kept.wav
}

is_kept() { # WHAT
    checks=$((checks + 1))
    cmp -s <(printf 'what was there before') kept.wav &&
        [[ $(stat -c %Y kept.wav) == $(date -d '2001-02-03 04:05:06' +%s) ]] ||
        fail "$1: the output that was there is not as it was"
    checks=$((checks + 1))
    [[ $(find . -name '*kept*' | wc -l) == 1 ]] || fail "$1: something was left beside the output: $(find . -name '*kept*')"
}

# refused WHAT PATTERN ARGUMENT...: for `tactus run`
refused() {
    local what=$1 pattern=$2
    shift 2
    keep
    timeout 60 "$tactus" run "$@" >"$scratch/stdout" 2>"$scratch/stderr" </dev/null
    code=$?
    expect_code 2 "$what"
    expect_message "$pattern" "$what"
    expect_empty stdout "$what"
    is_kept "$what"
}

amp='lv2: "http://lv2plug.in/plugins/eg-amp"'
good=("in: file_in: \"\${in}\"" "amp: $amp, controls: [{name: gain, value: -3}]"
    "out: file_out: kept.wav" "in > amp" "amp > out")

# wrong WHAT LINE PATTERN SED: a good graph to which a script of sed was done; LINE is that of the
# message, - for none
graph_of good.yaml "${good[@]}"
sed -i "s|\${in}|$spoken|; 1i name: g" good.yaml
# 1 name  2 nodes:  3 in  4 amp  5 out  6 links:  7 in > amp  8 amp > out
wrong() {
    local what=$1 line=$2 pattern=$3
    sed "$4" good.yaml >wrong.yaml
    [[ $line == - ]] || pattern="^tactus: wrong\\.yaml:$line: .*($pattern)"
    checks=$((checks + 1))
    ! cmp -s good.yaml wrong.yaml || fail "$what: nothing is wrong"
    refused "$what" "$pattern" wrong.yaml
}

play "the good graph" good.yaml --out played.wav

# --- YAML
wrong 'a bracket that is not closed' '[0-9]+' '' '4s/{/{{/'
wrong 'a tab' '[0-9]+' '' $'4s/^  /\t/'
wrong 'no YAML' '[0-9]+' '' '1,$d;s/.*/%/;1i %%%'
wrong 'a list' 1 '' '1s/.*/- a/;2,$d'
wrong 'a second document' '[0-9]+' '' '$a ---\nname: h'
wrong 'an alias' '[0-9]+' '' '1s/g/*g/'
wrong 'bytes that are no text' '[0-9]+' '' $'1s/g/\xff\xfe/'
: >wrong.yaml
refused 'an empty graph' 'wrong\.yaml' wrong.yaml
head -c 3000000 /dev/zero >wrong.yaml
refused 'a graph of nothing but zeros' 'wrong\.yaml' wrong.yaml
head -c 200000 /dev/zero | tr '\0' '[' >wrong.yaml
refused 'brackets without end' 'wrong\.yaml' wrong.yaml
refused 'a sound as a graph' 'Front_Center' "$spoken"
refused 'a graph that is missing' 'missing\.yaml' missing.yaml
refused 'a folder as a graph' '^tactus: \.' .

# --- keys and values
wrong 'an unknown key of the graph' 1 'colour' '1s/.*/colour: red/'
wrong 'an unknown key of a node' 4 'colour' '4s/id: amp/&, colour: red/'
wrong 'an unknown key of a link' 7 'colour' '7s/to:/colour: red, &/'
wrong 'an unknown key of a control' 4 'colour' '4s/name: gain/&, colour: red/'
wrong 'a key twice' 4 'id|lv2' '4s/id: amp/&, id: amp/'
wrong 'two nodes of one name' '[45]' "'?amp'?" '5s/id: out/id: amp/'
wrong 'a node that is nothing' 4 'amp' '4s/lv2.*/domain: a}/'
wrong 'a node that is two things' 4 'amp' '4s/lv2/gain: 1, &/'
wrong 'a name with a blank' 4 'a mp' '4s/id: amp/id: a mp/'
wrong 'a name that is too long' 4 '' '4s/id: amp/id: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/'
wrong 'a domain that is not declared' 5 'yonder' '4s/id: amp/&, domain: yonder/;1a domains: [{name: here}]'
wrong 'no nodes' '[0-9]+' 'nodes|links' '2,5d'
wrong 'no output' '[0-9]+' '' '5d;8d'
wrong 'a variable without a value' 3 'speech' '3s|file_in: .*}|file_in: "${speech}"}|'
wrong 'a variable that is not closed' 3 '' '3s|file_in: .*}|file_in: "${speech"}|'

# --- links
wrong 'an unknown node in a link' 7 'apm.*' '7s/amp/apm/'
wrong 'a port out of range' 7 'amp|channel' '7s/amp/amp.1/'
wrong 'a port of absurd number' 7 '' '7s/amp/amp.99999999999999999999/'
wrong 'a negative port' 7 '' '7s/amp/amp.-1/'
wrong 'a range the wrong way' 7 '' '7s/amp/amp.1-0/'
wrong 'different numbers of channels' 8 '1 channel.*2' '4s/{id/{id: two, gain: 2}\n  - &/;7s/amp/two/;8s/amp/two.0/'
wrong 'an input with two links' 8 'amp' '8i \  - {from: in, to: amp}'
wrong 'into an input file' 7 'in' '7s/to: amp/to: in/'
wrong 'out of an output file' 7 'out' '7s/from: in/from: out/'
wrong 'a cycle' '[78]' 'cycle.*amp|amp.*cycle' '7s/from: in/from: amp/'
sed '4a \  - {id: b, gain: 1}\n  - {id: c, gain: 1}' good.yaml | sed '9s/.*/  - {from: c, to: amp}/
    $a \  - {from: amp, to: b}\n  - {from: b, to: c}' >wrong.yaml
refused 'a cycle of three' '^tactus: wrong\.yaml:[0-9]+: .*cycle' wrong.yaml

# --- plugins
wrong 'an LV2 plugin that is unknown' 4 'eg-pma' '4s/eg-amp/eg-pma/'
wrong 'a LADSPA file that is unknown' 4 'nothing_is\.so' '4s|lv2: "[^"]*"|ladspa: "nothing_is.so:amp"|'
wrong 'a LADSPA label that is unknown' 4 'nothing' '4s|lv2: "[^"]*"|ladspa: "cmt.so:nothing"|'
wrong 'a LADSPA plugin without a label' 4 '' '4s|lv2: "[^"]*"|ladspa: "cmt.so"|'
wrong 'a native module that is missing' 4 'mine\.so' '4s|lv2: "[^"]*"|native: ./mine.so|'
wrong 'a native module that is none' 4 'Front_Center' "4s|lv2: \"[^\"]*\"|native: $spoken|"
wrong 'a control that is unknown' 4 'niag.*gain' '4s/name: gain/name: niag/'
wrong 'a value above the range' 4 '24' '4s/value: -3/value: 24.5/'
wrong 'a value below the range' 4 '-90' '4s/value: -3/value: -90.5/'
for value in nan inf 1e999 loud '""' '[1]'; do
    wrong "a value of $value" 4 '' "4s/value: -3/value: $value/"
done
wrong 'a control twice' 4 'gain' '4s/controls: \[/&{name: gain, value: 1}, /'

# --- numbers
wrong 'a tick that is no whole number of frames' 1 '' '1s/.*/tick: 130us/'
wrong 'a tick that is too long' 1 '10 ?ms' '1s/.*/tick: 11ms/'
wrong 'a tick that is too short' 1 '125 ?us' '1s/.*/tick: 62500ns/'
wrong 'a tick without a unit' 1 '' '1s/.*/tick: 1/'
wrong 'a tick of nothing' 1 '' '1s/.*/tick: 0ms/'
wrong 'a tick that is no number' 1 '' '1s/.*/tick: soon/'
for rate in 0 -48000 7999 384001 99999999999999999999 48000Hz 44100.5 1e5 0xbb80 0137200; do
    wrong "a rate of $rate" 1 '' "1s/.*/rate: $rate/"
done
wrong 'no channels' 4 '' '4s/lv2.*/gain: 0}/'
wrong 'half a channel' 4 '' '4s/lv2.*/gain: 1.5}/'
wrong 'too many channels' 4 '64' '4s/lv2.*/gain: 65}/'
wrong 'absurdly many channels' 4 '' '4s/lv2.*/gain: 4294967297}/'
wrong 'a mix of nothing' 4 '' '4s/lv2.*/mix: {sources: 0}}/'
wrong 'a mix of too much' 4 '64' '4s/lv2.*/mix: {sources: 65536, channels: 65536}}/'
wrong 'an output without channels' 5 '' '5s/kept.wav/&, channels: 0/'
wrong 'an output of too many channels' 5 '64' '5s/kept.wav/&, channels: 65/'
wrong 'a format that is unknown' 5 'wav-pcm12' '5s/kept.wav/&, format: wav-pcm12/'
wrong 'an ending that is unknown' 5 'mp3' '5s/kept.wav/kept.mp3/'
wrong 'an owner that is unknown' 1 '' '1s/.*/schedulers: {LL_TIMER: nobody}/'
wrong 'an owner that cannot be' 1 '' '1s/.*/schedulers: {EDF: user}/'
{
    sed 2q good.yaml
    for ((i = 0; i < 1100; i++)); do echo "  - {id: n$i, gain: 1}"; done
    sed -n '3,$p' good.yaml
} >wrong.yaml
refused 'too many nodes' 'wrong\.yaml:.*1024' wrong.yaml

# --- inputs
sed -i 's|file_in: .*}|file_in: "${in}"}|; 1s|.*|variables: [{name: in, value: none.wav}]|' good.yaml
head -c 60000 "$spoken" >cut.wav
head -c 20 "$spoken" >cut-short.wav
head -c 44 "$spoken" >cut-bare.wav
head -c 9000 "$drum" >cut.flac
head -c 40000 "$alarm" >cut.ogg
: >empty.wav
sox -V1 -D "$spoken" silent.wav trim 0 0
head -c 5000 /dev/urandom >noise.wav
echo 'no sound' >text.wav
# Bytes 22 and 23 of a WAV are its channels
sox -V1 -D "$spoken" -e signed -b 16 none-at-all.wav
printf '\0\0' | dd of=none-at-all.wav bs=1 seek=22 conv=notrunc status=none
# Twenty million frames, of which few are there
sox -V1 -D "$spoken" vast.wav
printf '\x00\x5a\x62\x02' | dd of=vast.wav bs=1 seek=40 conv=notrunc status=none
mkfifo pipe.wav
for file in none.wav . /dev/null /dev/zero empty.wav silent.wav noise.wav text.wav cut.wav cut-short.wav \
    cut-bare.wav cut.flac cut.ogg none-at-all.wav vast.wav pipe.wav good.yaml no/such/folder.wav; do
    refused "the input $file" "$(basename "$file")" good.yaml --in "$file"
done
long=$(head -c 5000 /dev/zero | tr '\0' a)
refused 'an input of absurd name' '511' good.yaml --in "$long"
refused 'an output of absurd name' '511' good.yaml --in "$spoken" --out "$long.wav"

# --- outputs
mkdir folder.wav
refused 'an output in no folder' 'no-such' good.yaml --in "$spoken" --out no-such/kept.wav
refused 'an output that is a folder' 'folder\.wav' good.yaml --in "$spoken" --out folder.wav
refused 'an output below a file' 'good\.yaml' good.yaml --in "$spoken" --out good.yaml/out.wav
refused 'an output that is the input' '' good.yaml --in kept.wav --out kept.wav
if [[ $(id -u) == 0 ]]; then
    refused 'an output where nothing can be written' 'proc' good.yaml --in "$spoken" --out /proc/out.wav
else
    mkdir closed && chmod a-w closed
    refused 'an output without permission' 'closed' good.yaml --in "$spoken" --out closed/out.wav
fi

# --- options
for option in '--tick=1.0001ms' '--tick=0' '--tick=1e30s' '--tick=-1ms' '--tick=nan' '--tick=99999999999999999999s' \
    '--hang-timeout=0' '--hang-timeout=1ns' '--hang-timeout=3601s' '--set=in' '--profile=none' '--live=1'; do
    refused "$option" '' good.yaml --in "$spoken" "$option"
done
refused 'a variable that the graph has not' 'nothing' good.yaml --in "$spoken" --set nothing=1

# --- in the run
# failed WHAT PATTERN OUTPUT ARGUMENT...
failed() {
    local what=$1 pattern=$2
    shift 2
    timeout 60 "$tactus" run good.yaml --quiet "$@" >"$scratch/stdout" 2>"$scratch/stderr" </dev/null
    code=$?
    expect_code 1 "$what"
    expect_text stderr "^tactus: .*$pattern" "$what"
    expect_no_text stderr '^([^t]|$)' "$what"
    expect_empty stdout "$what"
}
run run good.yaml --in "$spoken" --out /dev/full --quiet
checks=$((checks + 1))
((code == 1 || code == 2)) || fail "to /dev/full: exit code $code"
expect_message '/dev/full' 'to /dev/full'
if mkdir -p small && mount -t tmpfs -o size=400k none small 2>/dev/null; then
    trap 'umount "$scratch/small"; rm -rf "$scratch"' EXIT
    sox -V1 -D "$alarm" long.wav remix 1
    printf 'what was there before' >small/out.wav
    touch -d '2001-02-03 04:05:06' small/out.wav
    for profile in isolated monolithic; do
        failed "a full disk, $profile" 'small/out\.wav.*(space|full)' --in long.wav --out small/out.wav \
            --profile "$profile"
        checks=$((checks + 2))
        [[ $(cat small/out.wav) == 'what was there before' ]] || fail "a full disk: the output is lost"
        [[ $(ls -A small) == out.wav ]] || fail "a full disk: left behind: $(ls -A small)"
    done
    play "it fits" good.yaml --in "$spoken" --out small/out.wav
else
    echo "no tmpfs can be mounted: a full disk is not tested"
fi
finish
