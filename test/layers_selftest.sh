#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The layer check itself: a tree that keeps the rules passes, and each rule, broken alone, fails
# with a message that names the file and the line.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

fresh_tree() {
    cd "$scratch"
    rm -rf "$scratch/tree"
    mkdir -p "$scratch"/tree/{include/tactus,src/{core,sched,gate,audio,port/{linux,sim}},tool/helpers,examples}
    cd "$scratch/tree"
    printf '#ifndef A_H\n#define A_H\n#include <stdint.h>\n#ifdef __cplusplus\nextern "C" {\n#else\n#endif\n#endif\n' \
        >include/tactus/a.h
    cp include/tactus/a.h src/core/core.h
    printf '#include <tactus/a.h>\n#include "core.h"\n' >src/core/core.c
    printf '#include "../core/core.h"\n' >src/sched/sched.h
    printf '#include "../core/core.h"\n' >src/gate/gate.h
    printf '#include <stdio.h>\n#include "../../gate/gate.h"\n#include "tactus_config.h"\n' >src/port/linux/linux.h
    printf '#include "../../sched/sched.h"\n' >src/port/sim/sim.h
    printf '#include <sndfile.h>\n#ifdef FEATURE\n#endif\n' >src/audio/audio.h
    printf '#include <tactus/a.h>\n' >tool/tool.h
    printf '#include "../tool.h"\n' >tool/helpers/helper.c
    printf '#include <stdio.h>\n#include <tactus/a.h>\n' >examples/example.c
}

expect_pass() {
    if ! bash "$here/layers.sh" "$scratch/tree" >"$scratch/output"; then
        echo "FAILED: a tree that keeps the rules is refused:"
        cat "$scratch/output"
        failures=$((failures + 1))
    fi
}

# expect_violation FILE LINE: FILE gets LINE appended, which must be reported, alone.
expect_violation() {
    fresh_tree
    printf '%b\n' "$2" >>"$1"
    local number
    number=$(wc -l <"$1")
    if bash "$here/layers.sh" "$scratch/tree" >"$scratch/output"; then
        echo "FAILED: not noticed: $2 in $1"
        failures=$((failures + 1))
    elif ! grep -q "^$1:$number: " "$scratch/output" || [[ $(wc -l <"$scratch/output") != 2 ]]; then
        echo "FAILED: $2 in $1 is reported as:"
        cat "$scratch/output"
        failures=$((failures + 1))
    fi
}

fresh_tree
expect_pass

expect_violation include/tactus/a.h '#include <stdio.h>'
expect_violation include/tactus/a.h '#include <tactus/missing.h>'
expect_violation src/core/core.c '#include <stdlib.h>'
expect_violation src/core/core.c '  #  include "../sched/sched.h"'
expect_violation src/core/core.c '#include "../../include/tactus/a.h"'
expect_violation src/core/core.c '#include "tactus_config.h"'
expect_violation src/core/core.c '#include SOME_MACRO'
expect_violation src/core/core.c '#if CONFIG_FEATURE'
expect_violation src/core/core.h '#ifdef CONFIG_FEATURE'
expect_violation src/core/core.c '#elif defined(CONFIG_FEATURE)'
expect_violation src/sched/sched.h '#include "../gate/gate.h"'
expect_violation src/sched/sched.h '#include "../port/linux/linux.h"'
expect_violation src/sched/sched.h '#ifndef CONFIG_FEATURE'
expect_violation src/gate/gate.h '#include "../sched/sched.h"'
expect_violation src/gate/gate.h '#include <string.h>'
expect_violation src/port/linux/linux.h '#include "../sim/sim.h"'
expect_violation src/port/sim/sim.h '#include "../linux/linux.h"'
expect_violation src/port/linux/linux.h '#include "../../audio/audio.h"'
expect_violation src/audio/audio.h '#include "../core/core.h"'
expect_violation src/audio/audio.h '#include "../port/linux/linux.h"'
expect_violation tool/tool.h '#include "../src/audio/audio.h"'
expect_violation tool/helpers/helper.c '#include "../../src/port/linux/linux.h"'
expect_violation tool/tool.h '#include "missing.h"'
expect_violation examples/example.c '#include "../src/core/core.h"'
expect_violation examples/example.c '#include "tactus_config.h"'

cd "$scratch" && rm -rf tree && mkdir tree
if bash "$here/layers.sh" "$scratch/tree" >"$scratch/output"; then
    echo "FAILED: an empty tree passes"
    failures=$((failures + 1))
fi

((failures == 0)) || exit 1
echo "layers_selftest: every rule is noticed when broken"
