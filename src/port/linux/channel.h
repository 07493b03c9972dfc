/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The control channel between the kernel side and one domain: a pair of sequenced-packet sockets,
 * one record per packet, a descriptor with it where the record says so.
 */
#ifndef LINUX_CHANNEL_H
#define LINUX_CHANNEL_H

#include <stddef.h>

#include <tactus/status.h>

#include "../../gate/records.h"

/* Where the domain's end is, in the domain. */
#define CHANNEL_DESCRIPTOR 3
#define CHANNEL_VARIABLE   "TACTUS_DOMAIN"

/* A domain that aborts exits with this plus SIGABRT. */
#define CHANNEL_EXIT_SIGNALLED 128

/* Sends one reply, with `descriptor` unless it is -1. Never blocks: a domain that does not take its
 * replies loses them (TACTUS_E_TIMED_OUT). */
TACTUS_MUST_CHECK tactus_status channel_reply(int socket, const struct gate_reply *reply,
                                              int descriptor);

/* Takes one request in, once, into the caller's memory; *length is what was sent, also when that is
 * longer than a record. Descriptors that come with it are refused by the system. Never blocks.
 * TACTUS_E_NOT_FOUND: none there. TACTUS_E_DIED: the other end is closed. */
TACTUS_MUST_CHECK tactus_status channel_take(int socket, struct gate_request *request,
                                             size_t *length);

/* The domain's end: sends and waits for the reply. TACTUS_E_DIED: the kernel side is gone. */
TACTUS_MUST_CHECK tactus_status channel_ask(int socket, const struct gate_request *request,
                                            struct gate_reply *reply, int *descriptor);

#endif
