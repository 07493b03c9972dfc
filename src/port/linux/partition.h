/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Partitions: sealed memory files. From the first moment nobody can resize one; once its writer has
 * mapped it nobody can map it writable any more (F_SEAL_FUTURE_WRITE), whatever descriptor he has.
 */
#ifndef LINUX_PARTITION_H
#define LINUX_PARTITION_H

#include <stdbool.h>
#include <stdint.h>

#include <tactus/status.h>
#include <tactus/task.h>

struct partition {
    int descriptor;  /* -1: closed */
    uint64_t bytes;  /* whole pages */
    uint32_t writer; /* a domain's number or TACTUS_KERNEL */
    void *memory;    /* this process' mapping; NULL: none */
    char name[TACTUS_NAME_BYTES];
};

/* Makes it with its mapping, read-only unless the kernel side is the writer. */
TACTUS_MUST_CHECK tactus_status partition_init(struct partition *partition, const char *name,
                                               uint64_t bytes, uint32_t writer);
void partition_deinit(struct partition *partition);

/* No new writable mapping from now on. */
TACTUS_MUST_CHECK tactus_status partition_seal(const struct partition *partition);

/* Maps what a descriptor stands for, every page present, and closes the descriptor. */
TACTUS_MUST_CHECK tactus_status partition_map(int descriptor, uint64_t bytes, bool writable,
                                              void **memory);

#endif
