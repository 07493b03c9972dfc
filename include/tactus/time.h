/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time is uint64_t nanoseconds of the port's monotonic clock. Audio time is frames. A tick is a
 * whole number of both. Any side and any thread may use this; nothing blocks.
 */
#ifndef TACTUS_TIME_H
#define TACTUS_TIME_H

#include <stdint.h>

#include <tactus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TACTUS_NS_PER_US UINT64_C(1000)
#define TACTUS_NS_PER_MS UINT64_C(1000000)
#define TACTUS_NS_PER_S  UINT64_C(1000000000)

#define TACTUS_TICK_MIN_NS     (UINT64_C(125) * TACTUS_NS_PER_US)
#define TACTUS_TICK_DEFAULT_NS TACTUS_NS_PER_MS
#define TACTUS_TICK_MAX_NS     (UINT64_C(10) * TACTUS_NS_PER_MS)

#define TACTUS_RATE_MIN_HZ 8000u
#define TACTUS_RATE_MAX_HZ 384000u

/* The frames of one tick. TACTUS_E_INVALID where tick_ns or rate_hz is out of the ranges above;
 * TACTUS_E_PERIOD where the tick is no whole number of frames at that rate. */
TACTUS_MUST_CHECK tactus_status tactus_tick_frames(uint64_t tick_ns, uint32_t rate_hz,
                                                   uint32_t *frames);

#ifdef __cplusplus
}
#endif

#endif
