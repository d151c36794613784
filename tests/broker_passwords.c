/* SPDX-License-Identifier: MIT */
/* samples/broker/passwords.c: hashes of mosquitto_passwd 2.0.11, and files that are wrong. */
#include "broker_access.h"
#include "passwords.h"

static struct users users;

static bool read_passwords(const char *text)
{
    users_free(&users);
    write_text(text);
    return passwords_read(&users, file_name, problem);
}

/* Made by mosquitto_passwd: alice has "secret", carol "c3" with -H sha512. */
#define ALICE                                                                                      \
    "alice:$7$101$3jjUNt5m0u30Q19R$0FJdRCX345Os0TPTSiqn/DSrgiVEsYQq18g43a5r5IOWxBXf3qql6UZVNp+"    \
    "2lJrlPXrYUK/6WzWZwyp/QNLLHw=="
#define CAROL                                                                                      \
    "carol:$6$EZrXiVxBbgb4WSdJ$NUn1EIZlozW+GjuSZlB5Jj7b/Wbhf20HbscuJJQ/0byVqaThcMs+VaJSNjCzgXIoI6" \
    "fxk/D2rN8CD/4IEP+DQg=="
#define SALT "$3jjUNt5m0u30Q19R$"
#define HASH                                                                                       \
    "0FJdRCX345Os0TPTSiqn/DSrgiVEsYQq18g43a5r5IOWxBXf3qql6UZVNp+2lJrlPXrYUK/6WzWZwyp/QNLLHw=="

static bool is(const char *name, const char *plain)
{
    const struct password_user *user = users_find(&users, mqw_text(name));
    return user && password_is(&user->password, mqw_text(plain));
}

START_TEST(of_mosquitto)
{
    ck_assert_msg(read_passwords("# users\n\n" ALICE "\r\n" CAROL "  \n"), "%s", problem);
    ck_assert_uint_eq(users.count, 2);
    ck_assert(is("alice", "secret"));
    ck_assert(is("carol", "c3"));
    ck_assert(!is("alice", "Secret"));
    ck_assert(!is("alice", "c3"));
    ck_assert(!is("alice", ""));
    ck_assert(!is("carol", "secret"));
    ck_assert_ptr_null(users_find(&users, mqw_text("Alice")));
    ck_assert_ptr_null(users_find(&users, mqw_text("alice ")));
    ck_assert_ptr_null(users_find(&users, mqw_text("")));
}
END_TEST

START_TEST(made_and_written)
{
    static const uint32_t iterations[] = {0, 1, 1000};
    for (size_t i = 0; i < COUNT(iterations); i++) {
        struct mqw_bytes plain = {(const uint8_t *)"a\0b", 3};
        struct password made, read;
        char text[PASSWORD_TEXT], other[PASSWORD_TEXT];
        ck_assert(password_make(&made, iterations[i], plain));
        password_write(&made, text);
        ck_assert_ptr_null(password_parse(&read, text));
        ck_assert(password_is(&read, plain));
        ck_assert(!password_is(&read, mqw_text("a")));
        ck_assert(password_make(&made, iterations[i], plain));
        password_write(&made, other);
        ck_assert_msg(strcmp(text, other), "two salts are the same");
    }
}
END_TEST

static const struct {
    const char *text, *problem;
} wrong[] = {
    {"alice", "line 1: it does not begin with a user's name and a colon"},
    {":$6$a$b", "does not begin with a user's name"},
    {"#\n\nalice:secret", "line 3: the password is not hashed: mqttwire-passwd -U"},
    {"alice:", "is not hashed"},
    {"alice:$5$a$b", "is not hashed"},
    {"alice:$argon2id$v=19$m=47104,t=1,p=1$AA$BB", "line 1: $argon2id$ is not supported"},
    {ALICE "\n" CAROL "\n" ALICE, "line 3: the user is there already, in line 1"},
    {"a:$7$" HASH, "the iterations, salt and hash"},
    {"a:$7$0" SALT HASH, "the iterations, salt and hash"},
    {"a:$7$-1" SALT HASH, "the iterations, salt and hash"},
    {"a:$7$ 1" SALT HASH, "the iterations, salt and hash"},
    {"a:$7$1x" SALT HASH, "the iterations, salt and hash"},
    {"a:$7$10000001" SALT HASH, "more than 10,000,000 iterations"},
    {"a:$7$99999999999999999999999" SALT HASH, "more than 10,000,000 iterations"},
    {"a:$7$101$3jjUNt5m0u30Q19R", "the hash is missing"},
    {"a:$7$101$" HASH, "the hash is missing"},
    {"a:$7$101$$" HASH, "the salt is not base64"},
    {"a:$7$101$a!b=$" HASH, "the salt is not base64"},
    {"a:$7$101$" HASH HASH "$" HASH, "the salt is not base64"},
    {"a:$7$101" SALT "AAAA", "the hash is not base64 of 64 bytes"},
    {"a:$7$101" SALT HASH "A", "the hash is not base64 of 64 bytes"},
    {"a:$7$101" SALT HASH "$", "the hash is not base64 of 64 bytes"},
    {"a:$6" SALT, "the hash is not base64 of 64 bytes"},
};

START_TEST(wrong_lines)
{
    ck_assert(!read_passwords(wrong[_i].text));
    says(file_name);
    says(wrong[_i].problem);
}
END_TEST

START_TEST(wrong_files)
{
    ck_assert(!passwords_read(&users, "not/there", problem));
    says("not/there: No such file or directory");
    write_file("alice\0:x", 8);
    ck_assert(!passwords_read(&users, file_name, problem));
    says("line 1: it has a NUL");
    ck_assert(read_passwords(""));
    ck_assert_uint_eq(users.count, 0);
    ck_assert_ptr_null(users_stand_in(&users, mqw_text("x")));
}
END_TEST

/* For who is not there, the same one each time; not one for all. */
START_TEST(stand_ins)
{
    struct text text = {0};
    bool seen[100] = {0};
    unsigned count = 0;
    for (int i = 0; i < 100; i++)
        text_add(&text, "u%d:$7$101" SALT HASH "\n", i);
    ck_assert(read_passwords(text.ptr));
    for (int i = 0; i < 1000; i++) {
        char name[16];
        const struct user *user;
        snprintf(name, sizeof name, "other%d", i);
        user = users_stand_in(&users, mqw_text(name));
        ck_assert(user == users_stand_in(&users, mqw_text(name)));
        count += !seen[user->line - 1];
        seen[user->line - 1] = true;
    }
    ck_assert_uint_gt(count, 90);
    text_free(&text);
}
END_TEST

START_TEST(random_files)
{
    static const char *const words[] = {"alice:",  "bob:", ":",  "$6$", "$7$",
                                        "101",     SALT,   HASH, "$",   "\n",
                                        "\n",      "=",    "AA", "#",   "carol:$6" SALT HASH "\n",
                                        ALICE "\n"};
    unsigned good = 0;
    draw_begin();
    for (int i = 0; i < 3000; i++) {
        users_free(&users);
        write_random(words, COUNT(words));
        memory_left = draw(10) ? SIZE_MAX : draw(6);
        good += passwords_read(&users, file_name, problem) && users.count;
        memory_left = SIZE_MAX;
    }
    ck_assert(good > 10 && good < 2000);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("passwords");
    int failed;
    tcase_add_test(tcase, of_mosquitto);
    tcase_add_test(tcase, made_and_written);
    tcase_add_loop_test(tcase, wrong_lines, 0, COUNT(wrong));
    tcase_add_test(tcase, wrong_files);
    tcase_add_test(tcase, stand_ins);
    tcase_add_test(tcase, random_files);
    failed = run_with_files("passwords", tcase);
    users_free(&users);
    return failed;
}
