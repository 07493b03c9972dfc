/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The one error type. Every call that can fail returns a tactus_status, and the compiler warns
 * where it is ignored. Any side and any thread may use what is in this file; nothing blocks.
 */
#ifndef TACTUS_STATUS_H
#define TACTUS_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TACTUS_MUST_CHECK __attribute__((warn_unused_result))
#else
#define TACTUS_MUST_CHECK
#endif

typedef enum tactus_status {
    TACTUS_OK = 0,
    TACTUS_E_INVALID = -1,       /* an argument is outside what the call allows */
    TACTUS_E_NO_MEMORY = -2,     /* the owner's heap or a fixed table is exhausted */
    TACTUS_E_NO_CORE = -3,       /* the core does not exist */
    TACTUS_E_NO_DEVICE = -4,     /* no such scheduler, device channel or domain */
    TACTUS_E_EXISTS = -5,        /* is there already */
    TACTUS_E_NOT_SUPPORTED = -6, /* the scheduler lacks this optional operation */
    TACTUS_E_WRONG_SIDE = -7,    /* the type is owned by the other side */
    TACTUS_E_INCOMPLETE = -8,    /* a mandatory operation is missing */
    TACTUS_E_STALE = -9,         /* the handle's object was freed */
    TACTUS_E_STATE = -10,        /* not a legal transition from the present state */
    TACTUS_E_TIMED_OUT = -11,    /* the other party did not answer in bounded time */
    TACTUS_E_DEADLOCK = -12,     /* the call would wait for its own caller */
    TACTUS_E_REFERENCE = -13,    /* the reference task is not queued on the same scheduler */
    TACTUS_E_PERIOD = -14,       /* start or period is no whole multiple of the tick */
    TACTUS_E_DENIED = -15,       /* the right was not granted */
    TACTUS_E_MALFORMED = -16,    /* a record of wrong length, version, type or range */
    TACTUS_E_OS = -17,           /* the operating system refused; errno tells */
    TACTUS_E_DIED = -18,         /* the domain is gone */
    TACTUS_E_BAD_POINTER = -19,  /* not a live allocation of that heap */
    TACTUS_E_NOT_FOUND = -20,    /* no such name, file or plugin */
} tactus_status;

/* One message for a person: what, where (file:line where there is one) and what to do. */
struct tactus_message {
    char text[1024];
};

/* One short English line without a final full stop; never NULL, also for values not listed. */
const char *tactus_status_text(tactus_status status);

#ifdef __cplusplus
}
#endif

#endif
