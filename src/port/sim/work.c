/* SPDX-License-Identifier: BSD-3-Clause */
/* Declared work: run functions that take their time, and deadlines that are judged when they come.
 */
#include "machine.h"

/* At the end of a deadline's instant: the job that it was of has ended, or misses. Jobs follow each
 * other whether or not the work keeps up, so that each is judged in its time. */
static void judge_fires(struct sim_timer *timer)
{
    struct sim_work *work = timer->context;
    struct sim *sim = work->sim;
    uint64_t deadline_ns = timer->at_ns;
    if (work->release_ns < deadline_ns) {
        const struct sim_thread *running = sim->cores[work->core].running;
        struct sim_miss miss = {
            .at_ns = deadline_ns,
            .label = work->label,
            .core = work->core,
            .running_label = running != NULL ? running->label : 0,
            .running_thread = running != NULL ? running->index : NO_INDEX,
        };
        work->misses++;
        record_miss(sim, &miss);
    }
    if (sim_timer_set(sim, timer, deadline_ns + work->period_ns) != TACTUS_OK) {
        engine_fail(sim, "no memory for a timer");
    }
}

tactus_status sim_work_release(struct sim_work *work, uint64_t release_ns)
{
    work->release_ns = release_ns;
    work->has_run = false;
    if (work->period_ns == 0) {
        return TACTUS_OK;
    }
    work->judge.fire = judge_fires;
    work->judge.context = work;
    work->judge.at_end_of_instant = true;
    return sim_timer_set(work->sim, &work->judge, release_ns + work->period_ns);
}

void sim_work_stop(struct sim_work *work)
{
    sim_timer_clear(work->sim, &work->judge);
}

int sim_work_run(void *data)
{
    struct sim_work *work = data;
    struct sim *sim = work->sim;
    sim_label_begin(sim, work->label);
    sim_consume(sim, sim_cost_draw(sim, work->cost));
    work->runs++;
    int result = work->inside != NULL ? work->inside(work) : TACTUS_RESCHEDULE;
    sim_label_end(sim);
    if (work->period_ns > 0) {
        uint64_t response_ns = sim->now_ns - work->release_ns;
        if (response_ns > work->worst_response_ns) {
            work->worst_response_ns = response_ns;
        }
        work->release_ns += work->period_ns;
        work->has_run = true;
    }
    return result;
}

void sim_work_complete(void *data)
{
    sim_work_stop(data);
}

/* After a run it names the next release, which is the old deadline; when that has come, the
 * deadline that belongs to it. */
uint64_t sim_work_deadline_ns(void *data)
{
    struct sim_work *work = data;
    if (work->has_run) {
        work->has_run = false;
        return work->release_ns;
    }
    return work->release_ns + work->period_ns;
}
