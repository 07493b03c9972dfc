/* SPDX-License-Identifier: BSD-3-Clause */
#include "message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char ellipsis[] = "...";

/* The text holds names and values from files: one line it stays, whatever is in them. */
static void replace_control_characters(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) {
            *text = ' ';
        }
    }
}

/* Where a text that does not fit ends: never inside a UTF-8 sequence. */
static size_t cut_position(const char *text, size_t length)
{
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80) {
        length--;
    }
    return length;
}

void message_set(struct tactus_message *message, const char *format, ...)
{
    va_list arguments;
    int length;

    if (message == NULL) {
        return;
    }
    va_start(arguments, format);
    length = vsnprintf(message->text, sizeof(message->text), format, arguments);
    va_end(arguments);
    if (length < 0) {
        message->text[0] = '\0';
    } else if ((size_t)length >= sizeof(message->text)) {
        size_t end = cut_position(message->text, sizeof(message->text) - sizeof(ellipsis));

        memcpy(message->text + end, ellipsis, sizeof(ellipsis));
    }
    replace_control_characters(message->text);
}
