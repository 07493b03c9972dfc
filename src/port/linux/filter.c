/* SPDX-License-Identifier: BSD-3-Clause */
#include "filter.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALL_FUTEX_REQUEUE 456 /* the same number everywhere; newer than the library's table */

/* Calls on private words (the flag stays in the comparison) cannot mean the relay's. */
static int refuse_futex(scmp_filter_ctx context, uint32_t operation)
{
    const uint64_t mask = (uint32_t)~FUTEX_CLOCK_REALTIME;
    return seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(futex), 1,
                            SCMP_A1(SCMP_CMP_MASKED_EQ, mask, operation));
}

static int refuse(scmp_filter_ctx context, int call)
{
    return seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), call, 0);
}

/* Another program would begin without the signal that ends it with the kernel side, where any but
 * the first thread executes it. The call has three arguments; nobody but the launcher knows what
 * it puts into the fourth place. */
static bool execution_refuse(scmp_filter_ctx context, uint64_t token)
{
    return refuse(context, SCMP_SYS(execveat)) == 0 &&
           seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(execve), 1,
                            SCMP_A3(SCMP_CMP_NE, token, 0)) == 0;
}

/* A descriptor that is sent to the kernel side is closed there, and closing may take as long as
 * its sender likes. Requests carry none. */
static bool sending_refuse(scmp_filter_ctx context)
{
    return refuse(context, SCMP_SYS(sendmsg)) == 0 && refuse(context, SCMP_SYS(sendmmsg)) == 0 &&
           refuse(context, SCMP_SYS(io_uring_setup)) == 0;
}

/* In a user namespace of its own a process has every capability: it could mount what never lets go
 * of its users. The C library goes back to clone where there is no clone3. */
static bool namespaces_refuse(scmp_filter_ctx context)
{
    const uint64_t user = CLONE_NEWUSER;
    return seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
           seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                            SCMP_A0(SCMP_CMP_MASKED_EQ, user, user)) == 0 &&
           seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(unshare), 1,
                            SCMP_A0(SCMP_CMP_MASKED_EQ, user, user)) == 0;
}

/* Moving the sleepers of a word that can only be read to a word of one's own, and sleeping in a way
 * that no plain wake gets past: both need no right to write, and would make others late. And that
 * it ends with the kernel side, however that ends, is not a domain's to change. */
static bool rules_add(scmp_filter_ctx context)
{
    static const uint32_t moves[] = {FUTEX_REQUEUE, FUTEX_CMP_REQUEUE, FUTEX_WAIT_REQUEUE_PI,
                                     FUTEX_CMP_REQUEUE_PI};
    bool is_added =
        seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS), CALL_FUTEX_REQUEUE, 0) == 0 &&
        seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prctl), 1,
                         SCMP_A0(SCMP_CMP_MASKED_EQ, UINT32_MAX, PR_SET_PDEATHSIG)) == 0;
    for (uint32_t i = 0; i < sizeof moves / sizeof *moves; i++) {
        is_added = is_added && refuse_futex(context, moves[i]) == 0;
    }
    return is_added;
}

/* The library writes the program to a descriptor; the child needs it in memory. */
static tactus_status program_read(struct filter *filter, int descriptor)
{
    off_t bytes = lseek(descriptor, 0, SEEK_END);
    if (bytes <= 0) {
        return TACTUS_E_OS;
    }
    filter->program.filter = malloc((size_t)bytes);
    if (filter->program.filter == NULL) {
        return TACTUS_E_NO_MEMORY;
    }
    filter->program.len = (unsigned short)((size_t)bytes / sizeof *filter->program.filter);
    return pread(descriptor, filter->program.filter, (size_t)bytes, 0) == bytes ? TACTUS_OK
                                                                                : TACTUS_E_OS;
}

static tactus_status program_export(struct filter *filter, scmp_filter_ctx context)
{
    int descriptor = memfd_create("filter", MFD_CLOEXEC);
    if (descriptor < 0) {
        return TACTUS_E_OS;
    }
    tactus_status status = seccomp_export_bpf(context, descriptor) == 0
                               ? program_read(filter, descriptor)
                               : TACTUS_E_OS;
    close(descriptor);
    return status;
}

tactus_status filter_init(struct filter *filter)
{
    *filter = (struct filter){.token = 0};
    if (getrandom(&filter->token, sizeof filter->token, 0) != (ssize_t)sizeof filter->token) {
        return TACTUS_E_OS;
    }
    /* Calls of another architecture or by another numbering: killed, the library's default. */
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
    if (context == NULL) {
        return TACTUS_E_NO_MEMORY;
    }
    tactus_status status = TACTUS_E_OS;
    if (rules_add(context) && execution_refuse(context, filter->token) && sending_refuse(context) &&
        namespaces_refuse(context)) {
        status = program_export(filter, context);
    }
    seccomp_release(context);
    if (status != TACTUS_OK) {
        filter_deinit(filter);
    }
    return status;
}

void filter_deinit(struct filter *filter)
{
    free(filter->program.filter);
    *filter = (struct filter){.token = 0};
}

bool filter_install(const struct filter *filter)
{
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
                   &filter->program) == 0;
}
