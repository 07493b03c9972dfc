/* SPDX-License-Identifier: BSD-3-Clause */
#include "describe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Between the bounds, a share of `upper` from the upper one: the header's rule for low, middle and
 * high defaults. */
static double between(LADSPA_PortRangeHintDescriptor hint, float lower, float upper, double share)
{
    if (LADSPA_IS_HINT_LOGARITHMIC(hint) && lower > 0.0F && upper > 0.0F) {
        return exp(log((double)lower) * (1.0 - share) + log((double)upper) * share);
    }
    return (double)lower * (1.0 - share) + (double)upper * share;
}

static double initial_of_hint(LADSPA_PortRangeHintDescriptor hint, float lower, float upper,
                              bool *is_rate_scaled)
{
    *is_rate_scaled = LADSPA_IS_HINT_SAMPLE_RATE(hint);
    switch (hint & LADSPA_HINT_DEFAULT_MASK) {
    case LADSPA_HINT_DEFAULT_MINIMUM:
        return (double)lower;
    case LADSPA_HINT_DEFAULT_LOW:
        return between(hint, lower, upper, 0.25);
    case LADSPA_HINT_DEFAULT_MIDDLE:
        return between(hint, lower, upper, 0.5);
    case LADSPA_HINT_DEFAULT_HIGH:
        return between(hint, lower, upper, 0.75);
    case LADSPA_HINT_DEFAULT_MAXIMUM:
        return (double)upper;
    default:
        break;
    }
    *is_rate_scaled = false;
    switch (hint & LADSPA_HINT_DEFAULT_MASK) {
    case LADSPA_HINT_DEFAULT_1:
        return 1.0;
    case LADSPA_HINT_DEFAULT_100:
        return 100.0;
    case LADSPA_HINT_DEFAULT_440:
        return 440.0;
    case LADSPA_HINT_DEFAULT_0:
        return 0.0;
    default: /* no default given: zero, or the bound next to it */
        *is_rate_scaled = LADSPA_IS_HINT_SAMPLE_RATE(hint);
        if (LADSPA_IS_HINT_BOUNDED_BELOW(hint) && lower > 0.0F) {
            return (double)lower;
        }
        return LADSPA_IS_HINT_BOUNDED_ABOVE(hint) && upper < 0.0F ? (double)upper : 0.0;
    }
}

static void control_of_hint(const LADSPA_PortRangeHint *range, struct tactus_control_info *control)
{
    LADSPA_PortRangeHintDescriptor hint = range->HintDescriptor;
    bool is_toggle = LADSPA_IS_HINT_TOGGLED(hint);
    bool is_bounded_below = LADSPA_IS_HINT_BOUNDED_BELOW(hint) && isfinite(range->LowerBound);
    bool is_bounded_above = LADSPA_IS_HINT_BOUNDED_ABOVE(hint) && isfinite(range->UpperBound);
    float lower = is_bounded_below ? range->LowerBound : 0.0F;
    float upper = is_bounded_above ? range->UpperBound : is_toggle ? 1.0F : lower;
    bool is_rate_scaled = false;
    double initial = initial_of_hint(hint, lower, upper, &is_rate_scaled);

    control->minimum = is_bounded_below ? lower : is_toggle ? 0.0F : -INFINITY;
    control->maximum = is_bounded_above ? upper : is_toggle ? 1.0F : INFINITY;
    control->initial = (float)initial;
    control->flags |= LADSPA_IS_HINT_INTEGER(hint) ? TACTUS_CONTROL_INTEGER : 0u;
    control->flags |= is_toggle ? TACTUS_CONTROL_TOGGLE : 0u;
    control->flags |= LADSPA_IS_HINT_LOGARITHMIC(hint) ? TACTUS_CONTROL_LOGARITHMIC : 0u;
    control->flags |= LADSPA_IS_HINT_SAMPLE_RATE(hint) ? TACTUS_CONTROL_RATE_BOUNDS : 0u;
    control->flags |= is_rate_scaled ? TACTUS_CONTROL_RATE_INITIAL : 0u;
    if (LADSPA_IS_HINT_INTEGER(hint) && !is_rate_scaled) {
        control->initial = rintf(control->initial);
    }
}

static bool descriptor_is_usable(const LADSPA_Descriptor *descriptor,
                                 struct tactus_plugin_info *info)
{
    const char *refusal = NULL;
    if (descriptor->PortCount > PLUGIN_PORTS_MAX) {
        refusal = "declares an absurd number of ports";
    } else if (descriptor->PortCount > 0 &&
               (descriptor->PortDescriptors == NULL || descriptor->PortNames == NULL ||
                descriptor->PortRangeHints == NULL)) {
        refusal = "declares ports but does not describe them";
    } else if (descriptor->instantiate == NULL || descriptor->connect_port == NULL ||
               descriptor->run == NULL || descriptor->cleanup == NULL) {
        refusal = "lacks instantiate, connect_port, run or cleanup";
    }
    if (refusal != NULL) {
        (void)snprintf(info->refusal, sizeof info->refusal, "%s", refusal);
    }
    return refusal == NULL;
}

static void describe_port(const LADSPA_Descriptor *descriptor, unsigned long port,
                          struct tactus_plugin_info *info)
{
    LADSPA_PortDescriptor kind = descriptor->PortDescriptors[port];
    bool is_input = LADSPA_IS_PORT_INPUT(kind);
    if (is_input == (LADSPA_IS_PORT_OUTPUT(kind) != 0) ||
        (LADSPA_IS_PORT_AUDIO(kind) != 0) == (LADSPA_IS_PORT_CONTROL(kind) != 0)) {
        (void)snprintf(info->refusal, sizeof info->refusal, "port %lu is of no known kind", port);
    } else if (LADSPA_IS_PORT_AUDIO(kind)) {
        (void)describe_channel(info, is_input, descriptor->PortNames[port]);
    } else if (info->controls_count == PLUGIN_CONTROLS_MAX) {
        (void)snprintf(info->refusal, sizeof info->refusal, "has more than %u controls",
                       PLUGIN_CONTROLS_MAX);
    } else {
        struct tactus_control_info *control = &info->controls[info->controls_count++];
        describe_text(control->name, sizeof control->name, descriptor->PortNames[port]);
        control->flags = is_input ? 0u : TACTUS_CONTROL_OUTPUT;
        control_of_hint(&descriptor->PortRangeHints[port], control);
    }
}

bool describe_ladspa(const LADSPA_Descriptor *descriptor, struct tactus_plugin_info *info)
{
    info->kind = TACTUS_PLUGIN_LADSPA;
    describe_text(info->name, sizeof info->name, descriptor->Name);
    if (!descriptor_is_usable(descriptor, info)) {
        return true;
    }
    info->controls = calloc(descriptor->PortCount + 1, sizeof *info->controls);
    if (info->controls == NULL) {
        return false;
    }
    for (unsigned long port = 0; port < descriptor->PortCount; port++) {
        describe_port(descriptor, port, info);
    }
    describe_symbols(info);
    return true;
}

bool describe_ladspa_split(const char *uri, char *file, size_t file_bytes, const char **label)
{
    const char *colon = strrchr(uri, ':');
    if (colon == NULL || colon == uri || colon[1] == '\0' ||
        (size_t)(colon - uri) + 1 > file_bytes) {
        return false;
    }
    (void)snprintf(file, file_bytes, "%.*s", (int)(colon - uri), uri);
    *label = colon + 1;
    return true;
}

void describe_ladspa_folders(char *list, size_t bytes)
{
    const char *path = getenv("LADSPA_PATH");
    if (path == NULL || path[0] == '\0') {
        path = "/usr/local/lib/ladspa:/usr/lib/ladspa"
#ifdef __linux__
#if defined(__x86_64__)
               ":/usr/lib/x86_64-linux-gnu/ladspa"
#elif defined(__aarch64__)
               ":/usr/lib/aarch64-linux-gnu/ladspa"
#endif
#endif
               ":/usr/lib64/ladspa";
    }
    (void)snprintf(list, bytes, "%s", path);
}

bool describe_ladspa_path(const char *file, char *path, size_t bytes)
{
    if (file[0] == '/') {
        (void)snprintf(path, bytes, "%s", file);
        return access(path, R_OK) == 0;
    }
    char folders[4096];
    describe_ladspa_folders(folders, sizeof folders);
    char *rest = NULL;
    for (char *folder = strtok_r(folders, ":", &rest); folder != NULL;
         folder = strtok_r(NULL, ":", &rest)) {
        int length = snprintf(path, bytes, "%s/%s", folder, file);
        if (length > 0 && (size_t)length < bytes && access(path, R_OK) == 0) {
            return true;
        }
    }
    describe_ladspa_folders(path, bytes);
    return false;
}
