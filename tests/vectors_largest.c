/* SPDX-License-Identifier: MIT */
/* The vectors of the largest packet there is: apart, as they take a gigabyte of memory. */
#include "help.h"

#include "vectors.h"

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

START_TEST(each_vector)
{
    const vector *v = &all_vectors[_i];
    bool sayable;
    if (!judge(v, &sayable))
        ck_abort_msg("%s: %s: %s, wanted %s", v->id, failure.what, failure.got, failure.wanted);
}
END_TEST

START_TEST(both_versions)
{
    ck_assert_uint_eq(all_vectors_count, 2);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("largest vectors");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, each_vector, 0, (int)all_vectors_count);
    tcase_add_test(tcase, both_versions);
    return run_case("largest vectors", tcase);
}
