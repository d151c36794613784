/* SPDX-License-Identifier: MIT */
/* samples/net: bytes between two ends of ours, whatever is below them. */
#include "samples_net.h"
#include "case.h"

/* ---- Bytes arrive as they were sent --------------------------------------------------------- */

START_TEST(transfer)
{
    struct talk talk;
    talk_begin_way(&talk, &ways[_i]);
    talk.client.to_send = 1500000;
    talk.server.to_send = 1000000;
    talk_run(&talk);
    ck_assert_str_eq(talk.client.error.text, "closed");
    ck_assert_int_eq(talk.client.error.failure, NET_OK);
    ck_assert_uint_eq(talk.client.got, 1000000);
    ck_assert_str_eq(talk.server.error.text, "the peer closed the connection");
    ck_assert_int_eq(talk.server.error.failure, NET_END);
    ck_assert_uint_eq(talk.server.got, talk.client.sent);
    ck_assert_uint_ge(talk.client.drained, 1);
    talk_end_way(&talk);
}
END_TEST

/* Whatever pieces it comes in. */
START_TEST(pieces)
{
    struct talk talk;
    struct relay_plan plan = {SIZE_MAX, SIZE_MAX};
    struct relay *relay;
    talk_begin_way(&talk, &ways[relayed[_i]]);
    talk.seed = (uint32_t)_i;
    relay = relay_begin(&talk, &plan);
    talk.client.to_send = 300000;
    talk.server.to_send = 200000;
    talk_run(&talk);
    ck_assert_str_eq(talk.client.error.text, "closed");
    ck_assert_str_eq(talk.server.error.text, "the peer closed the connection");
    ck_assert_uint_eq(talk.client.got, 200000);
    ck_assert_uint_eq(talk.server.got, 300000);
    ck_assert_uint_ge(relay_end(relay), 500000);
    talk_end_way(&talk);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("samples_net");
    tcase_set_timeout(tcase, 60);
    tcase_add_unchecked_fixture(tcase, certificates_make, certificates_remove);
    tcase_add_loop_test(tcase, transfer, 0, WAYS);
    tcase_add_loop_test(tcase, pieces, 0, RELAYED);
    return run_case("samples_net", tcase);
}
