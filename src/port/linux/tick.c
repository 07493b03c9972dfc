/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tick's thread: opens one tick after the other, and keeps the deadlines of the relay. While a
 * tick runs it only sleeps and looks at words.
 */
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <tactus/time.h>

#include "os.h"
#include "supervisor.h"

/* Not live: after how long without an end of the turn everybody is woken to look again. */
#define NUDGE_NS (UINT64_C(10) * TACTUS_NS_PER_MS)

/* How many domains are looked at in one search for who keeps the CPU from others. */
#define LOOKS 8u
/* In shorter ticks a search would itself make others late. */
#define LOOK_TICK_NS UINT64_C(500000)

static void wake_stage(struct tactus_supervisor *supervisor, uint32_t stage)
{
    os_word_wake(supervisor->view.done[stage], OS_SHARED);
}

void tick_absent_set(struct tactus_supervisor *supervisor, const struct domain_record *domain,
                     bool is_absent)
{
    struct relay_board *board = supervisor->view.board;
    for (uint32_t i = 0; i < supervisor->stages_count; i++) {
        if (&supervisor->domains[supervisor->stages[i].domain - 1] == domain) {
            atomic_store_explicit(&board->stage[i].absent, is_absent ? 1 : 0, memory_order_relaxed);
            wake_stage(supervisor, i);
        }
    }
}

static bool stage_is_over(const struct tactus_supervisor *supervisor, uint32_t stage, uint32_t tick)
{
    const struct relay_view *view = &supervisor->view;
    return atomic_load_explicit(&view->board->stage[stage].absent, memory_order_relaxed) != 0 ||
           (int32_t)(tick - atomic_load_explicit(view->done[stage], memory_order_acquire)) <= 0;
}

/* Rare, and here alone a tick makes other system calls: somebody is late, or at fault. */
static void domain_kill(struct tactus_supervisor *supervisor, struct domain_record *domain,
                        uint64_t tick)
{
    int played = TACTUS_DOMAIN_PLAYED;
    if (atomic_compare_exchange_strong(&domain->fate, &played, TACTUS_DOMAIN_HUNG)) {
        atomic_store_explicit(&domain->fault_tick, tick, memory_order_relaxed);
        (void)syscall(SYS_pidfd_send_signal, domain->launch.pid_descriptor, SIGKILL, NULL, 0);
    }
    tick_absent_set(supervisor, domain, true);
}

/* This thread comes before all others of the relay: where it is woken later than this, the machine
 * has stood still, and whoever was late then is not to blame. */
#define STOOD_STILL_NS UINT64_C(200000)

static bool stood_still(const struct tactus_supervisor *supervisor, uint64_t due_ns,
                        uint64_t now_ns)
{
    return supervisor->tick_status.realtime && now_ns > due_ns + STOOD_STILL_NS;
}

enum ll_state { LL_GONE, LL_SLEEPS, LL_RUNS };

static enum ll_state ll_state(const struct domain_record *domain)
{
    char text[64] = "";
    ssize_t got = pread(domain->ll_state, text, sizeof text - 1, 0);
    /* After the name, which is the thread's own choice. */
    const char *end = got > 0 ? strrchr(text, ')') : NULL;
    if (end == NULL || end[1] != ' ') {
        return LL_GONE;
    }
    return end[2] == 'R' ? LL_RUNS : LL_SLEEPS;
}

/* The thread's number is good for as long as the thread is there. */
static bool priority_set(const struct domain_record *domain, int priority)
{
    return ll_state(domain) != LL_GONE && os_realtime_set_thread(domain->ll_thread, priority);
}

static void pass_over(struct tactus_supervisor *supervisor, struct stage_record *stage,
                      uint64_t tick, bool is_excused)
{
    struct domain_record *domain = &supervisor->domains[stage->domain - 1];
    stage->passed_tick = (uint32_t)tick;
    domain->passed_over++;
    if (is_excused) {
        return;
    }
    domain->overruns_in_row++;
    if (domain->overruns_in_row >= supervisor->config.overrun_limit) {
        domain_kill(supervisor, domain, tick);
    } else if (domain->realtime && domain->ll_thread != 0) {
        /* Its thread must not keep the CPU from those that are on time, nor from those that were
         * late less often; but it may catch up before anything else on this machine runs. */
        int priority = PRIORITY_DOMAIN - (int)domain->overruns_in_row;
        bool is_set = priority_set(domain, priority > 1 ? priority : 1);
        domain->is_demoted = domain->is_demoted || is_set;
    }
}

/* Half-way between the deadline before and its own: there is still time for one that has waited for
 * the CPU in vain. */
static uint64_t look_offset_ns(const struct relay_board *board, uint32_t stage)
{
    uint64_t before_ns = stage > 0 ? board->stage[stage - 1].deadline_offset_ns : 0;
    return before_ns + (board->stage[stage].deadline_offset_ns - before_ns) / 2;
}

/* Whoever says that he is done and yet runs, would make all others late with the priority of the
 * relay. A few are looked at each time. */
static void end_hogging(struct tactus_supervisor *supervisor, uint32_t stage, uint64_t tick)
{
    uint32_t count = supervisor->domains_count < LOOKS ? supervisor->domains_count : LOOKS;
    supervisor->stages[stage].looked_tick = (uint32_t)tick;
    for (uint32_t i = 0; i < count; i++) {
        struct domain_record *domain = &supervisor->domains[supervisor->next_look];
        supervisor->next_look = (supervisor->next_look + 1) % supervisor->domains_count;
        if (domain->realtime && !domain->is_demoted && domain->stages_count > 0 &&
            stage_is_over(supervisor, domain->last_stage, (uint32_t)tick) &&
            ll_state(domain) == LL_RUNS) {
            pass_over(supervisor, &supervisor->stages[domain->last_stage], tick, false);
        }
    }
}

/* Passes over every stage that is past its deadline; returns when to look again at the first
 * one that is still expected. */
static uint64_t keep_deadlines(struct tactus_supervisor *supervisor, uint64_t tick,
                               uint64_t begin_ns, uint64_t now_ns)
{
    const struct relay_board *board = supervisor->view.board;
    for (uint32_t i = 0; i < supervisor->stages_count; i++) {
        struct stage_record *stage = &supervisor->stages[i];
        if (stage_is_over(supervisor, i, (uint32_t)tick) || stage->passed_tick == (uint32_t)tick) {
            continue;
        }
        uint64_t deadline_ns = begin_ns + board->stage[i].deadline_offset_ns;
        uint64_t look_ns = begin_ns + look_offset_ns(board, i);
        bool has_time = supervisor->config.tick_ns >= LOOK_TICK_NS;
        if (has_time && now_ns < look_ns) {
            return look_ns;
        }
        if (has_time && stage->looked_tick != (uint32_t)tick &&
            !stood_still(supervisor, look_ns, now_ns)) {
            end_hogging(supervisor, i, tick);
        }
        if (now_ns < deadline_ns) {
            return deadline_ns;
        }
        pass_over(supervisor, stage, tick, stood_still(supervisor, deadline_ns, now_ns));
    }
    return UINT64_MAX;
}

/* Those that were late in an earlier tick and have caught up are trusted again. */
static void restore_priorities(struct tactus_supervisor *supervisor, uint64_t tick)
{
    for (uint32_t i = 0; i < supervisor->domains_count; i++) {
        struct domain_record *domain = &supervisor->domains[i];
        if (domain->overruns_in_row == 0 || domain->stages_count == 0) {
            continue;
        }
        uint32_t last = domain->last_stage;
        bool passed_now = supervisor->stages[last].passed_tick == (uint32_t)tick;
        if (!stage_is_over(supervisor, last, (uint32_t)tick) || passed_now) {
            continue;
        }
        if (domain->is_demoted && supervisor->config.tick_ns >= LOOK_TICK_NS &&
            ll_state(domain) == LL_RUNS) {
            /* It has said that it is done, and runs on; unless there was no time to lie down, since
             * ticks follow each other back to back. */
            if (supervisor->has_slept) {
                pass_over(supervisor, &supervisor->stages[last], tick, false);
            }
            continue;
        }
        domain->overruns_in_row = 0;
        if (domain->is_demoted) {
            domain->is_demoted = !priority_set(domain, PRIORITY_DOMAIN);
        }
    }
}

/* Not live: how long a turn of the relay has been without an end. */
struct patience {
    uint64_t looked_ns; /* when it was looked at last */
    uint64_t waited_ns; /* since the turn began, or since somebody was killed for it */
    uint32_t straggler; /* whom it is waited for: every one has the time to himself, once */
};

/* Anybody may sleep on a word whose wake was withheld, or went by while he lay down: he looks
 * again now, and is no straggler for it. */
static void nudge_all(struct tactus_supervisor *supervisor)
{
    for (uint32_t i = 0; i < supervisor->stages_count; i++) {
        wake_stage(supervisor, i);
    }
    os_word_wake(&supervisor->view.board->target, OS_SHARED);
}

/* Not live: whoever holds the turn up for too long is killed. Time in which this thread did not run
 * either (a stopped process, a suspended machine) does not count. */
static void end_hang(struct tactus_supervisor *supervisor, uint64_t tick, uint64_t now_ns,
                     struct patience *patience)
{
    uint64_t since_ns = now_ns - patience->looked_ns;
    if (since_ns >= NUDGE_NS) {
        nudge_all(supervisor);
    }
    patience->looked_ns = now_ns;
    patience->waited_ns += since_ns < 2 * NUDGE_NS ? since_ns : 2 * NUDGE_NS;
    uint32_t straggler = relay_straggler(&supervisor->view, (uint32_t)tick);
    if (straggler > patience->straggler) {
        patience->straggler = straggler;
        patience->waited_ns = 0;
    }
    if (patience->waited_ns < supervisor->config.hang_timeout_ns) {
        return;
    }
    patience->waited_ns = 0;
    if (straggler < supervisor->stages_count) {
        domain_kill(supervisor, &supervisor->domains[supervisor->stages[straggler].domain - 1],
                    tick);
    }
}

/* One turn of the relay: everybody runs up to `tick`, or is passed over. */
static void run_relay(struct tactus_supervisor *supervisor, uint64_t tick, uint64_t begin_ns)
{
    struct relay_view *view = &supervisor->view;
    uint32_t finished =
        (uint32_t)atomic_load_explicit(&supervisor->ticks_done, memory_order_relaxed);
    struct patience patience = {begin_ns, 0, 0};
    relay_open(view->board, (uint32_t)tick, begin_ns);
    os_word_wake_first(&view->board->target, supervisor->sleepers_max);
    while (finished != (uint32_t)tick) {
        struct relay_wait wait;
        uint64_t now_ns = os_clock_ns();
        uint64_t until_ns = now_ns + NUDGE_NS;
        if (supervisor->config.live) {
            until_ns = keep_deadlines(supervisor, tick, begin_ns, now_ns);
        } else {
            end_hang(supervisor, tick, now_ns, &patience);
        }
        /* A done word may say that only a part of the turn is finished: then on from there. */
        enum relay_turn turn = relay_ask(view, RELAY_KERNEL, finished, now_ns, &finished, &wait);
        if (turn == RELAY_STOP) {
            return;
        }
        if (turn == RELAY_WAIT) {
            os_word_wait(wait.word, OS_SHARED, wait.expected,
                         until_ns < wait.until_ns ? until_ns : wait.until_ns);
        }
    }
}

/* Live: sleeps until the next tick begins and tells by how much it was late. Ticks that are missed
 * follow back to back, beyond CATCH_UP_TICKS time is moved on. */
static uint64_t wait_for_timer(struct tactus_supervisor *supervisor, uint64_t *next_ns)
{
    uint64_t tick_ns = supervisor->config.tick_ns;
    struct tactus_tick_status *status = &supervisor->tick_status;
    uint64_t now_ns = os_clock_ns();
    supervisor->has_slept = now_ns < *next_ns;
    if (supervisor->has_slept) {
        os_sleep_until(*next_ns);
        now_ns = os_clock_ns();
        wakeup_record(&supervisor->wakeups, now_ns - *next_ns);
    }
    uint64_t missed = (now_ns - *next_ns) / tick_ns;
    status->missed_ticks += missed > 0 ? 1 : 0;
    if (missed > CATCH_UP_TICKS) {
        status->skipped_ticks += missed - CATCH_UP_TICKS;
        *next_ns += (missed - CATCH_UP_TICKS) * tick_ns;
    }
    *next_ns += tick_ns;
    return now_ns;
}

/* Not live: the last tick of the next turn; `done` where the run has been stopped. */
static uint64_t wait_for_allowance(struct tactus_supervisor *supervisor, uint64_t done)
{
    for (;;) {
        uint32_t seen = atomic_load_explicit(&supervisor->allowances, memory_order_acquire);
        uint64_t allowed = atomic_load_explicit(&supervisor->allowed, memory_order_acquire);
        if (atomic_load_explicit(&supervisor->stop_is_wanted, memory_order_relaxed)) {
            return done;
        }
        if (allowed > supervisor->last_tick) {
            allowed = supervisor->last_tick;
        }
        if (allowed > done) {
            uint64_t most = done + supervisor->config.batch_ticks;
            return allowed < most ? allowed : most;
        }
        os_word_wait(&supervisor->allowances, OS_PRIVATE, seen, UINT64_MAX);
    }
}

/* One cycle for each tick in which the kernel side's LL has something to run. */
static void run_cycles(struct tactus_supervisor *supervisor, uint64_t ticks)
{
    for (uint64_t i = 0; i < ticks; i++) {
        if (!atomic_load_explicit(&supervisor->ll_is_active, memory_order_acquire)) {
            return;
        }
        supervisor->ll_cycle++;
        tactus_ll_run(supervisor->ll, supervisor->ll_cycle, INT32_MAX, UINT32_MAX);
    }
}

/* All ticks after ticks_done up to `tick`. */
static void run_tick(struct tactus_supervisor *supervisor, uint64_t tick, uint64_t begin_ns)
{
    uint64_t done = atomic_load_explicit(&supervisor->ticks_done, memory_order_relaxed);
    run_cycles(supervisor, tick - done);
    if (supervisor->stages_count > 0) {
        restore_priorities(supervisor, tick - 1);
        run_relay(supervisor, tick, begin_ns);
    }
    atomic_store_explicit(&supervisor->ticks_done, tick, memory_order_relaxed);
    if (supervisor->config.tick_end != NULL) {
        supervisor->config.tick_end(supervisor->config.context, tick);
    }
}

static void run_ticks(struct tactus_supervisor *supervisor)
{
    uint64_t next_ns = os_clock_ns();
    uint64_t done = 0;
    while (done < supervisor->last_tick &&
           !atomic_load_explicit(&supervisor->stop_is_wanted, memory_order_relaxed)) {
        uint64_t tick = done + 1;
        uint64_t begin_ns = 0;
        if (supervisor->config.live) {
            begin_ns = wait_for_timer(supervisor, &next_ns);
        } else {
            tick = wait_for_allowance(supervisor, done);
            begin_ns = os_clock_ns();
        }
        if (tick > done) {
            run_tick(supervisor, tick, begin_ns);
            done = tick;
        }
    }
    supervisor->tick_status.ticks = done;
}

void *tick_thread(void *argument)
{
    struct tactus_supervisor *supervisor = argument;
    os_cpu_bind(supervisor->cpu);
    if (supervisor->config.live && supervisor->config.realtime) {
        supervisor->tick_status.realtime = os_realtime_set(PRIORITY_TICK);
    }
    uint64_t begin_ns = os_clock_ns();
    run_ticks(supervisor);
    supervisor->tick_status.elapsed_ns = os_clock_ns() - begin_ns;
    uint64_t one = 1;
    (void)!write(supervisor->run_ended, &one, sizeof one);
    return NULL;
}
