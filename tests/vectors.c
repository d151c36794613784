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

/* The vector with one thing that is not so; false where it has no such thing. */
static bool spoil(vector *v, int which)
{
    static const uint8_t no_code[] = {0x7F};
    static const char *const no_packet[] = {"type=PINGREQ\nversion=3\n"};
    bool in_bytes = v->kind == MQTTWIRE_PACKETS || v->kind == MQTTWIRE_STREAMS;
    if (!v->rule) {
        if (v->kind == MQTTWIRE_PACKETS && v->packet_count && which % 2)
            v->packets = no_packet;
        else if (v->kind == MQTTWIRE_STREAMS && v->packet_count && which % 2)
            v->packet_count--;
        else if (in_bytes)
            v->result = v->result == MQTTWIRE_MORE ? MQTTWIRE_REJECT : MQTTWIRE_MORE;
        else
            v->result = v->result == MQTTWIRE_ACCEPT ? MQTTWIRE_REJECT : MQTTWIRE_ACCEPT;
        v->rule = v->field = "";
        return true;
    }
    switch (which) {
    case 0:
        v->rule = "other";
        return true;
    case 1:
        v->field = "other";
        return v->kind != MQTTWIRE_TOPICS;
    case 2:
        v->offset++;
        return v->offset > 0 && v->kind != MQTTWIRE_TOPICS;
    case 3:
        v->reason_codes = no_code;
        v->reason_code_count = 1;
        return true;
    default:
        v->error_class =
            v->error_class == MQTTWIRE_MALFORMED ? MQTTWIRE_PROTOCOL_ERROR : MQTTWIRE_MALFORMED;
        return v->kind != MQTTWIRE_SESSIONS; /* which have rules without it */
    }
}

/* A judge that passes all would pass all vectors, too. */
START_TEST(spoilt_vector)
{
    vector v = all_vectors[_i];
    bool sayable;
    if (!spoil(&v, _i % 5) || !judge(&v, &sayable) || !sayable)
        return;
    ck_abort_msg("%s passes with something else in it, %d", v.id, _i % 5);
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
    tcase_add_loop_test(tcase, spoilt_vector, 0, (int)all_vectors_count);
    tcase_add_test(tcase, all_kinds);
    return run_case("vectors", tcase);
}
