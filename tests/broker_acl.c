/* SPDX-License-Identifier: MIT */
/* samples/broker/acl.c: rules, names that are no danger, files that are wrong. */
#include "acl.h"
#include "broker_access.h"

static struct acl acl;

static bool read_acl(const char *text)
{
    acl_free(&acl);
    write_text(text);
    return acl_read(&acl, file_name, problem);
}

static struct mqw_bytes name(const char *text)
{
    return text ? mqw_text(text) : (struct mqw_bytes){0};
}

static bool may(const char *user, const char *client, enum access_action action, const char *topic)
{
    struct wire copy = wire_copy(topic, strlen(topic));
    bool answer = acl_may(&acl, name(user), name(client), action,
                          (struct mqw_bytes){copy.ptr, (uint32_t)copy.len});
    wire_free(&copy);
    return answer;
}

static const char table[] = "topic read news/#\n"
                            "\n"
                            "# of anna\n"
                            "user anna\n"
                            "topic readwrite a/#\n"
                            "topic deny a/secret/+\n"
                            "topic read with blanks/in it\n"
                            "pattern read to/%c\n"
                            "user bert b\n"
                            "topic write #\n"
                            "pattern write from/%u/x%c\n"
                            "pattern deny from/+/xbad\n"
                            "user anna\n"
                            "topic write late\n";

static const struct question {
    const char *user, *client;
    enum access_action action;
    const char *topic;
    bool answer;
} questions[] = {
    {NULL, "c", ACCESS_READ, "news/today", true},
    {NULL, "c", ACCESS_READ, "news", true},
    {NULL, "c", ACCESS_WRITE, "news/today", false},
    {NULL, "c", ACCESS_READ, "to/c", true},
    {NULL, "c", ACCESS_READ, "to/d", false},
    {NULL, "c", ACCESS_WRITE, "from//xc", false},
    {"carl", "c", ACCESS_READ, "news/today", false},
    {"", "c", ACCESS_READ, "news/today", false},
    {"", "c", ACCESS_WRITE, "from//xc", true},
    {"anna", "c", ACCESS_READ, "news/today", false},
    {"anna", "c", ACCESS_WRITE, "a", true},
    {"anna", "c", ACCESS_WRITE, "a/secret/1", false},
    {"anna", "c", ACCESS_WRITE, "a/secret/1/2", true},
    {"anna", "c", ACCESS_READ, "with blanks/in it", true},
    {"anna", "c", ACCESS_WRITE, "late", true},
    {"anna", "c", ACCESS_READ, "late", false},
    {"anna", "c", ACCESS_WRITE, "from/anna/xc", true},
    {"anna", "bad", ACCESS_WRITE, "from/anna/xbad", false},
    {"anna", "c", ACCESS_WRITE, "from/bert b/xc", false},
    {"bert b", "bad", ACCESS_WRITE, "from/x/xbad", true}, /* his own rules come first */
    {"bert b", "c", ACCESS_WRITE, "$SYS/x", false},
    /* Filters: is there anything to be had? */
    {"anna", "c", ACCESS_FILTER, "#", true},
    {"anna", "c", ACCESS_FILTER, "+", true},
    {"anna", "c", ACCESS_FILTER, "a/secret/+", false},
    {"anna", "c", ACCESS_FILTER, "+/secret/#", true},
    {"anna", "c", ACCESS_FILTER, "+/secret/x", false},
    {"anna", "c", ACCESS_FILTER, "to/+", true},
    {"anna", "c", ACCESS_FILTER, "to/+/#", true},
    {"anna", "c", ACCESS_FILTER, "to/d", false},
    {"anna", "c", ACCESS_FILTER, "$SYS/#", false},
    {"anna", "c", ACCESS_FILTER, "late", false},
    {"bert b", "c", ACCESS_FILTER, "#", true}, /* to/c */
    {"bert b", "c", ACCESS_FILTER, "news/#", false},
    {NULL, "c", ACCESS_FILTER, "+/+", true},
    {NULL, "c", ACCESS_FILTER, "from/#", false},
};

START_TEST(answers)
{
    const struct question *it = &questions[_i];
    ck_assert_msg(read_acl(table), "%s", problem);
    ck_assert_msg(may(it->user, it->client, it->action, it->topic) == it->answer,
                  "%s as %s on %s: %d", it->client, it->user ? it->user : "nobody", it->topic,
                  !it->answer);
}
END_TEST

/* What a client calls itself gives it nothing: CVE-2017-7650, and more. */
START_TEST(dangerous_names)
{
    static const char *const names[] = {"+", "#", "a/b", "a+", "#a", "/", "$SYS", "a/../b"};
    for (size_t i = 0; i < COUNT(names); i++) {
        ck_assert(read_acl("pattern %c/#\npattern x/%c/#\n"));
        ck_assert(may("u", "good", ACCESS_WRITE, "good/1"));
        ck_assert(!may("u", names[i], ACCESS_FILTER, "+/1"));
        ck_assert(!may("u", names[i], ACCESS_READ, "good/1"));
        ck_assert(!may("u", names[i], ACCESS_READ, "$SYS/1"));
        ck_assert(!may("u", names[i], ACCESS_READ, "a/b/1"));
        ck_assert(!may("u", names[i], ACCESS_READ, "x/good/1"));
        ck_assert(!may("u", names[i], ACCESS_READ, "x/a/b"));
        ck_assert(may(names[i], "good", ACCESS_READ, "good/1")); /* the other name is not used */

        ck_assert(read_acl("pattern %u/#\n"));
        ck_assert(!may(names[i], "c", ACCESS_FILTER, "+/1"));
        ck_assert(!may(names[i], "c", ACCESS_READ, "a/b/1"));

        /* Nor does it get around what is denied. */
        ck_assert(read_acl("pattern deny %c/secret\npattern readwrite #\npattern $SYS/#\n"));
        ck_assert(!may("u", "good", ACCESS_READ, "good/secret"));
        ck_assert(may("u", "good", ACCESS_READ, "good/other"));
        ck_assert(!may("u", names[i], ACCESS_READ, "a/b/secret"));
        ck_assert(!may("u", names[i], ACCESS_READ, "anything"));
        ck_assert(!may("u", names[i], ACCESS_FILTER, "#"));
    }
    ck_assert(read_acl("pattern %u%c/#\n")); /* together at the beginning */
    ck_assert(!may("", "$SYS", ACCESS_READ, "$SYS/1"));
    ck_assert(read_acl("pattern $SYS/%c\npattern x/%c\n"));
    ck_assert(may("", "$SYS", ACCESS_READ, "$SYS/$SYS"));
    ck_assert(may("", "$SYS", ACCESS_READ, "x/$SYS"));
    ck_assert(read_acl("pattern %c\n"));
    ck_assert(!may(NULL, "", ACCESS_FILTER, "#"));
}
END_TEST

/* Names that are as long as names may be. */
START_TEST(long_names)
{
    char *client = malloc(MQW_TEXT_MAX + 1);
    memset(client, 'c', MQW_TEXT_MAX);
    client[MQW_TEXT_MAX] = '\0';
    ck_assert(read_acl("pattern %c\npattern deny %c%c%c\n"));
    ck_assert(!may(NULL, client, ACCESS_READ, client)); /* what is denied cannot be said */
    ck_assert(read_acl("pattern %c\npattern x/%c\n"));
    ck_assert(may(NULL, client, ACCESS_READ, client));
    ck_assert(may(NULL, client, ACCESS_FILTER, client));
    ck_assert(!may(NULL, client, ACCESS_FILTER, "x/+"));
    free(client);
}
END_TEST

static const struct {
    const char *text, *problem;
} wrong[] = {
    {"topic", "line 1: the filter is missing"},
    {"\n\npattern \n", "line 3: the filter is missing"},
    {"topic deny", "the filter is missing"},
    {"topic read", "the filter is missing"},
    {"topic see a", "line 1: see is not read, write, readwrite or deny"},
    {"topic READ a", "READ is not"},
    {"topic a/#/b", "a/#/b is not a topic filter"},
    {"topic read a+", "a+ is not a topic filter"},
    {"pattern +%u/x", "+%u/x is not a topic filter"},
    {"topic read \xFF", "is not a topic filter"},
    {"user", "the user's name is missing"},
    {"#\nuser anna\nhello\n", "line 3: hello is not user, topic or pattern"},
    {"Topic a", "Topic is not"},
};

START_TEST(wrong_lines)
{
    ck_assert(!read_acl(wrong[_i].text));
    says(file_name);
    says(wrong[_i].problem);
}
END_TEST

START_TEST(wrong_files)
{
    char *line = malloc(200000);
    ck_assert(!acl_read(&acl, "not/there", problem));
    says("not/there: No such file or directory");
    ck_assert(!acl_read(&acl, ".", problem));
    says("Is a directory");
    write_file("topic a\0b\n", 10);
    ck_assert(!acl_read(&acl, file_name, problem));
    says("line 1: it has a NUL");
    memset(line, 'a', 199999);
    line[199999] = '\0';
    ck_assert(!read_acl(line));
    says("line 1: it is longer than");
    memcpy(line, "topic readwrite ", 16);
    line[16 + MQW_TEXT_MAX] = '\0';
    ck_assert(read_acl(line));
    ck_assert(may(NULL, "c", ACCESS_WRITE, line + 16));
    line[16 + MQW_TEXT_MAX] = 'a';
    line[16 + MQW_TEXT_MAX + 1] = '\0';
    ck_assert(!read_acl(line));
    says("is not a topic filter");
    ck_assert(read_acl(" topic  read  a b \r\n\ttopic\twrite\tc\r\n  # x\n"));
    ck_assert(may(NULL, "c", ACCESS_READ, "a b"));
    ck_assert(may(NULL, "c", ACCESS_WRITE, "c"));
    free(line);
}
END_TEST

START_TEST(random_files)
{
    static const char *const words[] = {
        "topic ", "pattern ", "user ", "read ", "write ", "deny ",    "readwrite ",
        "a",      "/",        "+",     "#",     "%u",     "%c",       "$",
        "\n",     "\n",       "\n",    "anna",  "\t",     "a/%c/#\n", "topic a/#\n"};
    unsigned good = 0;
    draw_begin();
    for (int i = 0; i < 3000; i++) {
        acl_free(&acl);
        write_random(words, COUNT(words));
        memory_left = draw(10) ? SIZE_MAX : draw(10);
        if (acl_read(&acl, file_name, problem)) {
            good++;
            may("anna", "+/x", ACCESS_FILTER, "a/+/#");
            may(draw(2) ? "a/b" : NULL, "$", ACCESS_WRITE, "a/$/b");
        } else {
            says(file_name);
        }
        memory_left = SIZE_MAX;
    }
    ck_assert(good > 100 && good < 2500);
}
END_TEST

/* Each user is found at once. */
START_TEST(many_users)
{
    struct text text = {0};
    for (int i = 0; i < 100000; i++)
        text_add(&text, "user u%d\ntopic t/%d/#\n", i, i);
    ck_assert(read_acl(text.ptr));
    for (int i = 0; i < 1000000; i++)
        ck_assert(acl_may(&acl, name("u99999"), name("c"), ACCESS_READ, name("t/99999/x")));
    ck_assert(!may("u100000", "c", ACCESS_READ, "t/99999/x"));
    text_free(&text);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("acl");
    int failed;
    tcase_add_loop_test(tcase, answers, 0, COUNT(questions));
    tcase_add_test(tcase, dangerous_names);
    tcase_add_test(tcase, long_names);
    tcase_add_loop_test(tcase, wrong_lines, 0, COUNT(wrong));
    tcase_add_test(tcase, wrong_files);
    tcase_add_test(tcase, random_files);
    tcase_add_test(tcase, many_users);
    failed = run_with_files("acl", tcase);
    acl_free(&acl);
    return failed;
}
