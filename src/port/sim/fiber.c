/* SPDX-License-Identifier: BSD-3-Clause */
/* The check in the fortified longjmp takes a jump to another stack for a mistake. */
#undef _FORTIFY_SOURCE
#include "fiber.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ADDRESS_SANITIZER
#endif
#if __has_feature(thread_sanitizer)
#define WITH_THREAD_SANITIZER
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define WITH_ADDRESS_SANITIZER
#endif
#if defined(__SANITIZE_THREAD__)
#define WITH_THREAD_SANITIZER
#endif

#ifdef WITH_ADDRESS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef WITH_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

static void leave(struct sim_fiber *from, struct sim_fiber *to)
{
#ifdef WITH_ADDRESS_SANITIZER
    __sanitizer_start_switch_fiber(&from->fake_stack, to->stack, to->stack_bytes);
#endif
#ifdef WITH_THREAD_SANITIZER
    if (from->checker == NULL)
        from->checker = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(to->checker, 0);
#endif
    (void)from;
    (void)to;
}

/* `from` is who was left, known at the first entry only: its stack is learned there. */
static void arrive(struct sim_fiber *fiber, struct sim_fiber *from)
{
#ifdef WITH_ADDRESS_SANITIZER
    const void *stack;
    size_t stack_bytes;
    __sanitizer_finish_switch_fiber(fiber->fake_stack, &stack, &stack_bytes);
    if (from != NULL && from->stack == NULL) {
        from->stack = stack;
        from->stack_bytes = stack_bytes;
    }
#endif
    (void)fiber;
    (void)from;
}

/* makecontext hands over ints; a pointer is two of them. */
static void begin(unsigned fiber_low, unsigned fiber_high, unsigned from_low, unsigned from_high)
{
    struct sim_fiber *fiber = (void *)((uintptr_t)fiber_high << 16 << 16 | fiber_low);
    struct sim_fiber *from = (void *)((uintptr_t)from_high << 16 << 16 | from_low);
    arrive(fiber, from);
    fiber->entry(fiber->argument);
}

static bool is_new(const struct sim_fiber *fiber)
{
    return !fiber->is_started && fiber->mapping != NULL;
}

static void prepare(struct sim_fiber *fiber, struct sim_fiber *from)
{
    uintptr_t to_bits = (uintptr_t)fiber;
    uintptr_t from_bits = (uintptr_t)from;
    fiber->is_started = true;
    makecontext(&fiber->context, (void (*)(void))begin, 4, (unsigned)to_bits,
                (unsigned)(to_bits >> 16 >> 16), (unsigned)from_bits,
                (unsigned)(from_bits >> 16 >> 16));
}

tactus_status sim_fiber_init(struct sim_fiber *fiber, size_t stack_bytes,
                             void (*entry)(void *argument), void *argument)
{
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    stack_bytes = (stack_bytes + page_bytes - 1u) / page_bytes * page_bytes;
    char *mapping = mmap(NULL, stack_bytes + page_bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) {
        return TACTUS_E_NO_MEMORY;
    }
    *fiber = (struct sim_fiber){
        .entry = entry,
        .argument = argument,
        .mapping = mapping,
        .mapping_bytes = stack_bytes + page_bytes,
        .stack = mapping + page_bytes,
        .stack_bytes = stack_bytes,
    };
    if (mprotect(mapping, page_bytes, PROT_NONE) != 0 || getcontext(&fiber->context) != 0) {
        munmap(mapping, fiber->mapping_bytes);
        fiber->mapping = NULL;
        return TACTUS_E_NO_MEMORY;
    }
    fiber->context.uc_stack.ss_sp = mapping + page_bytes;
    fiber->context.uc_stack.ss_size = stack_bytes;
    fiber->context.uc_link = NULL;
#ifdef WITH_THREAD_SANITIZER
    fiber->checker = __tsan_create_fiber(0);
#endif
    return TACTUS_OK;
}

void sim_fiber_deinit(struct sim_fiber *fiber)
{
    if (fiber->mapping == NULL) {
        return;
    }
#ifdef WITH_THREAD_SANITIZER
    __tsan_destroy_fiber(fiber->checker);
#endif
    munmap(fiber->mapping, fiber->mapping_bytes);
    fiber->mapping = NULL;
}

#ifdef WITH_THREAD_SANITIZER
/* It keeps a list of the jumps of each fiber, and does not know swapcontext: that leaves it be. */
void sim_fiber_switch(struct sim_fiber *from, struct sim_fiber *to)
{
    if (is_new(to))
        prepare(to, from);
    leave(from, to);
    (void)swapcontext(&from->context, &to->context);
    arrive(from, NULL);
}
#else
static void go_on(struct sim_fiber *from, struct sim_fiber *to)
{
    if (is_new(to)) {
        prepare(to, from);
        leave(from, to);
        (void)setcontext(&to->context);
    }
    leave(from, to);
    _longjmp(to->resume, 1);
}

void sim_fiber_switch(struct sim_fiber *from, struct sim_fiber *to)
{
    if (_setjmp(from->resume) == 0) {
        go_on(from, to);
    }
    arrive(from, NULL);
}
#endif
