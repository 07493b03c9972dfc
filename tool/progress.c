/* SPDX-License-Identifier: BSD-3-Clause */
#include "progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <tactus/time.h>

#include "message.h"
#include "text.h"

#define REDRAW_NS   (100 * TACTUS_NS_PER_MS)
#define LINE_BYTES  512u
#define TITLE_MAX   24u
#define BAR_MAX     40u
#define BAR_MIN     8u
#define BAR_BRACKET 2u

static struct {
    bool wanted;
    bool visible;
    uint64_t drawn_ns; /* when; 0: not yet */
    char title[4 * TITLE_MAX + 4];
} line;

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * TACTUS_NS_PER_S + (uint64_t)now.tv_nsec;
}

void progress_start(const char *title)
{
    const char *terminal = getenv("TERM");
    bool can_redraw = terminal && *terminal && strcmp(terminal, "dumb") != 0;
    line.wanted = can_redraw && isatty(STDERR_FILENO);
    line.visible = false;
    line.drawn_ns = 0;
    text_cut(title, TITLE_MAX, true, line.title, sizeof line.title);
}

void progress_hide(void)
{
    if (!line.visible) {
        return;
    }
    (void)fputs("\r\033[K", stderr);
    (void)fflush(stderr);
    line.visible = false;
}

void progress_end(void)
{
    progress_hide();
    line.wanted = false;
}

/* "[#####.....]" of that many columns altogether. */
static void make_bar(char *bar, unsigned columns, double done)
{
    unsigned inside = columns - BAR_BRACKET;
    unsigned filled = (unsigned)(done * inside);
    bar[0] = '[';
    memset(bar + 1, '#', filled);
    memset(bar + 1 + filled, '.', inside - filled);
    bar[1 + inside] = ']';
    bar[2 + inside] = '\0';
}

/* Of fixed widths, so that nothing jumps. Numbers first, since they tell most; then, as far as
 * there is room, the bar and the title. */
static void compose(const struct tactus_progress *progress, unsigned width, char text[LINE_BYTES])
{
    double elapsed_s = (double)progress->elapsed_ns / 1e9;
    double sound_s =
        progress->rate_hz ? (double)progress->frames_done / (double)progress->rate_hz : 0;
    double done = 0;
    char numbers[128] = "";
    char speed[48] = "";
    if (progress->frames_total > 0) {
        done = (double)progress->frames_done / (double)progress->frames_total;
        done = done > 1 ? 1 : done;
        const char *left = done > 0 ? clock_text(elapsed_s * (1 - done) / done).text : "-:--";
        (void)snprintf(numbers, sizeof numbers, "%3.0f %%  %5s left", done * 100, left);
    } else {
        (void)snprintf(numbers, sizeof numbers, "%s done", clock_text(sound_s).text);
    }
    double ratio = elapsed_s > 0 ? sound_s / elapsed_s : 0;
    if (progress->rate_hz > 0) {
        (void)snprintf(speed, sizeof speed, "%6sx", ratio_text(ratio).text);
    }
    char bar[BAR_MAX + 1] = "";
    unsigned room = width > strlen(numbers) ? width - (unsigned)strlen(numbers) : 0;
    if (strlen(speed) > room) {
        speed[0] = '\0';
    }
    room -= (unsigned)strlen(speed);
    unsigned title_width = text_width(line.title);
    bool has_title = room >= title_width + 2 + BAR_MIN + 2;
    room -= has_title ? title_width + 2 : 0;
    if (progress->frames_total > 0 && room >= BAR_MIN + 2) {
        make_bar(bar, room - 2 < BAR_MAX ? room - 2 : BAR_MAX, done);
    }
    (void)snprintf(text, LINE_BYTES, "%s%s%s%s%s%s", has_title ? line.title : "",
                   has_title ? "  " : "", bar, *bar ? "  " : "", numbers, speed);
}

void progress_show(const struct tactus_progress *progress)
{
    if (!line.wanted) {
        return;
    }
    uint64_t now = now_ns();
    if (line.drawn_ns != 0 && now - line.drawn_ns < REDRAW_NS) {
        return;
    }
    unsigned width = terminal_width(stderr);
    /* A job in the background would scribble over what the user types. */
    if (width < 8 || tcgetpgrp(STDERR_FILENO) != getpgrp()) {
        return;
    }
    char text[LINE_BYTES];
    compose(progress, width - 1, text); /* the last column would wrap on some terminals */
    (void)fprintf(stderr, "\r%s\033[K", text);
    (void)fflush(stderr);
    line.visible = true;
    line.drawn_ns = now;
}
