/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Holds the design to "no system call on the hot path but the wait for the next activation and the
 * wake of a successor": attaches to the threads of a tick (those of the domains and the kernel
 * side's) in the middle of a live run and looks at every system call they make.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SKIPPED       77
#define THREADS_MAX   16u
#define CALLS_WANTED  300u /* of every thread */
#define SYSTEM_CALLS  512u
#define SOUND_SECONDS 60u
#define RATE_HZ       48000u
#define TICK_MS       10u
#define LOOK_TRIES    1000

/* How the sanitizers see it: their runtimes make calls of their own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED true
#else
#define IS_SANITIZED false
#endif

struct thread {
    int id;
    bool is_tick; /* of the kernel side: paced by the clock */
    uint32_t calls;
    uint32_t seen[SYSTEM_CALLS];
};

struct watch {
    char folder[64];
    int kernel; /* the process of tactus run */
    struct thread threads[THREADS_MAX];
    uint32_t threads_count;
};

/* --- the run ---------------------------------------------------------------------------------- */

static void put_file(const char *folder, const char *name, const char *text, size_t bytes)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, bytes, file), bytes);
    assert_int_equal(fclose(file), 0);
}

static void put_sound(const char *folder)
{
    uint32_t data_bytes = SOUND_SECONDS * RATE_HZ * 2;
    struct {
        char riff[4];
        uint32_t bytes;
        char wave_format[8];
        uint32_t format_bytes;
        uint16_t encoding, channels;
        uint32_t rate_hz, bytes_per_s;
        uint16_t frame_bytes, bits;
        char data[4];
        uint32_t data_bytes;
    } head = {{'R', 'I', 'F', 'F'},
              36 + data_bytes,
              {'W', 'A', 'V', 'E', 'f', 'm', 't', ' '},
              16,
              1,
              1,
              RATE_HZ,
              2 * RATE_HZ,
              2,
              16,
              {'d', 'a', 't', 'a'},
              data_bytes};
    char *sound = malloc(sizeof head + data_bytes);
    assert_non_null(sound);
    memcpy(sound, &head, sizeof head);
    memset(sound + sizeof head, 0x11, data_bytes);
    put_file(folder, "in.wav", sound, sizeof head + data_bytes);
    free(sound);
}

static const char graph[] = "tick: 10ms\n"
                            "nodes:\n"
                            "  - {id: in, file_in: in.wav}\n"
                            "  - {id: one, gain: 1, domain: first}\n"
                            "  - {id: two, gain: 1, domain: second}\n"
                            "  - {id: back, gain: 1, domain: first}\n"
                            "  - {id: out, file_out: out.wav}\n"
                            "links:\n"
                            "  - {from: in, to: one}\n"
                            "  - {from: one, to: two}\n"
                            "  - {from: two, to: back}\n"
                            "  - {from: back, to: out}\n";

static int start(const char *folder, const char *profile)
{
    int process = fork();
    assert_true(process >= 0);
    if (process == 0) {
        if (chdir(folder) == 0 && freopen("said", "w", stdout) != NULL)
            (void)execl(TACTUS_BIN_DIR "/tactus", "tactus", "run", "graph.yaml", "--live",
                        "--profile", profile, "--quiet", (char *)NULL);
        _exit(127);
    }
    return process;
}

/* --- threads ---------------------------------------------------------------------------------- */

static int thread_named(int process, const char *name)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/task", process);
    DIR *folder = opendir(path);
    int found = 0;
    const struct dirent *entry = NULL;
    while (folder != NULL && found == 0 && (entry = readdir(folder)) != NULL) {
        char thread_name[32] = "";
        int id = (int)strtol(entry->d_name, NULL, 10);
        (void)snprintf(path, sizeof path, "/proc/%d/task/%d/comm", process, id);
        /* Who starts a thread bears its name for a moment. */
        FILE *file = id == process ? NULL : fopen(path, "re");
        if (file == NULL)
            continue;
        if (fgets(thread_name, sizeof thread_name, file) != NULL &&
            strncmp(thread_name, name, strlen(name)) == 0)
            found = id;
        (void)fclose(file);
    }
    if (folder != NULL)
        (void)closedir(folder);
    return found;
}

static uint32_t children_of(int process, int *children)
{
    char path[64];
    uint32_t count = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", process, process);
    FILE *file = fopen(path, "re");
    while (file != NULL && count < THREADS_MAX && fscanf(file, "%d", &children[count]) == 1)
        count++;
    if (file != NULL)
        (void)fclose(file);
    return count;
}

static void thread_add(struct watch *watch, int id, bool is_tick)
{
    watch->threads[watch->threads_count++] = (struct thread){.id = id, .is_tick = is_tick};
}

/* Waits until the kernel side ticks: then all domains are ready. */
static void threads_find(struct watch *watch, uint32_t domains)
{
    for (int try = 0; try < LOOK_TRIES && thread_named(watch->kernel, "tactus-tick") == 0; try++)
        (void)usleep(10000);
    int tick = thread_named(watch->kernel, "tactus-tick");
    assert_int_not_equal(tick, 0);
    thread_add(watch, tick, true);
    int children[THREADS_MAX];
    uint32_t count = children_of(watch->kernel, children);
    for (uint32_t i = 0; i < count; i++) {
        int thread = thread_named(children[i], "tactus-ll");
        if (thread != 0)
            thread_add(watch, thread, false);
    }
    assert_int_equal(watch->threads_count, 1 + domains);
    (void)usleep(200000); /* the first ticks have been */
}

/* --- tracing ---------------------------------------------------------------------------------- */

static bool attach_all(struct watch *watch)
{
    for (uint32_t i = 0; i < watch->threads_count; i++) {
        int id = watch->threads[i].id;
        if (ptrace(PTRACE_SEIZE, id, NULL, PTRACE_O_TRACESYSGOOD) != 0)
            return false;
        assert_int_equal(ptrace(PTRACE_INTERRUPT, id, NULL, NULL), 0);
    }
    return true;
}

static struct thread *thread_of(struct watch *watch, int id)
{
    for (uint32_t i = 0; i < watch->threads_count; i++)
        if (watch->threads[i].id == id)
            return &watch->threads[i];
    return NULL;
}

static void note_call(struct thread *thread)
{
    struct __ptrace_syscall_info information;
    long bytes = ptrace(PTRACE_GET_SYSCALL_INFO, thread->id, sizeof information, &information);
    if (bytes <= 0 || information.op != PTRACE_SYSCALL_INFO_ENTRY)
        return;
    uint64_t number = information.entry.nr;
    thread->seen[number < SYSTEM_CALLS ? number : SYSTEM_CALLS - 1]++;
    thread->calls++;
}

static bool all_have_enough(const struct watch *watch)
{
    for (uint32_t i = 0; i < watch->threads_count; i++)
        if (watch->threads[i].calls < CALLS_WANTED)
            return false;
    return true;
}

static void trace(struct watch *watch)
{
    while (!all_have_enough(watch)) {
        int status = 0;
        int id = waitpid(-1, &status, __WALL);
        struct thread *thread = thread_of(watch, id);
        assert_true(id > 0);
        if (id == watch->kernel || (thread != NULL && !WIFSTOPPED(status)))
            fail_msg("the run ended in the middle of tracing (status %x)", (unsigned)status);
        if (thread == NULL)
            continue;
        if (WSTOPSIG(status) == (SIGTRAP | 0x80))
            note_call(thread);
        (void)ptrace(PTRACE_SYSCALL, id, NULL, NULL);
    }
}

static bool is_allowed(const struct thread *thread, uint32_t number)
{
    /* A wait that a stop of ours has interrupted is taken up again by the system. */
    return number == SYS_futex || number == SYS_restart_syscall ||
           (thread->is_tick && number == SYS_clock_nanosleep);
}

static void judge(const struct watch *watch)
{
    for (uint32_t i = 0; i < watch->threads_count; i++) {
        const struct thread *thread = &watch->threads[i];
        const char *name = thread->is_tick ? "the tick's thread" : "a domain's LL thread";
        for (uint32_t number = 0; number < SYSTEM_CALLS; number++)
            if (thread->seen[number] > 0 && !is_allowed(thread, number))
                fail_msg("%s made system call %u %u times in %u calls", name, number,
                         thread->seen[number], thread->calls);
        assert_true(thread->seen[SYS_futex] + thread->seen[SYS_clock_nanosleep] > 0);
    }
}

/* --- tests ------------------------------------------------------------------------------------ */

static void clean_up(struct watch *watch)
{
    char command[128];
    (void)kill(watch->kernel, SIGKILL);
    while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR) {
    }
    (void)snprintf(command, sizeof command, "rm -rf '%s'", watch->folder);
    assert_int_equal(system(command), 0);
}

static int set_up(void **state)
{
    static struct watch watch;
    watch = (struct watch){.folder = "/tmp/tactus_calls_XXXXXX"};
    assert_non_null(mkdtemp(watch.folder));
    put_sound(watch.folder);
    put_file(watch.folder, "graph.yaml", graph, sizeof graph - 1);
    *state = &watch;
    return 0;
}

static int tear_down(void **state)
{
    clean_up(*state);
    return 0;
}

static void watch_run(struct watch *watch, const char *profile, uint32_t domains)
{
    watch->kernel = start(watch->folder, profile);
    threads_find(watch, domains);
    assert_true(attach_all(watch));
    trace(watch);
    judge(watch);
}

static void isolated_run_waits_and_wakes_only(void **state)
{
    watch_run(*state, "isolated", 2);
}

static void monolithic_run_waits_only(void **state)
{
    watch_run(*state, "monolithic", 0);
}

static bool may_trace(void)
{
    int child = fork();
    if (child == 0) {
        (void)pause();
        _exit(0);
    }
    bool may = child > 0 && ptrace(PTRACE_SEIZE, child, NULL, NULL) == 0;
    if (child > 0) {
        (void)kill(child, SIGKILL);
        (void)waitpid(child, NULL, __WALL);
    }
    return may;
}

int main(void)
{
    if (IS_SANITIZED || !may_trace()) {
        puts(IS_SANITIZED ? "SKIPPED: the sanitizers make system calls of their own"
                          : "SKIPPED: this machine does not let one process trace another");
        return SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(isolated_run_waits_and_wakes_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(monolithic_run_waits_only, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
