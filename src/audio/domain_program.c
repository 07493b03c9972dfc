/* SPDX-License-Identifier: BSD-3-Clause */
/* The whole of the program tactus-domain: a user domain that runs the nodes of its plan. */
#include <stdio.h>
#include <stdlib.h>

#include <tactus/domain.h>

#include "message.h"
#include "node_set.h"

static void *partition_memory(void *context, uint32_t partition)
{
    void *memory = NULL;
    uint64_t bytes = 0;
    int writable = 0;
    return tactus_domain_partition(context, partition, &memory, &bytes, &writable) == TACTUS_OK
               ? memory
               : NULL;
}

int tactus_domain_main(int argc, char **argv)
{
    if (argc != 1 || !tactus_domain_is_here()) {
        (void)fprintf(stderr, "%s: this program is run by tactus; see 'tactus run --help'\n",
                      argc > 0 ? argv[0] : "tactus-domain");
        return 2;
    }
    tactus_domain *domain = NULL;
    tactus_status status = tactus_domain_enter(&domain);
    if (status == TACTUS_E_DIED) { /* the kernel side is gone, and has said why */
        return EXIT_FAILURE;
    }
    if (status != TACTUS_OK) {
        (void)fprintf(stderr, "domain %s: cannot enter: %s\n", argv[0], tactus_status_text(status));
        return EXIT_FAILURE;
    }
    struct tactus_message message = {"no plan"};
    const void *plan = NULL;
    uint64_t bytes = 0;
    struct node_set *set = NULL;
    struct node_set_world world = {
        .runtime = tactus_domain_runtime(domain), .partition = partition_memory, .context = domain};
    status = tactus_domain_plan(domain, &plan, &bytes);
    if (status == TACTUS_OK) {
        status = node_set_new(plan, bytes, &world, &set, &message);
    }
    if (status == TACTUS_OK) {
        status = node_set_schedule(set, &message);
    }
    if (status == TACTUS_OK) {
        status = tactus_domain_ready(domain);
        message_set(&message, "cannot be ready: %s", tactus_status_text(status));
    }
    if (status != TACTUS_OK) {
        tactus_domain_fail(domain, status, message.text);
    }
    tactus_domain_serve(domain);
}
