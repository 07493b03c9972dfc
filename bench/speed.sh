#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The offline speed of examples/voice.yaml, isolated and monolithic: times real time, the median of
# runs that alternate between the two, and how much of the monolithic speed the walls leave. The sound
# is a minute of speech put together from what alsa-utils brings. Prints a table, and appends a line
# for each run, with the machine's facts, to out/speed.csv.
# Usage: speed.sh [TACTUS [RUNS]]
set -euo pipefail

cd "$(dirname "$0")/.."
tactus=$(realpath "${1:-build/release/bin/tactus}")
runs=${2:-7}
csv=out/speed.csv
for program in sox jq; do
    command -v "$program" >/dev/null || {
        echo "speed: $program is missing; scripts/install-deps.sh installs it" >&2
        exit 1
    }
done
[[ $runs =~ ^[0-9]+$ ]] && ((runs >= 5)) || {
    echo "speed: at least 5 runs, not '$runs'" >&2
    exit 2
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

spoken=(/usr/share/sounds/alsa/{Front,Rear,Side}_*.wav)
sounds=()
for ((i = 0; i < 6; i++)); do
    sounds+=("${spoken[@]}")
done
sox -V1 -D "${sounds[@]}" "$scratch/in.wav" trim 0 60

cpu=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -1)
facts="\"${cpu:-unknown}\",$(nproc),$(uname -r)"
mkdir -p out
[[ -s $csv ]] || echo 'time,cpu,cores,kernel,version,profile,run,sound_s,elapsed_ms,realtime_ratio' >"$csv"
version=$("$tactus" --version | head -1)

for ((run = 0; run <= runs; run++)); do
    for profile in isolated monolithic; do
        "$tactus" run examples/voice.yaml --in "$scratch/in.wav" --out "$scratch/$profile.wav" \
            --profile "$profile" --json >"$scratch/report.json" 2>"$scratch/stderr" || {
            cat "$scratch/stderr" >&2
            exit 1
        }
        ((run > 0)) || continue # the first fills the caches
        jq -r --arg time "$(date -u +%FT%TZ)" --arg version "$version" --arg facts "$facts" --argjson run "$run" \
            '"\($time),\($facts),\($version),\(.profile),\($run),\(.frames / .rate_hz),\(.elapsed_ns / 1e6),\(.realtime_ratio)"' \
            "$scratch/report.json" | tee -a "$csv" >>"$scratch/now.csv"
    done
done
cmp "$scratch/isolated.wav" "$scratch/monolithic.wav" || {
    echo "speed: the two made different sounds" >&2
    exit 1
}

# column PROFILE: times real time, in order of size
column() {
    awk -F, -v profile="$1" '$(NF - 4) == profile { print $NF }' "$scratch/now.csv" | sort -n
}
median() { awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
echo "examples/voice.yaml, 60 s of sound, offline, $runs runs of each; ${cpu:-unknown}, $(nproc) cores"
echo
printf '%-12s %10s %10s %10s   times real time\n' profile slowest median fastest
for profile in isolated monolithic; do
    printf '%-12s %10.0f %10.0f %10.0f\n' "$profile" "$(column $profile | head -1)" \
        "$(column $profile | median)" "$(column $profile | tail -1)"
done
printf '\nisolated / monolithic: %.2f\n' \
    "$(echo "$(column isolated | median) $(column monolithic | median)" | awk '{ print $1 / $2 }')"
echo "all runs: $csv"
