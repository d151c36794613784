/* SPDX-License-Identifier: MIT */
/* docs/connection.md says of each statement what the rules say.  MQW_ROOT: the repository. */
#include "case.h"
#include <mqttwire/mqttwire.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_file(const char *name)
{
    const char *root = getenv("MQW_ROOT");
    char path[4096];
    char *text;
    FILE *file;
    long size;
    snprintf(path, sizeof path, "%s/%s", root ? root : ".", name);
    file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "cannot open %s; MQW_ROOT names the repository", path);
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    text = calloc((size_t)size + 1, 1);
    ck_assert_uint_eq(fread(text, 1, (size_t)size, file), (size_t)size);
    fclose(file);
    return text;
}

/* The third cell of the row that begins with these two, as " `a` `b` ". */
static void cell(const char *page, const char *version, const char *id, char out[1024])
{
    char head[128];
    const char *at, *end;
    snprintf(head, sizeof head, "\n| %s | %s |", version, id);
    at = strstr(page, head);
    ck_assert_msg(at != NULL, "no row for %s %s", version, id);
    at += strlen(head);
    end = strchr(at, '|');
    ck_assert(end && end - at < 1024);
    memcpy(out, at, (size_t)(end - at));
    out[end - at] = 0;
}

static bool cites(const char *ids, const char *id)
{
    size_t len = strlen(id);
    const char *at = ids;
    while ((at = strstr(at, id))) {
        if ((at == ids || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
            return true;
        at += len;
    }
    return false;
}

static void check_statement(const char *page, const char *version, const char *id)
{
    bool is_5 = strcmp(version, "5.0") == 0;
    char rules[1024], name[128];
    cell(page, version, id, rules);
#define MQW_ROW(number, NAME, row_name, class, reason, connack, v311, v5, kind, bit, text)         \
    snprintf(name, sizeof name, " `%s` ", #row_name);                                              \
    if (number >= 200 || number == MQW_RULE_PACKET_TOO_LARGE)                                      \
        ck_assert_msg((strstr(rules, name) != NULL) == cites(is_5 ? v5 : v311, id), "%s %s: %s",   \
                      version, id, #row_name);
    MQW_RULES(MQW_ROW)
#undef MQW_ROW
}

START_TEST(each_statement_is_documented)
{
    char *page = read_file("docs/connection.md");
    char *table = read_file("docs/conformance.tsv");
    char *line = strtok(table, "\n");
    char version[8], id[32], packet[128], sender[16], layer[16];
    unsigned statements = 0;
    for (; line; line = strtok(NULL, "\n")) {
        ck_assert_int_eq(
            sscanf(line, "%7s %31s %127s %15s %15s", version, id, packet, sender, layer), 5);
        if (strcmp(layer, "connection") != 0)
            continue;
        check_statement(page, version, id);
        statements++;
    }
    ck_assert_uint_eq(statements, 132);
    free(table);
    free(page);
}
END_TEST

/* Every statement that a rule cites is one. */
static void check_ids(const char *table, const char *version, const char *ids, const char *rule)
{
    char row[64];
    for (; *ids; ids += strcspn(ids, " "), ids += strspn(ids, " ")) {
        if (strncmp(ids, "MQTT-", 5) != 0)
            continue;
        snprintf(row, sizeof row, "\n%s\t%.*s\t", version, (int)strcspn(ids, " "), ids);
        ck_assert_msg(strstr(table, row) != NULL, "%s cites %s", rule, row);
    }
}

START_TEST(each_citation_exists)
{
    char *page = read_file("docs/connection.md");
    char *table = read_file("docs/conformance.tsv");
    char name[128];
#define MQW_ROW(number, NAME, row_name, class, reason, connack, v311, v5, kind, bit, text)         \
    if (number >= 200) {                                                                           \
        check_ids(table, "3.1.1", v311, #row_name);                                                \
        check_ids(table, "5.0", v5, #row_name);                                                    \
        snprintf(name, sizeof name, "\n| %d | `%s` |", number, #row_name);                         \
        ck_assert_msg(strstr(page, name) != NULL, "no row for %s", name);                          \
    }
    MQW_RULES(MQW_ROW)
#undef MQW_ROW
    free(table);
    free(page);
}
END_TEST

int main(void)
{
    TCase *docs = tcase_create("docs");
    tcase_add_test(docs, each_statement_is_documented);
    tcase_add_test(docs, each_citation_exists);
    return run_case("connection_docs", docs);
}
