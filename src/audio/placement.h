/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Places a layout on a supervisor: one domain for each party that has nodes, its turns in the
 * relay, a partition for each end of every ring with exactly the rights that its two sides need,
 * and each party's plan and statistics.
 */
#ifndef AUDIO_PLACEMENT_H
#define AUDIO_PLACEMENT_H

#include <tactus/domain.h>

#include "layout.h"
#include "plan.h"

struct placed_party {
    uint32_t domain; /* TACTUS_KERNEL: monolithic */
    uint32_t nodes_count;
    uint32_t *nodes; /* of the graph, in the order of running */
    uint32_t plan_partition;
    uint32_t stats_partition;
};

struct placement {
    struct layout *layout;
    tactus_supervisor *supervisor;
    struct placed_party *parties; /* by party; 0 is empty */
};

TACTUS_MUST_CHECK tactus_status placement_init(struct placement *placement, struct layout *layout,
                                               tactus_supervisor *supervisor,
                                               struct tactus_message *message);
void placement_deinit(struct placement *placement);

#endif
