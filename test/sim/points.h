/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Put before the sources of core and sched for one of the exploration programs: every step on an
 * atomic word becomes a point at which other cores may come in between and more urgent threads may
 * preempt. Interleavings are explored, memory orders are not.
 */
#ifndef TACTUS_TEST_POINTS_H
#define TACTUS_TEST_POINTS_H

#include <stdatomic.h>

#define EXPLORE_POINTS 1

/* In the test program. */
void explore_point(void);

#undef atomic_load_explicit
#undef atomic_store_explicit
#undef atomic_exchange_explicit
#undef atomic_fetch_add_explicit
#undef atomic_fetch_sub_explicit
#undef atomic_fetch_and_explicit
#undef atomic_fetch_or_explicit
#undef atomic_compare_exchange_weak_explicit
#undef atomic_compare_exchange_strong_explicit

#ifdef __clang__
#define POINT_BUILTIN(name) __c11_atomic_##name
#define POINT_COMPARE(object, expected, value, success, failure)                                   \
    __c11_atomic_compare_exchange_strong(object, expected, value, success, failure)
#define POINT_LOAD     __c11_atomic_load
#define POINT_STORE    __c11_atomic_store
#define POINT_EXCHANGE __c11_atomic_exchange
#else
#define POINT_BUILTIN(name) __atomic_##name
#define POINT_COMPARE(object, expected, value, success, failure)                                   \
    __atomic_compare_exchange_n(object, expected, value, 0, success, failure)
#define POINT_LOAD     __atomic_load_n
#define POINT_STORE    __atomic_store_n
#define POINT_EXCHANGE __atomic_exchange_n
#endif

#define atomic_load_explicit(object, order) (explore_point(), POINT_LOAD(object, order))
#define atomic_store_explicit(object, value, order)                                                \
    (explore_point(), POINT_STORE(object, value, order))
#define atomic_exchange_explicit(object, value, order)                                             \
    (explore_point(), POINT_EXCHANGE(object, value, order))
#define atomic_fetch_add_explicit(object, value, order)                                            \
    (explore_point(), POINT_BUILTIN(fetch_add)(object, value, order))
#define atomic_fetch_sub_explicit(object, value, order)                                            \
    (explore_point(), POINT_BUILTIN(fetch_sub)(object, value, order))
#define atomic_fetch_and_explicit(object, value, order)                                            \
    (explore_point(), POINT_BUILTIN(fetch_and)(object, value, order))
#define atomic_fetch_or_explicit(object, value, order)                                             \
    (explore_point(), POINT_BUILTIN(fetch_or)(object, value, order))
#define atomic_compare_exchange_weak_explicit(object, expected, value, success, failure)           \
    (explore_point(), POINT_COMPARE(object, expected, value, success, failure))
#define atomic_compare_exchange_strong_explicit(object, expected, value, success, failure)         \
    (explore_point(), POINT_COMPARE(object, expected, value, success, failure))

#endif
