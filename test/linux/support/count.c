/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * To be preloaded: counts what the threads of a tick call that may block or take its time. The
 * counts lie in the file that TACTUS_COUNTS names, so that they outlive whoever is killed: for each
 * role (LL threads of domains, the tick's thread) one word per function in the order of `names` in
 * no_allocation.sh.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum function {
    CLOCK,
    MALLOC,
    CALLOC,
    REALLOC,
    FREE,
    MEMALIGN,
    MUTEX_LOCK,
    RWLOCK,
    COND_WAIT,
    FUNCTIONS
};

#define ROLES 2
#define BYTES ((size_t)4096)

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void __libc_free(void *);
extern void *__libc_memalign(size_t, size_t);

static atomic_ulong *counts;
static _Thread_local int role __attribute__((tls_model("initial-exec"))); /* 0: none yet */

static int role_find(void)
{
    char name[16] = "";
    if (gettid() == getpid()) /* it lends its name to those that it starts */
        return 0;
    (void)prctl(PR_GET_NAME, name, 0, 0, 0);
    return strcmp(name, "tactus-ll") == 0 ? 1 : strcmp(name, "tactus-tick") == 0 ? 2 : 0;
}

static void count(enum function function)
{
    if (counts == NULL)
        return;
    if (role == 0)
        role = role_find();
    if (role != 0)
        atomic_fetch_add(&counts[(role - 1) * FUNCTIONS + (int)function], 1);
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("TACTUS_COUNTS");
    int descriptor = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (descriptor < 0)
        return;
    void *memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    counts = memory == MAP_FAILED ? NULL : memory;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    count(CLOCK);
    return (int)syscall(SYS_clock_gettime, clock, time);
}

void *malloc(size_t bytes)
{
    count(MALLOC);
    return __libc_malloc(bytes);
}

void *calloc(size_t number, size_t bytes)
{
    count(CALLOC);
    return __libc_calloc(number, bytes);
}

void *realloc(void *memory, size_t bytes)
{
    count(REALLOC);
    return __libc_realloc(memory, bytes);
}

void free(void *memory)
{
    if (memory != NULL) /* a thread that ends frees what it never had */
        count(FREE);
    __libc_free(memory);
}

int posix_memalign(void **memory, size_t alignment, size_t bytes)
{
    count(MEMALIGN);
    *memory = __libc_memalign(alignment, bytes);
    return *memory == NULL ? ENOMEM : 0;
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    count(MEMALIGN);
    return __libc_memalign(alignment, bytes);
}

static void *next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

#define FORWARD(function, name, type, object)                                                      \
    int name(type *object)                                                                         \
    {                                                                                              \
        static int (*real)(type *);                                                                \
        if (real == NULL)                                                                          \
            *(void **)&real = next(#name);                                                         \
        count(function);                                                                           \
        return real(object);                                                                       \
    }
FORWARD(MUTEX_LOCK, pthread_mutex_lock, pthread_mutex_t, mutex)
FORWARD(RWLOCK, pthread_rwlock_rdlock, pthread_rwlock_t, lock)
FORWARD(RWLOCK, pthread_rwlock_wrlock, pthread_rwlock_t, lock)

int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    static int (*real)(pthread_cond_t *, pthread_mutex_t *);
    if (real == NULL)
        *(void **)&real = next("pthread_cond_wait");
    count(COND_WAIT);
    return real(condition, mutex);
}
