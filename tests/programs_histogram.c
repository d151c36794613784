/* SPDX-License-Identifier: MIT */
/* Percentiles of mqttwire-bench: against those of all values in order. */
#include "case.h"
#include "histogram.h"

#include <stdlib.h>
#include <string.h>

enum { VALUES = 20000 };

static struct histogram histogram;
static uint64_t values[VALUES];

static int by_size(const void *a, const void *b)
{
    uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;
    return (one > other) - (one < other);
}

/* values[0...count) are in the histogram; its percentiles are theirs, to a thousandth. */
static void compare(size_t count)
{
    static const double percents[] = {0, 1, 50, 90, 99, 99.9, 100};

    qsort(values, count, sizeof *values, by_size);
    for (size_t i = 0; i < sizeof percents / sizeof *percents; i++) {
        double place = (double)count * percents[i] / 100;
        size_t rank = (size_t)place;
        uint64_t exact, found = histogram_at(&histogram, percents[i]);

        rank += (double)rank < place; /* so many values are not larger */
        exact = values[rank ? rank - 1 : 0];
        ck_assert_uint_ge(found, exact);
        ck_assert_uint_le(found - exact, exact / 1000);
    }
}

START_TEST(of_all_sizes)
{
    for (unsigned bits = 1; bits <= 64; bits++) {
        memset(&histogram, 0, sizeof histogram);
        for (size_t i = 0; i < VALUES / 10; i++) {
            uint64_t value =
                (uint64_t)random() << 33 ^ (uint64_t)random() << 11 ^ (uint64_t)random();
            values[i] = value >> (64 - bits);
            histogram_add(&histogram, values[i]);
        }
        compare(VALUES / 10);
    }
}
END_TEST

START_TEST(of_small_values)
{
    memset(&histogram, 0, sizeof histogram);
    for (size_t i = 0; i < VALUES; i++)
        histogram_add(&histogram, values[i] = i % 2500);
    compare(VALUES);
    ck_assert_uint_eq(histogram_at(&histogram, 50), values[VALUES / 2 - 1]);
}
END_TEST

START_TEST(of_none_and_of_the_largest)
{
    memset(&histogram, 0, sizeof histogram);
    ck_assert_uint_eq(histogram_at(&histogram, 50), 0);
    histogram_add(&histogram, UINT64_MAX);
    ck_assert_uint_eq(histogram_at(&histogram, 50), UINT64_MAX);
    histogram_add(&histogram, 0);
    ck_assert_uint_eq(histogram_at(&histogram, 50), 0);
    ck_assert_uint_eq(histogram_at(&histogram, 51), UINT64_MAX);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("histogram");

    tcase_add_test(tcase, of_all_sizes);
    tcase_add_test(tcase, of_small_values);
    tcase_add_test(tcase, of_none_and_of_the_largest);
    return run_case("programs_histogram", tcase);
}
