/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Attacks promise 1 through the system: everything that could open another process' memory, or
 * make writable what this domain may only read. Sample n of each block is 0.5 where attack n was
 * refused, 1 where it succeeded, and -1 where it could not be tried.
 *
 * TACTUS_TARGETS names a file with lines "pid start end" of the victims' memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "attack.h"

#define MAPS_MAX    4096u
#define TARGETS_MAX 64u
#define PAGE        4096u

struct target {
    int pid;
    uintptr_t start;
};

static struct target targets[TARGETS_MAX];
static uint32_t targets_count;
static struct attack_map maps[MAPS_MAX];
static uint32_t maps_count;
static uint32_t word;

static bool is_granted_for_reading(const struct attack_map *map)
{
    return strstr(map->name, "memfd:tactus:") != NULL && map->rights[1] == '-';
}

static bool is_partition(const struct attack_map *map)
{
    return strstr(map->name, "memfd:tactus:") != NULL;
}

/* --- another process' memory -------------------------------------------------------------------
 */

static bool open_works(const char *format, int pid, int flags)
{
    char path[96];
    (void)snprintf(path, sizeof path, format, pid);
    int descriptor = open(path, flags | O_CLOEXEC);
    if (descriptor >= 0)
        (void)close(descriptor);
    return descriptor >= 0;
}

static bool read_through_proc(const struct target *target)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/mem", target->pid);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    bool works = descriptor >= 0 && pread(descriptor, &word, sizeof word, (off_t)target->start) ==
                                        (ssize_t)sizeof word;
    if (descriptor >= 0)
        (void)close(descriptor);
    return works;
}

static bool write_through_proc(const struct target *target)
{
    return open_works("/proc/%d/mem", target->pid, O_RDWR);
}

static bool list_maps(const struct target *target)
{
    char path[64];
    char byte = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/maps", target->pid);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    bool works = descriptor >= 0 && read(descriptor, &byte, 1) == 1;
    if (descriptor >= 0)
        (void)close(descriptor);
    return works;
}

static bool vm_readv(const struct target *target)
{
    struct iovec here = {&word, sizeof word};
    struct iovec there = {(void *)target->start, sizeof word};
    return process_vm_readv(target->pid, &here, 1, &there, 1, 0) > 0;
}

static bool vm_writev(const struct target *target)
{
    struct iovec here = {&word, sizeof word};
    struct iovec there = {(void *)target->start, sizeof word};
    return process_vm_writev(target->pid, &here, 1, &there, 1, 0) > 0;
}

static bool seize(const struct target *target)
{
    return ptrace(PTRACE_SEIZE, target->pid, NULL, NULL) == 0;
}

static bool attach(const struct target *target)
{
    return ptrace(PTRACE_ATTACH, target->pid, NULL, NULL) == 0;
}

static bool signal_it(const struct target *target)
{
    return kill(target->pid, 0) == 0;
}

/* A folder of /proc may stand for a process in pidfd_send_signal. */
static bool signal_folder(const struct target *target)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d", target->pid);
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool works =
        descriptor >= 0 && syscall(SYS_pidfd_send_signal, descriptor, SIGCONT, NULL, 0) == 0;
    if (descriptor >= 0)
        (void)close(descriptor);
    return works;
}

static bool take_descriptor(const struct target *target)
{
    int process = (int)syscall(SYS_pidfd_open, target->pid, 0);
    bool works = false;
    for (int i = 0; process >= 0 && i < 64; i++)
        works = works || syscall(SYS_pidfd_getfd, process, i, 0) >= 0;
    return works;
}

static bool open_its_descriptors(const struct target *target)
{
    bool works = false;
    for (int i = 0; i < 64; i++) {
        char format[32];
        (void)snprintf(format, sizeof format, "/proc/%%d/fd/%d", i);
        works = works || open_works(format, target->pid, O_RDONLY);
    }
    return works;
}

static bool enter_its_namespace(const struct target *target)
{
    return open_works("/proc/%d/ns/user", target->pid, O_RDONLY) ||
           open_works("/proc/%d/ns/pid", target->pid, O_RDONLY);
}

static bool trace_from_new_namespace(const struct target *target)
{
    /* In a child, so that the threads of this process do not stand in the way. */
    int child = (int)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
    if (child == 0)
        _exit(read_through_proc(target) || list_maps(target) || seize(target) ? 1 : 0);
    int status = 0;
    if (child > 0)
        (void)syscall(SYS_wait4, child, &status, __WALL, NULL);
    return status != 0;
}

/* As a child of its own, so that nothing else changes here. */
static bool make_user_namespace(const struct target *target)
{
    (void)target;
    int child = (int)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
    if (child == 0)
        _exit(0);
    if (child > 0)
        (void)syscall(SYS_wait4, child, NULL, __WALL, NULL);
    return child > 0;
}

/* A signal to the own group is one to everybody who was started with it. */
static bool signal_group(const struct target *target)
{
    (void)target;
    return getpgrp() != getpid() && kill(0, SIGCONT) == 0;
}

/* It would close it, and might be a long time about it. */
static bool send_descriptor(const struct target *target)
{
    (void)target;
    int ends[2];
    char byte = 0;
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return true; /* not tried is not refused */
    memcpy(CMSG_DATA(&control.header), &ends[0], sizeof ends[0]);
    bool works = sendmsg(ends[0], &message, 0) >= 0;
    (void)close(ends[0]);
    (void)close(ends[1]);
    return works;
}

/* --- what it may only read ---------------------------------------------------------------------
 */

static bool protect(const struct attack_map *map)
{
    return is_granted_for_reading(map) &&
           mprotect((void *)map->start, PAGE, PROT_READ | PROT_WRITE) == 0;
}

static bool map_again(const char *path)
{
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    void *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (memory == MAP_FAILED) { /* readable first, writable later */
        memory = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, descriptor, 0);
        if (memory != MAP_FAILED && mprotect(memory, PAGE, PROT_READ | PROT_WRITE) != 0)
            memory = MAP_FAILED;
    }
    bool works = memory != MAP_FAILED || pwrite(descriptor, &word, sizeof word, 0) > 0 ||
                 ftruncate(descriptor, 0) == 0 ||
                 fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE) == 0;
    (void)close(descriptor);
    return works;
}

/* Also its own partitions: the right to map them has been used up. */
static bool open_map_file(const struct attack_map *map)
{
    char path[96];
    (void)snprintf(path, sizeof path, "/proc/self/map_files/%lx-%lx", (unsigned long)map->start,
                   (unsigned long)map->end);
    return is_partition(map) && map_again(path);
}

static bool duplicate_mapping(const struct attack_map *map)
{
    if (!is_granted_for_reading(map))
        return false;
    void *memory = mremap((void *)map->start, 0, PAGE, MREMAP_MAYMOVE);
    return memory != MAP_FAILED && mprotect(memory, PAGE, PROT_READ | PROT_WRITE) == 0;
}

static bool punch_mapping(const struct attack_map *map)
{
    return is_granted_for_reading(map) && madvise((void *)map->start, PAGE, MADV_REMOVE) == 0;
}

static bool write_through_own_proc(const struct attack_map *map)
{
    if (!is_granted_for_reading(map))
        return false;
    int descriptor = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
    uint32_t same = *(volatile uint32_t *)map->start;
    bool works = descriptor >= 0 &&
                 pwrite(descriptor, &same, sizeof same, (off_t)map->start) == (ssize_t)sizeof same;
    if (descriptor >= 0)
        (void)close(descriptor);
    return works;
}

static bool read_into(const struct attack_map *map)
{
    int ends[2];
    if (!is_granted_for_reading(map) || pipe(ends) != 0)
        return false;
    uint32_t same = *(volatile uint32_t *)map->start;
    bool works = write(ends[1], &same, sizeof same) == (ssize_t)sizeof same &&
                 read(ends[0], (void *)map->start, sizeof same) == (ssize_t)sizeof same;
    (void)close(ends[0]);
    (void)close(ends[1]);
    return works;
}

/* Neither needs the right to write: the sleepers of a word go to another one, where nobody wakes
 * them, or stand behind one whom no plain wake gets past. */
static bool move_sleepers(const struct attack_map *map)
{
    return is_granted_for_reading(map) &&
           syscall(SYS_futex, map->start, FUTEX_REQUEUE, 0, 0, &word, 0) >= 0;
}

static bool block_sleepers(const struct attack_map *map)
{
    static const struct timespec past;
    if (!is_granted_for_reading(map))
        return false;
    uint32_t other = ~*(volatile uint32_t *)map->start;
    return syscall(SYS_futex, map->start, FUTEX_WAIT_REQUEUE_PI, other, &past, &word, 0) != 0 &&
           errno != EPERM && errno != ENOSYS;
}

/* --- the machine ------------------------------------------------------------------------------ */

static bool open_own_descriptors(void)
{
    bool works = false;
    for (int i = 0; i < 64; i++) {
        char path[64];
        char name[256] = "";
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", i);
        if (readlink(path, name, sizeof name - 1) > 0 && strstr(name, "memfd:") != NULL)
            works = true; /* none is to be open any more */
    }
    return works;
}

static bool open_memory_devices(void)
{
    return open_works("/dev/mem", 0, O_RDONLY) || open_works("/dev/kmem", 0, O_RDONLY) ||
           open_works("/proc/kcore", 0, O_RDONLY);
}

static bool take_priority(void)
{
    struct sched_param most = {.sched_priority = 99};
    return sched_setscheduler(0, SCHED_FIFO, &most) == 0;
}

/* So that it would outlive the kernel side. */
static bool outlive_parent(void)
{
    return prctl(PR_SET_PDEATHSIG, 0) == 0;
}

/* Another program, started by another thread, would do so as well. */
static bool execute(void)
{
    char *nothing[] = {NULL};
    return execve("/nowhere", nothing, nothing) == 0 || errno == ENOENT;
}

static void *priority_look(void *argument)
{
    *(bool *)argument = sched_getscheduler(0) != SCHED_OTHER;
    return NULL;
}

/* A thread of the tick's priority that nobody knows of. */
static bool hand_on_priority(void)
{
    pthread_t thread;
    bool works = true;
    if (pthread_create(&thread, NULL, priority_look, &works) == 0)
        (void)pthread_join(thread, NULL);
    return works;
}

static bool load_module(void)
{
    return syscall(SYS_init_module, "", 0UL, "") == 0;
}

static bool mount_something(void)
{
    return syscall(SYS_mount, "none", "/tmp", "tmpfs", 0UL, NULL) == 0;
}

/* --- the list of them --------------------------------------------------------------------------
 */

static bool (*const on_process[])(const struct target *) = {
    read_through_proc,
    write_through_proc,
    list_maps,
    vm_readv,
    vm_writev,
    seize,
    attach,
    signal_it,
    signal_folder,
    take_descriptor,
    open_its_descriptors,
    enter_its_namespace,
    trace_from_new_namespace,
    make_user_namespace,
    signal_group,
    send_descriptor,
};
static bool (*const on_mapping[])(const struct attack_map *) = {
    protect,   open_map_file, duplicate_mapping, punch_mapping, write_through_own_proc,
    read_into, move_sleepers, block_sleepers,
};
static bool (*const on_machine[])(void) = {
    open_own_descriptors, open_memory_devices, take_priority,   outlive_parent, execute,
    hand_on_priority,     load_module,         mount_something,
};

#define LENGTH_OF(array) (sizeof(array) / sizeof *(array))
#define ATTACKS          (LENGTH_OF(on_process) + LENGTH_OF(on_mapping) + LENGTH_OF(on_machine))

static float results[ATTACKS];
static bool is_done;

static float result_of(bool was_tried, bool works)
{
    if (!was_tried)
        return -1.0f;
    return works ? 1.0f : 0.5f;
}

static void attack_all(void)
{
    size_t attack = 0;
    for (size_t i = 0; i < LENGTH_OF(on_process); i++) {
        bool works = false;
        for (uint32_t t = 0; t < targets_count; t++)
            works = on_process[i](&targets[t]) || works;
        results[attack++] = result_of(targets_count > 0, works);
    }
    maps_count = attack_maps(maps, MAPS_MAX);
    for (size_t i = 0; i < LENGTH_OF(on_mapping); i++) {
        bool works = false;
        bool was_tried = false;
        for (uint32_t m = 0; m < maps_count; m++) {
            was_tried = was_tried || is_granted_for_reading(&maps[m]);
            works = on_mapping[i](&maps[m]) || works;
        }
        results[attack++] = result_of(was_tried, works);
    }
    for (size_t i = 0; i < LENGTH_OF(on_machine); i++)
        results[attack++] = result_of(true, on_machine[i]());
}

static void take_targets(const char *path)
{
    FILE *file = NULL;
    for (uint32_t i = 0; path != NULL && i < 2000 && file == NULL; i++) {
        file = fopen(path, "re");
        if (file == NULL)
            (void)usleep(10000);
    }
    unsigned long start = 0;
    while (file != NULL && targets_count < TARGETS_MAX &&
           fscanf(file, "%d %lx %*x", &targets[targets_count].pid, &start) == 2)
        targets[targets_count++].start = start;
    if (file != NULL)
        (void)fclose(file);
}

static void *instance_new(uint32_t rate_hz, uint32_t block_frames, const float *values)
{
    (void)rate_hz;
    (void)values;
    take_targets(getenv("TACTUS_TARGETS"));
    return block_frames >= ATTACKS ? results : NULL;
}

static void process(void *instance, const float *const *inputs, float *const *outputs,
                    uint32_t frames)
{
    (void)instance;
    (void)inputs;
    if (!is_done)
        attack_all();
    is_done = true;
    memset(outputs[0], 0, frames * sizeof(float));
    memcpy(outputs[0], results, sizeof results);
}

ATTACK_MODULE("system_calls", instance_new, process)
