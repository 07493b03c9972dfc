/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AUDIO_MESSAGE_H
#define AUDIO_MESSAGE_H

#include <tactus/pipeline.h>

/* Writes the one message; what does not fit is cut with an ellipsis. */
void message_set(struct tactus_message *message, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
