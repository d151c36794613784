/* SPDX-License-Identifier: MIT */
/* samples/broker/access.c: passwords that are checked beside the loop, and files that change. */
#include "broker_access.h"
#include "access.h"
#include "passwords.h"

#include <time.h>

static uv_loop_t loop;
static struct settings settings;
static struct access *access_here;
static int told[3]; /* verdicts */

static void tell(void *arg, enum access_verdict verdict)
{
    ck_assert(arg == &loop);
    told[verdict]++;
}

static struct mqw_bytes name(const char *text)
{
    return text ? mqw_text(text) : (struct mqw_bytes){0};
}

static struct access_check *check(const char *user, const char *password)
{
    char user_copy[64], password_copy[64];
    struct access_check *made;
    if (user)
        strcpy(user_copy, user);
    if (password)
        strcpy(password_copy, password);
    made = access_check(access_here, name(user ? user_copy : NULL),
                        name(password ? password_copy : NULL), tell, &loop);
    memset(user_copy, 'x', sizeof user_copy - 1); /* texts are copied */
    memset(password_copy, 'x', sizeof password_copy - 1);
    return made;
}

/* The verdict, which comes at once or from the loop. */
static void expect(const char *user, const char *password, enum access_verdict verdict,
                   bool at_once)
{
    memset(told, 0, sizeof told);
    ck_assert_msg((check(user, password) == NULL) == at_once, "%s", user ? user : "nobody");
    ck_assert_int_eq(told[0] + told[1] + told[2], at_once);
    uv_run(&loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(told[0] + told[1] + told[2], 1);
    ck_assert_int_eq(told[verdict], 1);
}

/* Writes the password file: a user "u" with "p" and so many iterations. */
static void write_user(uint32_t iterations, const char *plain)
{
    struct password password;
    char hash[PASSWORD_TEXT], text[PASSWORD_TEXT + 3];
    ck_assert(password_make(&password, iterations, mqw_text(plain)));
    password_write(&password, hash);
    snprintf(text, sizeof text, "u:%s\n", hash);
    write_text(text);
}

static void begin(void)
{
    access_here = access_open(&loop, &settings, problem);
    ck_assert_msg(access_here != NULL, "%s", problem);
}

static void end(void)
{
    access_close(access_here);
    uv_run(&loop, UV_RUN_DEFAULT);
    settings = (struct settings){0};
}

START_TEST(verdicts)
{
    settings.password_file = file_name;
    write_user(1000, "p");
    begin();
    expect("u", "p", ACCESS_GRANTED, false);
    expect("u", "q", ACCESS_WRONG, false);
    expect("u", "", ACCESS_WRONG, false);
    expect("nobody", "p", ACCESS_WRONG, false); /* the hash is computed, too */
    expect("", "p", ACCESS_WRONG, false);
    expect("u", NULL, ACCESS_WRONG, true);
    expect("nobody", NULL, ACCESS_WRONG, true);
    expect(NULL, NULL, ACCESS_DENIED, true);
    expect(NULL, "p", ACCESS_DENIED, true);
    settings.allow_anonymous = true;
    expect(NULL, NULL, ACCESS_GRANTED, true);
    expect("nobody", "p", ACCESS_WRONG, false);
    ck_assert(!access_has_scram(access_here));
    ck_assert(!access_has_rules(access_here));
    ck_assert(access_may(access_here, name("x"), name("y"), ACCESS_WRITE, name("z")));
    end();
}
END_TEST

/* Whom no file knows. */
START_TEST(without_files)
{
    begin();
    expect(NULL, NULL, ACCESS_DENIED, true);
    expect("u", "p", ACCESS_WRONG, true);
    settings.allow_anonymous = true;
    expect(NULL, NULL, ACCESS_GRANTED, true);
    expect("u", "p", ACCESS_GRANTED, true);
    expect("u", NULL, ACCESS_GRANTED, true);
    end();
    write_text("user u\ntopic #\n");
    settings.allow_anonymous = true;
    settings.acl_file = file_name;
    begin();
    expect(NULL, NULL, ACCESS_GRANTED, true);
    expect("u", "p", ACCESS_WRONG, true); /* he would get what is the user's */
    end();
    write_text("");
    settings.allow_anonymous = true;
    settings.scram_file = file_name;
    begin();
    ck_assert(access_has_scram(access_here));
    expect("u", "p", ACCESS_WRONG, true);
    end();
}
END_TEST

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t ticks;

static void tick(uv_timer_t *timer)
{
    ticks++;
    if (told[ACCESS_GRANTED])
        uv_close((uv_handle_t *)timer, NULL);
}

/* While a hash is computed the loop goes on. */
START_TEST(beside_the_loop)
{
    uv_timer_t timer;
    double begun;
    settings.password_file = file_name;
    write_user(300000, "p");
    begin();
    memset(told, 0, sizeof told);
    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, tick, 1, 1);
    begun = seconds();
    ck_assert_ptr_nonnull(check("u", "p"));
    ck_assert(seconds() - begun < 0.02);
    uv_run(&loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(told[ACCESS_GRANTED], 1);
    ck_assert_uint_gt(ticks, 5);
    end();
}
END_TEST

/* In processor time: who is there, and who is not. */
static double cost(const char *user)
{
    double least = 1e9;
    for (int i = 0; i < 5; i++) {
        clock_t begun = clock();
        expect(user, "wrong", ACCESS_WRONG, false);
        if ((double)(clock() - begun) < least)
            least = (double)(clock() - begun);
    }
    return least;
}

START_TEST(nobody_costs_as_much)
{
    double known, unknown;
    settings.password_file = file_name;
    write_user(100000, "p");
    begin();
    known = cost("u");
    unknown = cost("nobody");
    ck_assert_msg(unknown > known / 2 && unknown < known * 2, "%f, %f", known, unknown);
    end();
}
END_TEST

/* Nobody is told, and those that had not begun are not computed. */
START_TEST(forgotten)
{
    struct access_check *checks[100];
    double begun = seconds();
    settings.password_file = file_name;
    write_user(100000, "p");
    begin();
    memset(told, 0, sizeof told);
    for (int i = 0; i < 100; i++)
        checks[i] = check("u", "p");
    for (int i = 0; i < 100; i++)
        if (i != 50)
            access_forget(checks[i]);
    uv_run(&loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(told[0] + told[1] + told[2], 1);
    ck_assert_int_eq(told[ACCESS_GRANTED], 1);
    for (int i = 0; i < 100; i++)
        check("u", "p");
    end(); /* closed with checks under way */
    ck_assert_int_eq(told[0] + told[1] + told[2], 1);
    ck_assert_msg(seconds() - begun < 10, "all 200 were computed");
}
END_TEST

/* A check begun before the files change is judged by what it began with. */
START_TEST(reloaded)
{
    settings.password_file = file_name;
    write_user(50000, "p");
    begin();
    memset(told, 0, sizeof told);
    check("u", "p");
    write_user(1000, "new");
    ck_assert(access_reload(access_here, problem));
    uv_run(&loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(told[ACCESS_GRANTED], 1);
    expect("u", "p", ACCESS_WRONG, false);
    expect("u", "new", ACCESS_GRANTED, false);
    write_text("v:broken\n");
    ck_assert(!access_reload(access_here, problem));
    says("line 1");
    expect("u", "new", ACCESS_GRANTED, false);
    settings.acl_file = "not/there"; /* all or nothing */
    write_user(1000, "newest");
    ck_assert(!access_reload(access_here, problem));
    says("not/there");
    expect("u", "new", ACCESS_GRANTED, false);
    end();
    ck_assert_ptr_null(access_open(&loop, &(struct settings){.acl_file = "."}, problem));
    says(".");
}
END_TEST

START_TEST(no_memory)
{
    settings.password_file = file_name;
    write_user(1000, "p");
    memory_left = 0;
    ck_assert_ptr_null(access_open(&loop, &settings, problem));
    says("out of memory");
    memory_left = SIZE_MAX;
    begin();
    memory_left = 0;
    expect("u", "p", ACCESS_WRONG, true);
    memory_left = SIZE_MAX;
    expect("u", "p", ACCESS_GRANTED, false);
    end();
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("access");
    int failed;
    uv_loop_init(&loop);
    tcase_add_test(tcase, verdicts);
    tcase_add_test(tcase, without_files);
    tcase_add_test(tcase, beside_the_loop);
    tcase_add_test(tcase, nobody_costs_as_much);
    tcase_add_test(tcase, forgotten);
    tcase_add_test(tcase, reloaded);
    tcase_add_test(tcase, no_memory);
    failed = run_with_files("access", tcase);
    return uv_loop_close(&loop) ? 1 : failed;
}
