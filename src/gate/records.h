/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What crosses the gate. A domain sends requests, one record each, and the kernel side answers
 * every one with one reply; the kernel side sends nothing unasked. Records are of fixed width and
 * hold no pointers. The kernel side copies a request once, decodes the copy, and only then acts.
 */
#ifndef GATE_RECORDS_H
#define GATE_RECORDS_H

#include <stddef.h>
#include <stdint.h>

#define GATE_VERSION        1u
#define GATE_TEXT_BYTES     472u
#define GATE_PARTITIONS_MAX 4096u
#define GATE_NAME_BYTES     32u

enum gate_operation {
    GATE_HELLO = 1,  /* who am I; the first request, once */
    GATE_PARTITION,  /* argument[0]: the n-th of my partitions; the descriptor comes with the reply
                      */
    GATE_MAPPED,     /* all that I write is mapped; answered when that holds for every domain */
    GATE_READY,      /* loaded; ticks may come */
    GATE_FAILED,     /* argument[0]: a status, text: why; then the domain ends */
    GATE_TICK_START, /* argument[0]: the core whose LL timer has its first task */
    GATE_TICK_STOP,  /* argument[0]: the core whose LL timer lost its last task */
    GATE_OPERATIONS
};

struct gate_request {
    uint32_t version;
    uint32_t operation;
    uint32_t sequence; /* echoed in the reply; one more with each request, from 1 */
    uint32_t reserved; /* 0 */
    uint64_t argument[3];
    char text[GATE_TEXT_BYTES]; /* GATE_FAILED only, NUL-terminated; zero otherwise */
};

struct gate_hello {
    uint64_t tick_ns;
    uint32_t domain;
    uint32_t partitions; /* how many this domain has */
    uint32_t writable;   /* the first so many of them it writes */
    uint32_t board;      /* index of the relay's board among them */
    uint32_t done;       /* index of its own done words */
    uint32_t tasks_max;
    uint32_t cpu;       /* UINT32_MAX: not pinned */
    uint32_t ownership; /* bit t: the user side owns type t */
    uint32_t realtime;
    uint32_t reserved;
};

struct gate_partition {
    uint64_t bytes;
    uint32_t partition; /* its number */
    uint32_t writer;    /* the domain that writes it */
    uint32_t writable;
    uint32_t reserved;
    char name[GATE_NAME_BYTES]; /* NUL-terminated */
};

struct gate_reply {
    uint32_t version;
    uint32_t operation;
    uint32_t sequence;
    int32_t status;   /* tactus_status */
    uint32_t refused; /* which field of the request was refused, from 1; 0: none */
    uint32_t reserved;
    uint64_t allowed; /* the largest value that field may have */
    union {
        struct gate_hello hello;
        struct gate_partition partition;
        uint64_t words[12];
    } body;
};

_Static_assert(sizeof(struct gate_request) == 512, "the request's size is part of the ABI");
_Static_assert(offsetof(struct gate_request, argument) == 16, "ABI");
_Static_assert(offsetof(struct gate_request, text) == 40, "ABI");
_Static_assert(sizeof(struct gate_hello) == 48, "ABI");
_Static_assert(sizeof(struct gate_partition) == 56, "ABI");
_Static_assert(sizeof(struct gate_reply) == 128, "the reply's size is part of the ABI");
_Static_assert(offsetof(struct gate_reply, body) == 32, "ABI");

#endif
