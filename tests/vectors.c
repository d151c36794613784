/* SPDX-License-Identifier: MIT */
/* Every vector of vectors/, through the C interface. */
#include "help.h"

#include "vectors.h"

enum { LARGE = 4096 }; /* bytes: of larger packets the laws have been tried elsewhere */

static uint32_t seen[4], unsayable;

void *port_alloc(size_t size)
{
    void *made = malloc(size);
    ck_assert_ptr_nonnull(made);
    return made;
}

void port_free(void *block)
{
    free(block);
}

/* What holds for every input: explain, the names of fields, lines, encoding again. */
static void expect_lawful(const vector *v)
{
    struct mqw_options options = options_of(v->version, v->sender);
    struct mark mark = blocks_mark();
    struct mqw_bytes wire = unfold(v->steps[0].segment_count, v->steps[0].segments);
    if (wire.len <= LARGE) {
        expect_laws(wire.ptr, wire.len, &options);
        options.refuse = MQW_REFUSE_ALL;
        expect_laws(wire.ptr, wire.len, &options);
        options.refuse = 0;
        options.allow = MQW_ALLOW_ALL;
        expect_laws(wire.ptr, wire.len, &options);
    }
    blocks_release(mark);
}

START_TEST(each_vector)
{
    const vector *v = &all_vectors[_i];
    bool sayable;
    if (!judge(v, &sayable))
        ck_abort_msg("%s: %s: %s, wanted %s", v->id, failure.what, failure.got, failure.wanted);
    if (v->kind == MQTTWIRE_PACKETS && v->step_count)
        expect_lawful(v);
    seen[v->kind]++;
    unsayable += !sayable;
}
END_TEST

START_TEST(all_kinds)
{
    printf("passed: %lu packets, %lu streams, %lu topics, %lu sessions; %lu of the packets have "
           "values that no member can hold\n",
           (unsigned long)seen[MQTTWIRE_PACKETS], (unsigned long)seen[MQTTWIRE_STREAMS],
           (unsigned long)seen[MQTTWIRE_TOPICS], (unsigned long)seen[MQTTWIRE_SESSIONS],
           (unsigned long)unsayable);
    for (size_t i = 0; i < COUNT(seen); i++)
        ck_assert_uint_gt(seen[i], 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("vectors");
    tcase_add_loop_test(tcase, each_vector, 0, (int)all_vectors_count);
    tcase_add_test(tcase, all_kinds);
    return run_case("vectors", tcase);
}
