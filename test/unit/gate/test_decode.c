/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The gate's decoder against a naive model of the ABI, written here a second time from records.h:
 * every field of every operation in every phase, every length, and random records.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "decode.h"
#include "unit/core/random.h"

#define RANDOM_RECORDS 1500000u
#define PHASES         6u

struct verdict {
    tactus_status status;
    uint32_t field;
    uint64_t allowed;
};

/* H hello, P partition, M mapped, R ready, F failed, S start, T stop: what may come in a phase. */
static const char *const phase_allows[PHASES] = {
    [GATE_PHASE_LAUNCHED] = "HF",  [GATE_PHASE_GREETED] = "PMF", [GATE_PHASE_MAPPED] = "F",
    [GATE_PHASE_SEALED] = "PRFST", [GATE_PHASE_READY] = "FST",   [GATE_PHASE_GONE] = "",
};
static const char letters[] = "?HPMRFST";

static bool is_one_of(char letter, const char *set)
{
    return strchr(set, letter) != NULL;
}

static uint32_t partitions_to_be_had(const struct gate_view *view)
{
    if (view->phase == GATE_PHASE_GREETED) {
        return view->writable;
    }
    return view->partitions;
}

static struct verdict model_argument(const struct gate_view *view, char letter, uint64_t argument)
{
    uint64_t count = 0; /* of allowed values, from 0 */
    if (letter == 'P') {
        count = partitions_to_be_had(view);
    } else if (letter == 'F') {
        count = 65;
    } else {
        count = view->cores;
    }
    if (argument < count) {
        return (struct verdict){TACTUS_OK, 0, 0};
    }
    return (struct verdict){TACTUS_E_INVALID, 5, count == 0 ? 0 : count - 1};
}

static bool text_is_zero(const struct gate_request *request)
{
    static const char zeros[GATE_TEXT_BYTES];
    return memcmp(request->text, zeros, sizeof zeros) == 0;
}

static struct verdict model(const struct gate_view *view, const struct gate_request *request,
                            size_t length)
{
    if (length != 512) {
        return (struct verdict){TACTUS_E_MALFORMED, 0, 512};
    }
    if (request->version != 1) {
        return (struct verdict){TACTUS_E_MALFORMED, 1, 1};
    }
    if (request->operation < 1 || request->operation > 7) {
        return (struct verdict){TACTUS_E_MALFORMED, 2, 7};
    }
    if (request->sequence != (uint32_t)(view->sequence + 1u)) {
        return (struct verdict){TACTUS_E_STATE, 3, (uint32_t)(view->sequence + 1u)};
    }
    if (request->reserved != 0) {
        return (struct verdict){TACTUS_E_MALFORMED, 4, 0};
    }
    char letter = letters[request->operation];
    bool takes_argument = is_one_of(letter, "PFST");
    for (uint32_t i = 0; i < 3; i++) {
        if (request->argument[i] != 0 && !(i == 0 && takes_argument)) {
            return (struct verdict){TACTUS_E_MALFORMED, 5 + i, 0};
        }
    }
    bool text_is_right = letter == 'F' ? memchr(&request->text[GATE_TEXT_BYTES - 1], 0, 1) != NULL
                                       : text_is_zero(request);
    if (!text_is_right) {
        return (struct verdict){TACTUS_E_MALFORMED, 8, 0};
    }
    if (!is_one_of(letter, phase_allows[view->phase])) {
        return (struct verdict){TACTUS_E_STATE, 2, view->phase};
    }
    return takes_argument ? model_argument(view, letter, request->argument[0])
                          : (struct verdict){TACTUS_OK, 0, 0};
}

static uint32_t accepted;

static void agree(const struct gate_view *view, const struct gate_request *request, size_t length)
{
    struct gate_refusal refusal = {0, 0};
    struct gate_request before = *request;
    struct verdict wanted = model(view, request, length);
    tactus_status status = gate_decode(view, request, length, &refusal);
    if (status != wanted.status || refusal.field != wanted.field ||
        refusal.allowed != wanted.allowed) {
        fail_msg("phase %d operation %u argument %llu length %zu: status %d field %u allowed %llu, "
                 "the model says %d %u %llu",
                 (int)view->phase, request->operation, (unsigned long long)request->argument[0],
                 length, (int)status, refusal.field, (unsigned long long)refusal.allowed,
                 (int)wanted.status, wanted.field, (unsigned long long)wanted.allowed);
    }
    assert_memory_equal(&before, request, sizeof before);
    accepted += status == TACTUS_OK ? 1 : 0;
}

static struct gate_request valid_request(const struct gate_view *view, uint32_t operation)
{
    return (struct gate_request){
        .version = 1, .operation = operation, .sequence = view->sequence + 1u};
}

/* One field at a time set to each interesting value. */
static void damage_each_field(const struct gate_view *view, uint32_t operation)
{
    static const uint64_t values[] = {0,
                                      1,
                                      2,
                                      3,
                                      4,
                                      5,
                                      6,
                                      7,
                                      8,
                                      9,
                                      10,
                                      63,
                                      64,
                                      65,
                                      66,
                                      4095,
                                      4096,
                                      INT32_MAX,
                                      UINT32_MAX,
                                      UINT64_C(1) << 32,
                                      (UINT64_C(1) << 32) + 1,
                                      INT64_MAX,
                                      UINT64_MAX};
    for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
        for (uint32_t field = 0; field < 8; field++) {
            struct gate_request request = valid_request(view, operation);
            uint32_t *words[] = {&request.version, &request.operation, &request.sequence,
                                 &request.reserved};
            if (field < 4) {
                *words[field] = (uint32_t)values[v];
            } else if (field < 7) {
                request.argument[field - 4] = values[v];
            } else {
                request.text[values[v] % GATE_TEXT_BYTES] = 'x';
            }
            agree(view, &request, sizeof request);
        }
    }
    for (uint32_t i = 0; i < GATE_TEXT_BYTES; i++) {
        struct gate_request request = valid_request(view, operation);
        request.text[i] = (char)(i % 2 == 0 ? 1 : -1);
        agree(view, &request, sizeof request);
    }
}

static void test_every_field(void **state)
{
    (void)state;
    static const uint32_t counts[] = {0, 1, 2, 7, GATE_PARTITIONS_MAX};
    static const uint32_t sequences[] = {0, 1, 41, INT32_MAX, UINT32_MAX - 1, UINT32_MAX};
    for (uint32_t phase = 0; phase < PHASES; phase++) {
        for (uint32_t c = 0; c < 5; c++) {
            for (uint32_t s = 0; s < 6; s++) {
                struct gate_view view = {(enum gate_phase)phase, sequences[s], counts[c],
                                         counts[c] / 2, 1 + c % 2};
                for (uint32_t operation = 0; operation <= 9; operation++) {
                    damage_each_field(&view, operation);
                }
            }
        }
    }
    assert_true(accepted > 0);
}

static void test_every_length(void **state)
{
    (void)state;
    for (uint32_t operation = 1; operation < GATE_OPERATIONS; operation++) {
        struct gate_view view = {GATE_PHASE_LAUNCHED, 0, 3, 1, 1};
        struct gate_request request = valid_request(&view, operation);
        for (size_t length = 0; length < 4096; length++) {
            agree(&view, &request, length);
        }
        agree(&view, &request, SIZE_MAX);
        agree(&view, &request, (size_t)UINT32_MAX + 1 + sizeof request);
    }
}

/* Mostly right, so that the later checks are reached as well. */
static void random_request(struct random_source *source, const struct gate_view *view,
                           struct gate_request *request, size_t *length)
{
    *request = valid_request(view, 1 + random_below(source, 7));
    *length = sizeof *request;
    request->argument[0] = random_below(source, 2) ? random_length(source, 64) : 0;
    for (uint32_t damages = random_below(source, 3); damages > 0; damages--) {
        size_t at = random_below(source, 3) == 0 ? random_below(source, 40)
                                                 : random_below(source, sizeof *request);
        ((unsigned char *)request)[at] ^= (unsigned char)(1u << random_below(source, 8));
    }
    if (random_below(source, 64) == 0) {
        *length = random_length(source, 11);
    }
    if (random_below(source, 256) == 0) {
        for (size_t i = 0; i < sizeof *request; i += sizeof(uint64_t)) {
            uint64_t noise = random_next(source);
            memcpy((unsigned char *)request + i, &noise, sizeof noise);
        }
    }
}

static void test_random_records(void **state)
{
    (void)state;
    struct random_source source = random_start("decode");
    uint32_t accepted_before = accepted;
    for (uint32_t i = 0; i < RANDOM_RECORDS; i++) {
        uint32_t partitions =
            random_below(&source, 2) ? random_below(&source, 6) : random_below(&source, 4097);
        struct gate_view view = {
            (enum gate_phase)random_below(&source, PHASES), (uint32_t)random_next(&source),
            partitions, random_below(&source, partitions + 1), 1 + random_below(&source, 64)};
        struct gate_request request;
        size_t length = 0;
        random_request(&source, &view, &request, &length);
        agree(&view, &request, length);
    }
    /* The mixture reaches both outcomes often. */
    assert_in_range(accepted - accepted_before, RANDOM_RECORDS / 100, RANDOM_RECORDS);
}

/* While others still map what they write nothing is sealed, so nothing may be handed out. */
static void test_no_partition_before_the_seal(void **state)
{
    (void)state;
    struct gate_view view = {GATE_PHASE_MAPPED, 9, 4, 2, 1};
    for (uint64_t position = 0; position < 5; position++) {
        struct gate_request request = valid_request(&view, GATE_PARTITION);
        request.argument[0] = position;
        struct gate_refusal refusal = {0, 0};
        assert_int_equal(gate_decode(&view, &request, sizeof request, &refusal), TACTUS_E_STATE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_field),
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_random_records),
        cmocka_unit_test(test_no_partition_before_the_seal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
