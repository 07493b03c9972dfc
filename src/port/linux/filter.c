/* SPDX-License-Identifier: BSD-3-Clause */
#include "filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define FILTER_ARCHITECTURE AUDIT_ARCH_X86_64
#define FILTER_CALLS_END    0x40000000u /* from here on the same calls by another number (x32) */
#elif defined(__aarch64__)
#define FILTER_ARCHITECTURE AUDIT_ARCH_AARCH64
#define FILTER_CALLS_END    UINT32_MAX
#elif defined(__riscv) && __riscv_xlen == 64
#define FILTER_ARCHITECTURE AUDIT_ARCH_RISCV64
#define FILTER_CALLS_END    UINT32_MAX
#else
#error "add the architecture's AUDIT_ARCH_ constant"
#endif

#define FILTER_FUTEX_REQUEUE 456 /* the same number everywhere; newer than Debian 12's headers */

#define LOAD(field)         BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define MASK(bits)          BPF_STMT(BPF_ALU | BPF_AND | BPF_K, bits)
#define ANSWER(action)      BPF_STMT(BPF_RET | BPF_K, action)
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)
#define REFUSE_IF(value)    UNLESS(value, 1), ANSWER(SECCOMP_RET_ERRNO | EPERM)
#define REFUSE_FROM(value)                                                                         \
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, value, 0, 1), ANSWER(SECCOMP_RET_ERRNO | ENOSYS)

/* Moving the sleepers of a word that can only be read to a word of one's own, and sleeping in a way
 * that no plain wake gets past: both need no right to write, and would make others late. Calls on
 * private words (the flag stays in) cannot mean the relay's. The length of a jump is counted in
 * instructions: each REFUSE_IF is two. */
static const struct sock_filter filter[] = {
    LOAD(arch),
    UNLESS(FILTER_ARCHITECTURE, 1),
    BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
    ANSWER(SECCOMP_RET_KILL_PROCESS),
    LOAD(nr),
    REFUSE_FROM(FILTER_CALLS_END),
    UNLESS(FILTER_FUTEX_REQUEUE, 1),
    ANSWER(SECCOMP_RET_ERRNO | ENOSYS),
    UNLESS(SYS_futex, 11),
    LOAD(args[1]),
    MASK(~(uint32_t)FUTEX_CLOCK_REALTIME),
    REFUSE_IF(FUTEX_REQUEUE),
    REFUSE_IF(FUTEX_CMP_REQUEUE),
    REFUSE_IF(FUTEX_WAIT_REQUEUE_PI),
    REFUSE_IF(FUTEX_CMP_REQUEUE_PI),
    ANSWER(SECCOMP_RET_ALLOW),
    UNLESS(SYS_prctl, 3),
    LOAD(args[0]),
    /* That it ends with the kernel side, however that ends. */
    REFUSE_IF(PR_SET_PDEATHSIG),
    ANSWER(SECCOMP_RET_ALLOW),
};

bool filter_install(void)
{
    struct sock_fprog program = {.len = sizeof filter / sizeof *filter,
                                 .filter = (struct sock_filter *)(uintptr_t)filter};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
                   &program) == 0;
}
