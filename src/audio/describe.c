/* SPDX-License-Identifier: BSD-3-Clause */
#include "describe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void describe_text(char *target, size_t bytes, const char *text)
{
    size_t length = 0;
    for (; text != NULL && text[length] != '\0' && length + 1 < bytes; length++) {
        unsigned char byte = (unsigned char)text[length];
        target[length] = byte < 0x20 || byte == 0x7f ? '?' : text[length];
    }
    target[length] = '\0';
}

bool describe_channel(struct tactus_plugin_info *info, bool is_input, const char *name)
{
    uint32_t *count = is_input ? &info->inputs : &info->outputs;
    if (*count == PLUGIN_CHANNELS_MAX) {
        (void)snprintf(info->refusal, sizeof info->refusal, "has more than %u audio %s",
                       PLUGIN_CHANNELS_MAX, is_input ? "inputs" : "outputs");
        return false;
    }
    char(*names)[32] = is_input ? info->input_names : info->output_names;
    describe_text(names[*count], sizeof names[*count], name);
    (*count)++;
    return true;
}

static void symbol_of_name(char *symbol, size_t bytes, const char *name)
{
    size_t length = 0;
    for (size_t i = 0; name[i] != '\0' && length + 1 < bytes; i++) {
        char character = name[i];
        if (character >= 'A' && character <= 'Z') {
            character = (char)(character - 'A' + 'a');
        }
        bool is_plain =
            (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
        if (is_plain) {
            symbol[length++] = character;
        } else if (length > 0 && symbol[length - 1] != '_') {
            symbol[length++] = '_';
        }
    }
    while (length > 0 && symbol[length - 1] == '_') {
        length--;
    }
    symbol[length] = '\0';
    if (length == 0) {
        (void)snprintf(symbol, bytes, "control");
    }
}

static bool symbol_is_taken(const struct tactus_plugin_info *info, uint32_t before,
                            const char *symbol)
{
    for (uint32_t i = 0; i < before; i++) {
        if (strcmp(info->controls[i].symbol, symbol) == 0) {
            return true;
        }
    }
    return false;
}

void describe_symbols(struct tactus_plugin_info *info)
{
    for (uint32_t i = 0; i < info->controls_count; i++) {
        struct tactus_control_info *control = &info->controls[i];
        if (control->symbol[0] != '\0') {
            continue;
        }
        char base[sizeof control->symbol - 8];
        symbol_of_name(base, sizeof base, control->name);
        (void)snprintf(control->symbol, sizeof control->symbol, "%s", base);
        for (uint32_t n = 2; symbol_is_taken(info, i, control->symbol); n++) {
            (void)snprintf(control->symbol, sizeof control->symbol, "%s_%u", base, n % 100000u);
        }
    }
}

bool describe_native(const struct tactus_module *module, struct tactus_plugin_info *info)
{
    info->kind = TACTUS_PLUGIN_NATIVE;
    if (module->abi != TACTUS_MODULE_ABI) {
        (void)snprintf(info->refusal, sizeof info->refusal, "is made for module ABI %u, not %u",
                       module->abi, TACTUS_MODULE_ABI);
        return true;
    }
    describe_text(info->name, sizeof info->name, module->name);
    if (module->inputs > TACTUS_MODULE_PORTS_MAX || module->outputs > TACTUS_MODULE_PORTS_MAX ||
        module->parameters_count > PLUGIN_CONTROLS_MAX ||
        (module->parameters_count > 0 && module->parameters == NULL)) {
        (void)snprintf(info->refusal, sizeof info->refusal, "declares an impossible port count");
        return true;
    }
    if (module->instance_new == NULL || module->process == NULL || module->instance_free == NULL) {
        (void)snprintf(info->refusal, sizeof info->refusal, "lacks new, process or free");
        return true;
    }
    for (uint32_t i = 0; i < module->inputs + module->outputs; i++) {
        bool is_input = i < module->inputs;
        char name[32];
        (void)snprintf(name, sizeof name, "%s %u", is_input ? "in" : "out",
                       (is_input ? i : i - module->inputs) + 1);
        (void)describe_channel(info, is_input, name);
    }
    info->controls = calloc(module->parameters_count + 1u, sizeof *info->controls);
    if (info->controls == NULL) {
        return false;
    }
    info->controls_count = module->parameters_count;
    for (uint32_t i = 0; i < module->parameters_count; i++) {
        const struct tactus_module_parameter *parameter = &module->parameters[i];
        struct tactus_control_info *control = &info->controls[i];
        describe_text(control->name, sizeof control->name, parameter->name);
        describe_text(control->symbol, sizeof control->symbol, parameter->name);
        control->minimum = parameter->minimum;
        control->maximum = parameter->maximum;
        control->initial = parameter->initial;
        if (!(parameter->minimum <= parameter->initial &&
              parameter->initial <= parameter->maximum)) {
            (void)snprintf(info->refusal, sizeof info->refusal,
                           "parameter %u: the default lies outside of the range", i + 1);
        }
    }
    describe_symbols(info);
    return true;
}

bool describe_gain(struct tactus_plugin_info *info)
{
    info->kind = TACTUS_PLUGIN_NATIVE;
    (void)snprintf(info->uri, sizeof info->uri, "gain");
    (void)snprintf(info->name, sizeof info->name,
                   "Gain, as many channels out as in, ramped over one block after a change");
    info->controls = calloc(1, sizeof *info->controls);
    if (info->controls == NULL) {
        return false;
    }
    info->controls_count = 1;
    info->controls[0] = (struct tactus_control_info){.symbol = "gain_db",
                                                     .name = "Gain (dB)",
                                                     .minimum = -90.0F,
                                                     .maximum = 24.0F,
                                                     .initial = 0.0F};
    return true;
}

bool describe_mix(struct tactus_plugin_info *info)
{
    info->kind = TACTUS_PLUGIN_NATIVE;
    (void)snprintf(info->uri, sizeof info->uri, "mix");
    (void)snprintf(info->name, sizeof info->name, "Mix, the sum of its sources");
    info->controls = calloc(1, sizeof *info->controls);
    return info->controls != NULL;
}

const struct tactus_control_info *tactus_plugin_control(const struct tactus_plugin_info *info,
                                                        const char *name)
{
    for (uint32_t i = 0; i < info->controls_count; i++) {
        if (strcmp(info->controls[i].symbol, name) == 0) {
            return &info->controls[i];
        }
    }
    for (uint32_t i = 0; i < info->controls_count; i++) {
        if (strcmp(info->controls[i].name, name) == 0) {
            return &info->controls[i];
        }
    }
    return NULL;
}

void tactus_control_range(const struct tactus_control_info *control, uint32_t rate_hz,
                          float *minimum, float *maximum, float *initial)
{
    float rate = (float)rate_hz;
    float bounds_scale = (control->flags & TACTUS_CONTROL_RATE_BOUNDS) != 0 ? rate : 1.0F;
    if (minimum != NULL) {
        *minimum = control->minimum * bounds_scale;
    }
    if (maximum != NULL) {
        *maximum = control->maximum * bounds_scale;
    }
    if (initial != NULL) {
        bool is_scaled = (control->flags & TACTUS_CONTROL_RATE_INITIAL) != 0;
        *initial = control->initial * (is_scaled ? rate : 1.0F);
    }
}
