/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode.h"

#include <stdbool.h>

enum field {
    FIELD_LENGTH = 0,
    FIELD_VERSION,
    FIELD_OPERATION,
    FIELD_SEQUENCE,
    FIELD_RESERVED,
    FIELD_ARGUMENT, /* and the two after it */
    FIELD_TEXT = FIELD_ARGUMENT + 3
};

#define IN(phase) (1u << GATE_PHASE_##phase)

/* What each operation may carry, and when it may come. In MAPPED, while others still map what they
 * write, there are no partitions to be had: one that is not sealed yet could be mapped writable. */
static const struct rule {
    uint8_t phases;
    uint8_t arguments;
    bool text;
} rules[GATE_OPERATIONS] = {
    [GATE_HELLO] = {IN(LAUNCHED), 0, false},
    [GATE_PARTITION] = {IN(GREETED) | IN(SEALED), 1, false},
    [GATE_MAPPED] = {IN(GREETED), 0, false},
    [GATE_READY] = {IN(SEALED), 0, false},
    [GATE_FAILED] = {IN(LAUNCHED) | IN(GREETED) | IN(MAPPED) | IN(SEALED) | IN(READY), 1, true},
    [GATE_TICK_START] = {IN(SEALED) | IN(READY), 1, false},
    [GATE_TICK_STOP] = {IN(SEALED) | IN(READY), 1, false},
};

static tactus_status refuse(struct gate_refusal *refusal, uint32_t field, uint64_t allowed,
                            tactus_status status)
{
    refusal->field = field;
    refusal->allowed = allowed;
    return status;
}

static bool text_is_allowed(const struct gate_request *request, bool carries_text)
{
    if (!carries_text) {
        for (uint32_t i = 0; i < GATE_TEXT_BYTES; i++) {
            if (request->text[i] != '\0') {
                return false;
            }
        }
        return true;
    }
    return request->text[GATE_TEXT_BYTES - 1] == '\0';
}

/* The largest value of argument[0]; writable partitions come before everything is sealed, the
 * others after. */
static uint64_t argument_limit(const struct gate_view *view, uint32_t operation)
{
    switch (operation) {
    case GATE_PARTITION: {
        uint32_t count = view->phase == GATE_PHASE_GREETED ? view->writable : view->partitions;
        return count == 0 ? 0 : count - 1u;
    }
    case GATE_FAILED:
        return 64;
    default:
        return view->cores - 1u;
    }
}

static bool partition_is_there(const struct gate_view *view)
{
    return view->phase == GATE_PHASE_GREETED ? view->writable > 0 : view->partitions > 0;
}

tactus_status gate_decode(const struct gate_view *view, const struct gate_request *request,
                          size_t length, struct gate_refusal *refusal)
{
    if (length != sizeof *request) {
        return refuse(refusal, FIELD_LENGTH, sizeof *request, TACTUS_E_MALFORMED);
    }
    if (request->version != GATE_VERSION) {
        return refuse(refusal, FIELD_VERSION, GATE_VERSION, TACTUS_E_MALFORMED);
    }
    uint32_t operation = request->operation;
    if (operation == 0 || operation >= GATE_OPERATIONS) {
        return refuse(refusal, FIELD_OPERATION, GATE_OPERATIONS - 1, TACTUS_E_MALFORMED);
    }
    if (request->sequence != view->sequence + 1u) {
        return refuse(refusal, FIELD_SEQUENCE, view->sequence + 1u, TACTUS_E_STATE);
    }
    if (request->reserved != 0) {
        return refuse(refusal, FIELD_RESERVED, 0, TACTUS_E_MALFORMED);
    }
    const struct rule *rule = &rules[operation];
    for (uint32_t i = rule->arguments; i < 3; i++) {
        if (request->argument[i] != 0) {
            return refuse(refusal, FIELD_ARGUMENT + i, 0, TACTUS_E_MALFORMED);
        }
    }
    if (!text_is_allowed(request, rule->text)) {
        return refuse(refusal, FIELD_TEXT, 0, TACTUS_E_MALFORMED);
    }
    if ((rule->phases >> view->phase & 1u) == 0) {
        return refuse(refusal, FIELD_OPERATION, view->phase, TACTUS_E_STATE);
    }
    if (rule->arguments > 0) {
        uint64_t limit = argument_limit(view, operation);
        if (request->argument[0] > limit ||
            (operation == GATE_PARTITION && !partition_is_there(view))) {
            return refuse(refusal, FIELD_ARGUMENT, limit, TACTUS_E_INVALID);
        }
    }
    return TACTUS_OK;
}
