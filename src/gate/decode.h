/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Decodes a request: pure, reads nothing but its arguments. What it accepts, the invoking side can
 * carry out without asking further questions about the record.
 */
#ifndef GATE_DECODE_H
#define GATE_DECODE_H

#include <tactus/status.h>

#include "records.h"

enum gate_phase { /* how far a domain has come; requests belong to phases */
                  GATE_PHASE_LAUNCHED,
                  GATE_PHASE_GREETED,
                  GATE_PHASE_MAPPED,
                  GATE_PHASE_SEALED,
                  GATE_PHASE_READY,
                  GATE_PHASE_GONE
};

/* What the kernel side knows of the domain that asks: kernel memory throughout. */
struct gate_view {
    enum gate_phase phase;
    uint32_t sequence;   /* of the last request that was accepted or refused */
    uint32_t partitions; /* how many it has */
    uint32_t writable;   /* of these, the first so many it writes */
    uint32_t cores;
};

struct gate_refusal {
    uint32_t field; /* from 1: version, operation, sequence, reserved, arguments, text; 0: length */
    /* The largest value allowed there; of an operation out of its phase: the phase. */
    uint64_t allowed;
};

/* `request` is the kernel side's private copy of the `length` bytes that came. TACTUS_E_MALFORMED:
 * length, version, unknown operation, reserved or unused fields not zero, text without an end;
 * TACTUS_E_STATE: out of its phase or sequence; TACTUS_E_INVALID: an argument out of range. */
TACTUS_MUST_CHECK tactus_status gate_decode(const struct gate_view *view,
                                            const struct gate_request *request, size_t length,
                                            struct gate_refusal *refusal);

#endif
