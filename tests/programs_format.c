/* SPDX-License-Identifier: MIT */
/* -F of the programs with messages drawn at random: %j and %J are JSON whatever comes. */
#include "case.h"
#include "format.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 20000, MOST = 48 };

static uint32_t state = 1;

static uint32_t draw(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
}

/* Bytes that are UTF-8 now and then; topics and the like are, always. */
static struct mqw_bytes draw_bytes(char room[static MOST], bool text)
{
    static const char *const pieces[] = {"a",    "\"", "\\", "/",  "\n",        "\x01",
                                         "\x7f", "é",  "€",  "\t", "\U0001f600"};
    static const char *const others[] = {"\xff", "\xc3", "\xed\xa0\x80", "{", "}", "[1, 2]", "1e5"};
    uint32_t count = draw(8);
    size_t len = 0;

    while (count--) {
        const char *piece = text || draw(3) ? pieces[draw(sizeof pieces / sizeof *pieces)]
                                            : others[draw(sizeof others / sizeof *others)];
        memcpy(room + len, piece, strlen(piece));
        len += strlen(piece);
        if (!text && draw(8) == 0)
            room[len++] = '\0';
    }
    return mqw_view(room, len);
}

static char rooms[10][MOST];
static struct mqw_pair pairs[2];
static uint32_t ids[2];

static struct mqw_publish draw_publish(void)
{
    struct mqw_publish publish = {.qos = (uint8_t)draw(3), .retain = draw(2), .packet_id = 7};
    struct mqw_properties *properties = &publish.properties;

    publish.topic = draw_bytes(rooms[0], true);
    publish.payload = draw_bytes(rooms[1], false);
    if (draw(2))
        mqw_set_content_type(properties, draw_bytes(rooms[2], true));
    if (draw(2))
        mqw_set_correlation_data(properties, draw_bytes(rooms[3], false));
    if (draw(2))
        mqw_set_topic_alias(properties, 65535);
    if (draw(2))
        mqw_set_message_expiry_interval(properties, UINT32_MAX);
    for (int i = 0; i < 2; i++) {
        pairs[i] =
            (struct mqw_pair){draw_bytes(rooms[4 + i], true), draw_bytes(rooms[6 + i], true)};
        ids[i] = 1 + draw(5);
    }
    if (draw(2))
        mqw_set_user_properties(properties, mqw_pairs(pairs, 1 + draw(2)));
    if (draw(2))
        mqw_set_subscription_identifiers(properties, mqw_ids(ids, 1 + draw(2)));
    return publish;
}

static char *printed_as(const char *format, const struct printed *message, size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);

    ck_assert_ptr_nonnull(out);
    format_print(out, format, message);
    fclose(out);
    return text;
}

START_TEST(is_json)
{
    for (int i = 0; i < ROUNDS; i++) {
        struct mqw_publish publish = draw_publish();
        struct printed message = {.publish = &publish, .pretty = draw(2)};
        size_t len;
        char *text = printed_as(draw(2) ? "%j" : "%J", &message, &len);
        json_error_t error;
        json_t *value = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);

        ck_assert_msg(value != NULL, "%s in %s", error.text, text);
        ck_assert(message.pretty || !strchr(text, '\n'));
        ck_assert_uint_eq((uint32_t)json_integer_value(json_object_get(value, "payloadlen")),
                          publish.payload.len);
        ck_assert(json_object_get(value, "payload"));
        json_decref(value);
        free(text);
    }
}
END_TEST

/* A format that is accepted is printed, however odd it is. */
START_TEST(any_format)
{
    static const char alphabet[] = "%%%%%@@\\\\-05.9tpxXlqrmjJIUACDEFPRSnaevN0 z";
    unsigned good = 0;

    for (int i = 0; i < ROUNDS; i++) {
        struct mqw_publish publish = draw_publish();
        struct printed message = {.publish = &publish};
        char format[12], problem[80];
        uint32_t size = draw(sizeof format);
        size_t len;

        for (uint32_t j = 0; j < size; j++)
            format[j] = alphabet[draw(sizeof alphabet - 1)];
        format[size] = '\0';
        if (format_check(format, problem)) {
            good++;
            free(printed_as(format, &message, &len));
        } else {
            ck_assert_uint_gt(strlen(problem), 0);
        }
    }
    ck_assert_uint_gt(good, ROUNDS / 10);
}
END_TEST

START_TEST(width_has_an_end)
{
    struct mqw_publish publish = {.topic = mqw_text("t")};
    struct printed message = {.publish = &publish};
    size_t len;
    char *text = printed_as("%99999999999999999999t", &message, &len);

    ck_assert_uint_eq(len, 100000);
    free(text);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("format");

    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, is_json);
    tcase_add_test(tcase, any_format);
    tcase_add_test(tcase, width_has_an_end);
    return run_case("programs_format", tcase);
}
