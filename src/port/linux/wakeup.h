/* SPDX-License-Identifier: BSD-3-Clause */
/* How late the tick's thread was woken. One thread. */
#ifndef LINUX_WAKEUP_H
#define LINUX_WAKEUP_H

#include <stdint.h>

#include <tactus/task.h>

struct wakeup_histogram {
    uint32_t bucket[TACTUS_HISTOGRAM_BUCKETS];
    uint64_t count;
    uint64_t worst_ns;
};

static inline void wakeup_record(struct wakeup_histogram *histogram, uint64_t late_ns)
{
    histogram->bucket[tactus_histogram_bucket(late_ns)]++;
    histogram->count++;
    histogram->worst_ns = late_ns > histogram->worst_ns ? late_ns : histogram->worst_ns;
}

#endif
