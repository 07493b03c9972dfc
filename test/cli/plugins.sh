#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# What tactus plugins lists and shows. Where the native ones do, no others are looked for.
source "$(dirname "$0")/support/check.bash"
need jq
mkdir "$scratch/none"
export LADSPA_PATH=$scratch/none LV2_PATH=$scratch/none

run plugins
expect_code 0 "the list"
expect_text stdout '^kind +in>out +name +uri$' "the list"
expect_text stdout '^native +any +.* gain$' "the list"
expect_text stdout '^native +any +.* mix$' "the list"
expect_no_text stdout $'\033| $' "colour or trailing spaces in the list"
expect_empty stderr "the list"
run plugins --kind native --search GAIN
expect_code 0 "--search"
expect_text stdout ' gain$' "--search"
expect_no_text stdout ' mix$' "--search"
run plugins --search no-plugin-has-such-a-name
expect_code 0 "nothing matches"
expect_empty stdout "nothing matches"
expect_message 'no plugin matches' "nothing matches"
run plugins --search no-plugin-has-such-a-name --json
expect_code 0 "nothing matches, JSON"
expect_json '.schema == 1 and .plugins == []' "nothing matches, JSON"

run plugins --kind native --json
expect_code 0 "the list as JSON"
expect_empty stderr "the list as JSON"
expect_json '[.plugins[].uri] | contains(["gain", "mix"])' "the list as JSON"
expect_json 'all(.plugins[]; .kind == "native" and .inputs == null and .refusal == null)' "JSON"
expect_json 'all(.plugins[]; keys == ["inputs", "kind", "name", "outputs", "path", "refusal", "uri"])' "JSON"

run plugins gain
expect_code 0 "gain"
expect_text stdout '^uri +gain$' "gain"
expect_text stdout '^control +minimum +maximum +default' "gain"
expect_text stdout '^    gain: 2' "a node to paste"
expect_text stdout '^      - \{name: .*, value: .*\}$' "a node to paste"
expect_empty stderr "gain"
run plugins gain --json
expect_json '.plugins | length == 1 and .[0].uri == "gain" and (.[0].controls | length > 0)' "gain"
expect_json 'all(.plugins[].controls[]; (.minimum | type) == "number" and .is_output == false)' "gain"
run plugins mix
expect_text stdout '^    mix: \{sources: 2' "mix"

# wrong PATTERN ARGUMENT...
wrong() {
    local pattern=$1
    shift
    run plugins "$@"
    expect_code 2 "$*"
    expect_message "$pattern" "$*"
    expect_empty stdout "$*"
}
wrong "there is no plugin 'gian'; near it: gain" gian
wrong "there is no plugin 'MIXX'; near it: mix" MIXX
wrong "there is no plugin 'xyzzyxyzzy'; 'tactus plugins' lists" xyzzyxyzzy
wrong 'http://example\.org/none' http://example.org/none
wrong 'urn:example:none' urn:example:none
wrong 'none\.so' none.so:label
wrong 'none\.so' ./none.so
wrong 'xyz' --kind lv2 xyz
wrong 'such' $'no such\nplugin\033[2J'
expect_no_text stderr $'\033' "an escape sequence in a message"
printf 'no shared object' >"$scratch/text.so"
wrong 'text\.so' "$scratch/text.so"

# Whoever reads the list may go; a full disk is told.
for _ in 1 2 3; do
    "$tactus" plugins --kind native --json 2>"$scratch/stderr" | head -c 1 >"$scratch/stdout"
    expect_empty stderr "a reader that has gone"
done
"$tactus" plugins --kind native >/dev/full 2>"$scratch/stderr"
code=$?
expect_code 1 "the list to a full disk"
expect_message 'standard output' "the list to a full disk"

# Those that are installed, if any are.
unset LADSPA_PATH LV2_PATH
run plugins --kind ladspa --json
expect_code 0 "LADSPA"
expect_json 'all(.plugins[]; .kind == "ladspa" and (.uri | contains(".so:")))' "LADSPA"
uri=$(jq -r 'first(.plugins[] | select(.refusal == null and .inputs > 0) | .uri)' <"$scratch/stdout")
if [[ -n $uri ]]; then
    run plugins "$uri"
    expect_code 0 "$uri"
    expect_text stdout '^    ladspa: ' "$uri"
fi
run plugins --kind lv2 --json --all
expect_code 0 "LV2"
expect_json 'all(.plugins[]; .kind == "lv2" and (.uri | test("^[a-z]+:")))' "LV2"
expect_json '[.plugins[].uri] | . == sort' "the order of the LV2 plugins"
finish
