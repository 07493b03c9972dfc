/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Native modules: a shared object that exports `tactus_module`, or one that is built in. The host
 * calls new, process and free of one instance from one thread at a time: new and free at set-up
 * (may allocate and block), process in the tick (must not).
 */
#ifndef TACTUS_MODULE_H
#define TACTUS_MODULE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TACTUS_MODULE_ABI       1u
#define TACTUS_MODULE_PORTS_MAX 64u

struct tactus_module_parameter {
    const char *name;
    float minimum;
    float maximum;
    float initial;
};

/* Lives, with all that it points to, as long as the shared object is loaded. */
struct tactus_module {
    uint32_t abi; /* TACTUS_MODULE_ABI */
    const char *name;
    uint32_t inputs;  /* audio channels in, 0 to TACTUS_MODULE_PORTS_MAX */
    uint32_t outputs; /* audio channels out, likewise */
    uint32_t parameters_count;
    const struct tactus_module_parameter *parameters;

    /* An instance for blocks of exactly block_frames frames, or NULL. `values` has
     * parameters_count floats within their ranges; they are the host's, valid until instance_free,
     * and change only between two blocks. */
    void *(*instance_new)(uint32_t rate_hz, uint32_t block_frames, const float *values);
    /* One block. Inputs are read-only and may hold anything, NaN and infinities too; every output
     * is written wholly; none overlaps another. */
    void (*process)(void *instance, const float *const *inputs, float *const *outputs,
                    uint32_t frames);
    void (*instance_free)(void *instance);
};

/* What a shared object exports: const struct tactus_module *tactus_module(void); */
#define TACTUS_MODULE_SYMBOL "tactus_module"
typedef const struct tactus_module *(*tactus_module_function)(void);

#ifdef __cplusplus
}
#endif

#endif
