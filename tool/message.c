/* SPDX-License-Identifier: BSD-3-Clause */
#include "message.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command.h"
#include "progress.h"

void print_clean(FILE *stream, const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        bool second_control_set = at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0;
        if (*at < 0x20 || *at == 0x7f || second_control_set) {
            (void)fprintf(stream, "\\x%02x", *at);
        } else {
            (void)fputc(*at, stream);
        }
        if (second_control_set) {
            (void)fprintf(stream, "\\x%02x", *++at);
        }
    }
}

void complain(const char *format, ...)
{
    char text[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof text) {
        memcpy(text + sizeof text - 4, "...", 4);
    }
    progress_hide();
    (void)fflush(stdout);
    flockfile(stderr);
    (void)fputs("tactus: ", stderr);
    print_clean(stderr, text);
    (void)fputc('\n', stderr);
    (void)fflush(stderr);
    funlockfile(stderr);
}

void *allocate(size_t bytes)
{
    return reallocate(NULL, bytes);
}

void *reallocate(void *memory, size_t bytes)
{
    void *result = realloc(memory, bytes ? bytes : 1);
    if (!result) {
        complain("out of memory");
        exit(EXIT_FAULTS);
    }
    return result;
}

unsigned terminal_width(FILE *stream)
{
    int descriptor = fileno(stream);
    if (!isatty(descriptor)) {
        return 0;
    }
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col;
    }
    return 80;
}

bool terminal_has_colour(FILE *stream)
{
    const char *refused = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    if (refused && *refused) {
        return false;
    }
    return terminal && *terminal && strcmp(terminal, "dumb") != 0 && isatty(fileno(stream));
}
