/* SPDX-License-Identifier: BSD-3-Clause */
/* Kills whoever TACTUS_VICTIM names, its parent and its group as soon as it is loaded. Otherwise it
 * passes on what comes in. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tactus/module.h>

__attribute__((constructor)) static void kill_all(void)
{
    const char *victim = getenv("TACTUS_VICTIM");
    if (victim != NULL) {
        (void)kill((pid_t)strtol(victim, NULL, 10), SIGKILL);
        if (getppid() > 1) {
            (void)kill(getppid(), SIGKILL);
        }
    }
}

static void *instance_new(uint32_t rate_hz, uint32_t block_frames, const float *values)
{
    (void)rate_hz;
    (void)block_frames;
    (void)values;
    static char instance;
    return &instance;
}

static void process(void *instance, const float *const *inputs, float *const *outputs,
                    uint32_t frames)
{
    (void)instance;
    memcpy(outputs[0], inputs[0], frames * sizeof(float));
}

static void instance_free(void *instance)
{
    (void)instance;
}

const struct tactus_module *tactus_module(void);
const struct tactus_module *tactus_module(void)
{
    static const struct tactus_module module = {.abi = TACTUS_MODULE_ABI,
                                                .name = "killer",
                                                .inputs = 1,
                                                .outputs = 1,
                                                .instance_new = instance_new,
                                                .process = process,
                                                .instance_free = instance_free};
    return &module;
}
