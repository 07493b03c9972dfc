/* SPDX-License-Identifier: BSD-3-Clause */
#include <tactus/status.h>

const char *tactus_status_text(tactus_status status)
{
    switch (status) {
    case TACTUS_OK:
        return "success";
    case TACTUS_E_INVALID:
        return "invalid argument";
    case TACTUS_E_NO_MEMORY:
        return "out of memory";
    case TACTUS_E_NO_CORE:
        return "no such core";
    case TACTUS_E_NO_DEVICE:
        return "no such scheduler, device channel or domain";
    case TACTUS_E_EXISTS:
        return "exists already";
    case TACTUS_E_NOT_SUPPORTED:
        return "operation not supported by this scheduler";
    case TACTUS_E_WRONG_SIDE:
        return "scheduler type is owned by the other side";
    case TACTUS_E_INCOMPLETE:
        return "a mandatory operation is missing";
    case TACTUS_E_STALE:
        return "handle of an object that was freed";
    case TACTUS_E_STATE:
        return "not allowed in the present state";
    case TACTUS_E_TIMED_OUT:
        return "no answer in bounded time";
    case TACTUS_E_DEADLOCK:
        return "the call would wait for its own caller";
    case TACTUS_E_REFERENCE:
        return "reference task is not queued on the same scheduler";
    case TACTUS_E_PERIOD:
        return "not a whole multiple";
    case TACTUS_E_DENIED:
        return "permission denied";
    case TACTUS_E_MALFORMED:
        return "malformed record";
    case TACTUS_E_OS:
        return "refused by the operating system";
    case TACTUS_E_DIED:
        return "the domain is gone";
    case TACTUS_E_BAD_POINTER:
        return "not a live allocation of this heap";
    case TACTUS_E_NOT_FOUND:
        return "not found";
    }
    return "unknown status";
}
