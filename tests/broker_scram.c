/* SPDX-License-Identifier: MIT */
/* samples/broker/scram.c: keys of the RFCs' examples, and files that are wrong. */
#include "broker_access.h"
#include "scram.h"

static struct scram scram;

static bool read_scram(const char *text)
{
    scram_free(&scram);
    write_text(text);
    return scram_read(&scram, file_name, problem);
}

/* "pencil" with the salts of RFC 5802 section 5 and RFC 7677 section 3. */
#define SHA_1                                                                                      \
    "SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:D+CSWLOshSulAsxiupA+qs2/fTE="
#define SALT "W22ZaJ0SNY7soEsUEjb6gQ=="
#define KEYS                                                                                       \
    "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
#define SHA_256 "SCRAM-SHA-256$4096:" SALT "$" KEYS

START_TEST(by_the_book)
{
    struct net_sasl_keys keys = {0};
    ck_assert_msg(read_scram("# users\nuser:" SHA_1 "\n\nuser:" SHA_256 " \n"
                             "other:SCRAM-SHA-256$5000:" SALT "$" KEYS "\n"),
                  "%s", problem);
    ck_assert(scram_find(&scram, "SCRAM-SHA-1", "user", &keys));
    ck_assert_uint_eq(keys.iterations, 4096);
    ck_assert_str_eq(keys.salt, "QSXCR+Q6sek8bf92");
    ck_assert_str_eq(keys.stored_key, "6dlGYMOdZcOPutkcNY8U2g7vK9Y=");
    ck_assert_str_eq(keys.server_key, "D+CSWLOshSulAsxiupA+qs2/fTE=");
    ck_assert(scram_find(&scram, "SCRAM-SHA-256", "user", &keys));
    ck_assert_str_eq(keys.salt, SALT);
    ck_assert(scram_find(&scram, "SCRAM-SHA-256", "other", &keys));
    ck_assert_uint_eq(keys.iterations, 5000);

    /* Who is not there is asked for as many as others. */
    keys.iterations = 7;
    ck_assert(!scram_find(&scram, "SCRAM-SHA-1", "other", &keys));
    ck_assert_uint_eq(keys.iterations, 4096);
    ck_assert(!scram_find(&scram, "SCRAM-SHA-256", "nobody", &keys));
    ck_assert(keys.iterations == 4096 || keys.iterations == 5000);
    ck_assert(!scram_find(&scram, "SCRAM-SHA-512", "user", &keys));
    ck_assert(read_scram(""));
    keys.iterations = 7;
    ck_assert(!scram_find(&scram, "SCRAM-SHA-1", "user", &keys));
    ck_assert_uint_eq(keys.iterations, 7);
}
END_TEST

START_TEST(read_and_written)
{
    static const char *const texts[] = {SHA_1, SHA_256};
    for (int i = 0; i < 2; i++) {
        struct net_sasl_keys keys;
        char text[SCRAM_TEXT];
        int which;
        ck_assert_ptr_null(scram_parse(&keys, &which, texts[i]));
        ck_assert_int_eq(which, i);
        scram_write(&keys, which, text);
        ck_assert_str_eq(text, texts[i]);
    }
}
END_TEST

static const struct {
    const char *text, *problem;
} wrong[] = {
    {"user", "line 1: it does not begin with a user's name and a colon"},
    {":" SHA_1, "does not begin with a user's name"},
    {"user:secret", "neither SCRAM-SHA-1 nor SCRAM-SHA-256"},
    {"user:$7$101$a$b", "neither SCRAM-SHA-1 nor SCRAM-SHA-256"},
    {"user:SCRAM-SHA-512$4096:" SALT "$" KEYS, "neither SCRAM-SHA-1"},
    {"user:" SHA_1 "\nuser:" SHA_256 "\nuser:" SHA_1,
     "line 3: the user is there already, in line 1"},
    {"user:SCRAM-SHA-256", "after the mechanism come $"},
    {"user:SCRAM-SHA-256$", "after the mechanism come $"},
    {"user:SCRAM-SHA-256$-5:" SALT "$" KEYS, "after the mechanism come $"},
    {"user:SCRAM-SHA-256$0:" SALT "$" KEYS, "after the mechanism come $"},
    {"user:SCRAM-SHA-256$4096", "come a colon and the salt"},
    {"user:SCRAM-SHA-256$4096x:" SALT "$" KEYS, "come a colon and the salt"},
    {"user:SCRAM-SHA-256$5000001:" SALT "$" KEYS, "more than 5,000,000 iterations"},
    {"user:SCRAM-SHA-256$18446744073709551617:" SALT "$" KEYS, "more than 5,000,000 iterations"},
    {"user:SCRAM-SHA-256$4096:$" KEYS, "the salt is not base64"},
    {"user:SCRAM-SHA-256$4096:" KEYS, "the salt is not base64"},
    {"user:SCRAM-SHA-256$4096:" SALT SALT SALT "$" KEYS, "the salt is not base64"},
    {"user:SCRAM-SHA-256$4096:" SALT "$", "StoredKey is not base64"},
    {"user:SCRAM-SHA-256$4096:" SALT "$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:x", "StoredKey is not base64"},
    {"user:SCRAM-SHA-1$4096:" SALT "$" KEYS, "StoredKey is not base64"},
    {"user:" SHA_256 "A", "ServerKey is not base64"},
    {"user:SCRAM-SHA-1$4096:" SALT "$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:", "ServerKey is not base64"},
};

START_TEST(wrong_lines)
{
    ck_assert(!read_scram(wrong[_i].text));
    says(file_name);
    says(wrong[_i].problem);
}
END_TEST

#define ONE "user:" SHA_1 "\n"
#define TWO "other:" SHA_256 "\n"

START_TEST(random_files)
{
    static const char *const words[] = {"user:", ":",  "$",  "SCRAM-SHA-1", "SCRAM-SHA-256$1:",
                                        "4096",  SALT, KEYS, "\n",          "\n",
                                        "=",     "#",  ONE,  ONE,           TWO};
    unsigned good = 0;
    draw_begin();
    for (int i = 0; i < 3000; i++) {
        struct net_sasl_keys keys;
        scram_free(&scram);
        write_random(words, COUNT(words));
        memory_left = draw(10) ? SIZE_MAX : draw(6);
        good += scram_read(&scram, file_name, problem) &&
                scram_find(&scram, "SCRAM-SHA-1", "user", &keys);
        memory_left = SIZE_MAX;
    }
    ck_assert_msg(good > 10 && good < 2000, "%u", good);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("scram");
    int failed;
    tcase_add_test(tcase, by_the_book);
    tcase_add_test(tcase, read_and_written);
    tcase_add_loop_test(tcase, wrong_lines, 0, COUNT(wrong));
    tcase_add_test(tcase, random_files);
    failed = run_with_files("scram", tcase);
    scram_free(&scram);
    return failed;
}
