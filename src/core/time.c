/* SPDX-License-Identifier: BSD-3-Clause */
#include <stddef.h>

#include <tactus/time.h>

tactus_status tactus_tick_frames(uint64_t tick_ns, uint32_t rate_hz, uint32_t *frames)
{
    if (frames == NULL) {
        return TACTUS_E_INVALID;
    }
    if (tick_ns < TACTUS_TICK_MIN_NS || tick_ns > TACTUS_TICK_MAX_NS) {
        return TACTUS_E_INVALID;
    }
    if (rate_hz < TACTUS_RATE_MIN_HZ || rate_hz > TACTUS_RATE_MAX_HZ) {
        return TACTUS_E_INVALID;
    }

    /* At most 10^7 ns * 384000 Hz, far below 2^64. */
    const uint64_t product = tick_ns * rate_hz;
    if (product % TACTUS_NS_PER_S != 0) {
        return TACTUS_E_PERIOD;
    }
    *frames = (uint32_t)(product / TACTUS_NS_PER_S);
    return TACTUS_OK;
}
