/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A flow of control with a stack of its own. The first entry goes through ucontext, which makes a
 * system call; every later switch is _setjmp and _longjmp, which make none.
 */
#ifndef SIM_FIBER_H
#define SIM_FIBER_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <ucontext.h>

#include <tactus/status.h>

struct sim_fiber {
    jmp_buf resume;
    ucontext_t context; /* the first entry */
    bool is_started;
    void (*entry)(void *argument); /* never returns */
    void *argument;
    void *mapping; /* the stack, above a page that nobody may touch; NULL: the caller's own stack */
    size_t mapping_bytes;
    /* For the sanitizers, which follow stacks. */
    const void *stack;
    size_t stack_bytes;
    void *fake_stack;
    void *checker;
};

/* `stack_bytes` is rounded up to whole pages. TACTUS_E_NO_MEMORY. */
TACTUS_MUST_CHECK tactus_status sim_fiber_init(struct sim_fiber *fiber, size_t stack_bytes,
                                               void (*entry)(void *argument), void *argument);
/* For one that is not running; what is on its stack is forgotten. */
void sim_fiber_deinit(struct sim_fiber *fiber);

/* Leaves `from`, which is what runs now, and goes on in `to`; returns when somebody switches back.
 * A zeroed fiber stands for the stack of whoever switches first. */
void sim_fiber_switch(struct sim_fiber *from, struct sim_fiber *to);

#endif
