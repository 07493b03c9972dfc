/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rate, tick and schedulers.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <tactus/time.h>

#include "graph_internal.h"

static uint32_t line_of_key(const struct graph_builder *builder, const char *key)
{
    return graph_position_line(&builder->positions,
                               graph_position_key(&builder->positions, 0, key));
}

/* "1ms", "0.5 ms", "125us", "31.25us"; 0: not a time that is a whole number of nanoseconds. */
static uint64_t parse_time_ns(const char *text)
{
    uint64_t value = 0;
    uint64_t unit_ns;
    uint32_t digits = 0;
    const char *fraction;

    for (; *text >= '0' && *text <= '9' && digits < 9; text++, digits++) {
        value = value * 10u + (uint64_t)(*text - '0');
    }
    if (digits == 0) {
        return 0;
    }
    fraction = *text == '.' ? text + 1 : NULL;
    if (fraction != NULL) {
        for (text++; *text >= '0' && *text <= '9'; text++) {
        }
    }
    while (*text == ' ') {
        text++;
    }
    unit_ns = strcmp(text, "ms") == 0   ? TACTUS_NS_PER_MS
              : strcmp(text, "us") == 0 ? TACTUS_NS_PER_US
                                        : 0u;
    value *= unit_ns;
    if (fraction != NULL) {
        for (; *fraction >= '0' && *fraction <= '9' && unit_ns >= 10u; fraction++) {
            unit_ns /= 10u;
            value += (uint64_t)(*fraction - '0') * unit_ns;
        }
        for (; *fraction == '0'; fraction++) {
        }
        if (*fraction >= '0' && *fraction <= '9') {
            return 0; /* finer than a nanosecond */
        }
    }
    return value;
}

/* In the unit that `tick:` takes. */
static const char *time_text(uint64_t time_ns, char *text, size_t bytes)
{
    bool in_ms = time_ns >= TACTUS_NS_PER_MS;
    uint64_t unit_ns = in_ms ? TACTUS_NS_PER_MS : TACTUS_NS_PER_US;
    int length = snprintf(text, bytes, "%" PRIu64 ".%0*" PRIu64, time_ns / unit_ns, in_ms ? 6 : 3,
                          time_ns % unit_ns);

    while (length > 0 && text[length - 1] == '0') {
        length--;
    }
    if (length > 0 && text[length - 1] == '.') {
        length--;
    }
    snprintf(text + length, bytes - (size_t)length, "%s", in_ms ? "ms" : "us");
    return text;
}

/* Ticks that are a whole number of frames and of nanoseconds are the multiples of this. */
static uint64_t tick_step_ns(uint32_t rate_hz)
{
    uint64_t a = TACTUS_NS_PER_S;
    uint64_t b = rate_hz;

    while (b != 0) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return TACTUS_NS_PER_S / a;
}

static tactus_status fail_tick(struct graph_builder *builder, uint32_t line, uint64_t tick_ns)
{
    uint32_t rate_hz = builder->graph->rate_hz;
    uint64_t step_ns = tick_step_ns(rate_hz);
    uint64_t below_ns = tick_ns / step_ns * step_ns;
    uint64_t above_ns = below_ns + step_ns;
    bool has_below = below_ns >= TACTUS_TICK_MIN_NS;
    bool has_above = above_ns <= TACTUS_TICK_MAX_NS;
    char tick[32];
    char below[32];
    char above[32];

    time_text(tick_ns, tick, sizeof(tick));
    if (!has_below && !has_above) {
        return graph_fail(builder, TACTUS_E_INVALID, line,
                          "at %u Hz no tick of 125us to 10ms is a whole number of frames; write "
                          "'rate: 48000', files are converted",
                          rate_hz);
    }
    return graph_fail(
        builder, TACTUS_E_INVALID, line,
        "a tick of %s is no whole number of frames at %u Hz; the nearest that %s %s%s%s", tick,
        rate_hz, has_below && has_above ? "are:" : "is:",
        has_below ? time_text(below_ns, below, sizeof(below)) : "",
        has_below && has_above ? " and " : "",
        has_above ? time_text(above_ns, above, sizeof(above)) : "");
}

/* Nobody asked for a tick: the default one, or the shortest above it that fits the rate. */
static uint64_t default_tick_ns(struct graph_builder *builder)
{
    uint64_t step_ns = tick_step_ns(builder->graph->rate_hz);
    uint64_t tick_ns = (TACTUS_TICK_DEFAULT_NS + step_ns - 1u) / step_ns * step_ns;
    char text[32];

    if (tick_ns > TACTUS_TICK_MAX_NS) {
        return TACTUS_TICK_DEFAULT_NS;
    }
    if (tick_ns != TACTUS_TICK_DEFAULT_NS) {
        graph_notice(builder, 0,
                     "the tick is %s, since 1ms is no whole number of frames at %u Hz "
                     "('rate: 48000' converts the files)",
                     time_text(tick_ns, text, sizeof(text)), builder->graph->rate_hz);
    }
    return tick_ns;
}

static tactus_status set_tick(struct graph_builder *builder)
{
    const struct document *document = builder->document;
    struct graph *graph = builder->graph;
    uint32_t line = document->tick != NULL ? line_of_key(builder, "tick") : 1u;
    uint64_t tick_ns = builder->options->tick_ns;

    if (document->tick != NULL) {
        uint64_t file_ns = parse_time_ns(document->tick);

        if (file_ns == 0) {
            return graph_fail(builder, TACTUS_E_INVALID, line,
                              "'%s' is no time for a tick; write one such as 1ms, 0.5ms or 125us",
                              document->tick);
        }
        tick_ns = tick_ns != 0 ? tick_ns : file_ns;
    }
    if (tick_ns == 0) {
        tick_ns = default_tick_ns(builder);
    }
    if (tick_ns < TACTUS_TICK_MIN_NS || tick_ns > TACTUS_TICK_MAX_NS) {
        char text[32];

        return graph_fail(builder, TACTUS_E_INVALID, line,
                          "a tick of %s is out of range; it is 125us to 10ms",
                          time_text(tick_ns, text, sizeof(text)));
    }
    if (tactus_tick_frames(tick_ns, graph->rate_hz, &graph->block_frames) != TACTUS_OK) {
        return fail_tick(builder, line, tick_ns);
    }
    graph->tick_ns = tick_ns;
    return TACTUS_OK;
}

static tactus_status set_rate(struct graph_builder *builder)
{
    const uint32_t *rate = builder->document->rate;
    uint32_t rate_hz = rate != NULL ? *rate : builder->first_rate_hz;

    if (rate_hz == 0 && rate == NULL) { /* live, and nothing but generators */
        rate_hz = 48000;
    }
    if (rate_hz < TACTUS_RATE_MIN_HZ || rate_hz > TACTUS_RATE_MAX_HZ) {
        return graph_fail(builder, TACTUS_E_INVALID,
                          rate != NULL ? line_of_key(builder, "rate") : 1u,
                          "a rate of %u Hz is out of range; write 'rate:' with %u to %u, files "
                          "are converted to it",
                          rate_hz, TACTUS_RATE_MIN_HZ, TACTUS_RATE_MAX_HZ);
    }
    builder->graph->rate_hz = rate_hz;
    return TACTUS_OK;
}

static tactus_status set_owner(struct graph_builder *builder, enum tactus_scheduler_type type,
                               enum tactus_side side)
{
    static const char *const names[TACTUS_SCHEDULER_TYPES] = {
        [TACTUS_LL_TIMER] = "LL_TIMER", [TACTUS_LL_DMA] = "LL_DMA",
        [TACTUS_EDF] = "EDF",           [TACTUS_DP] = "DP",
        [TACTUS_TWB] = "TWB",
    };
    const struct graph_positions *positions = &builder->positions;
    uint32_t line = graph_position_line(
        positions,
        graph_position_key(positions, graph_position_key(positions, 0, "schedulers"), names[type]));
    enum tactus_side usual = (enum tactus_side)tactus_ownership_default.owner[type];

    if (side == usual) {
        return TACTUS_OK;
    }
    if (type == TACTUS_EDF) {
        return graph_fail(builder, TACTUS_E_INVALID, line,
                          "EDF cannot be user: it streams the files, which only the kernel side "
                          "may open; write kernel or leave it out");
    }
    if (type != TACTUS_LL_TIMER) {
        return graph_fail(builder, TACTUS_E_INVALID, line,
                          "%s cannot be moved: this version has no such scheduler yet; leave it "
                          "out",
                          names[type]);
    }
    builder->graph->ownership.owner[type] = (uint8_t)side;
    return TACTUS_OK;
}

static tactus_status set_owners(struct graph_builder *builder)
{
    const struct document_schedulers *schedulers = builder->document->schedulers;
    uint32_t type;

    builder->graph->ownership = tactus_ownership_default;
    for (type = 0; schedulers != NULL && type < TACTUS_SCHEDULER_TYPES; type++) {
        tactus_status status = TACTUS_OK;

        if (schedulers->owner[type] != NULL) {
            status = set_owner(builder, (enum tactus_scheduler_type)type,
                               (enum tactus_side) * schedulers->owner[type]);
        }
        if (status != TACTUS_OK) {
            return status;
        }
    }
    if (builder->options->profile == TACTUS_PROFILE_MONOLITHIC) {
        builder->graph->ownership = tactus_ownership_monolithic;
    }
    return TACTUS_OK;
}

tactus_status graph_settings_apply(struct graph_builder *builder)
{
    tactus_status status = set_owners(builder);

    if (status == TACTUS_OK) {
        status = set_rate(builder);
    }
    if (status == TACTUS_OK) {
        status = set_tick(builder);
    }
    return status;
}
