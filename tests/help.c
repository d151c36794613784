/* SPDX-License-Identifier: MIT */
#include "help.h"

#include <ctype.h>
#include <stdarg.h>

/* ---- The notation -----------------------------------------------------------------------------
 */

struct maker {
    const char *at;
    struct wire wire;
    size_t cap;
    uint8_t version;
    bool quiet; /* inside [ ] or < > of the other version */
};

static void put(struct maker *m, uint8_t byte)
{
    if (m->quiet)
        return;
    if (m->wire.len == m->cap) {
        m->cap = m->cap ? 2 * m->cap : 64;
        m->wire.ptr = realloc(m->wire.ptr, m->cap);
        ck_assert_ptr_nonnull(m->wire.ptr);
    }
    m->wire.ptr[m->wire.len++] = byte;
}

static void insert(struct maker *m, size_t at, const uint8_t *bytes, size_t len)
{
    size_t tail = m->wire.len - at;
    if (m->quiet)
        return;
    for (size_t i = 0; i < len; i++)
        put(m, 0);
    memmove(m->wire.ptr + at + len, m->wire.ptr + at, tail);
    memcpy(m->wire.ptr + at, bytes, len);
    if (m->wire.marked && m->wire.mark >= at)
        m->wire.mark += len;
}

static void make(struct maker *m, char until);

static void make_group(struct maker *m, char open)
{
    size_t start = m->wire.len;
    size_t inside, used = 0;
    bool quiet = m->quiet;
    /* A mark before the group is at its length; one inside is after it. */
    bool before = m->wire.marked;
    size_t mark = m->wire.mark;
    uint8_t prefix[4];
    if ((open == '[' && m->version < 5) || (open == '<' && m->version >= 5))
        m->quiet = true;
    make(m, open == '(' ? ')' : open == '{' ? '}' : open == '[' ? ']' : '>');
    m->quiet = quiet;
    inside = m->wire.len - start;
    if (open == '(') {
        prefix[used++] = (uint8_t)(inside >> 8);
        prefix[used++] = (uint8_t)inside;
    } else if (open == '{') {
        do {
            prefix[used] = (uint8_t)(inside & 0x7F);
            inside >>= 7;
            if (inside)
                prefix[used] |= 0x80;
            used++;
        } while (inside);
    }
    insert(m, start, prefix, used);
    if (before)
        m->wire.mark = mark;
}

static unsigned hex_digit(char c)
{
    ck_assert_msg(isxdigit((unsigned char)c), "not hex: %c", c);
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

static void make_hex(struct maker *m)
{
    uint8_t byte = (uint8_t)(hex_digit(m->at[0]) << 4 | hex_digit(m->at[1]));
    unsigned long times = 1;
    m->at += 2;
    if (*m->at == '*') {
        char *end;
        times = strtoul(m->at + 1, &end, 10);
        m->at = end;
    }
    while (times--)
        put(m, byte);
}

static void make(struct maker *m, char until)
{
    for (; *m->at != until; m->at += *m->at ? 1 : 0) {
        char c = *m->at;
        ck_assert_msg(c, "unbalanced notation, %c is missing", until);
        if (c == ' ')
            continue;
        if (c == '\'') {
            for (m->at++; *m->at != '\''; m->at++) {
                ck_assert_msg(*m->at, "no closing quote");
                put(m, (uint8_t)*m->at);
            }
        } else if (c == '!') {
            if (!m->quiet) {
                m->wire.mark = m->wire.len;
                m->wire.marked = true;
            }
        } else if (c == '%') {
            put(m, m->version);
        } else if (c == '~') {
            if (m->version >= 5)
                put(m, 0);
        } else if (strchr("({[<", c)) {
            m->at++;
            make_group(m, c);
        } else {
            make_hex(m);
            m->at--;
        }
    }
}

struct wire wire_copy(const void *bytes, size_t len)
{
    struct wire wire = {0};
    wire.ptr = malloc(len);
    ck_assert(wire.ptr || !len);
    if (len)
        memcpy(wire.ptr, bytes, len);
    wire.len = len;
    return wire;
}

struct wire wire_of(uint8_t version, const char *notation)
{
    struct maker m = {.at = notation, .version = version};
    struct wire exact;
    make(&m, '\0');
    exact = wire_copy(m.wire.ptr, m.wire.len);
    exact.mark = m.wire.mark;
    exact.marked = m.wire.marked;
    free(m.wire.ptr);
    return exact;
}

void wire_free(struct wire *wire)
{
    free(wire->ptr);
    memset(wire, 0, sizeof *wire);
}

/* ---- Text -------------------------------------------------------------------------------------
 */

void text_add(struct text *text, const char *format, ...)
{
    va_list args, again;
    int len;
    va_start(args, format);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    ck_assert_int_ge(len, 0);
    if (text->len + (size_t)len + 1 > text->cap) {
        text->cap = 2 * (text->len + (size_t)len + 1);
        text->ptr = realloc(text->ptr, text->cap);
        ck_assert_ptr_nonnull(text->ptr);
    }
    vsnprintf(text->ptr + text->len, (size_t)len + 1, format, args);
    va_end(args);
    text->len += (size_t)len;
}

void text_free(struct text *text)
{
    free(text->ptr);
    memset(text, 0, sizeof *text);
}

const char *hex_of(const void *bytes, size_t len)
{
    static char out[256];
    size_t shown = len < 120 ? len : 120;
    const uint8_t *at = bytes;
    out[0] = '\0';
    for (size_t i = 0; i < shown; i++)
        snprintf(out + 2 * i, 3, "%02x", at[i]);
    if (shown < len)
        snprintf(out + 2 * shown, 4, "...");
    return out;
}

static void add_text(struct text *t, struct mqw_bytes b)
{
    text_add(t, "'");
    for (uint32_t i = 0; i < b.len; i++)
        if (b.ptr[i] >= 0x20 && b.ptr[i] < 0x7F && b.ptr[i] != '\'' && b.ptr[i] != '\\')
            text_add(t, "%c", b.ptr[i]);
        else
            text_add(t, "\\%02x", b.ptr[i]);
    text_add(t, "'");
}

static void add_binary(struct text *t, struct mqw_bytes b)
{
    for (uint32_t i = 0; i < b.len; i++)
        text_add(t, "%02x", b.ptr[i]);
}

#define add_BYTE(t, v)   text_add(t, "%u", v)
#define add_TWO(t, v)    text_add(t, "%u", v)
#define add_FOUR(t, v)   text_add(t, "%lu", (unsigned long)(v))
#define add_TEXT(t, v)   add_text(t, v)
#define add_TOPIC(t, v)  add_text(t, v)
#define add_BINARY(t, v) add_binary(t, v)

static void add_VARINTS(struct text *t, struct mqw_id_list list)
{
    uint32_t id;
    for (uint32_t at = 0, n = 0; mqw_next_id(&list, &at, &id); n++)
        text_add(t, "%s%lu", n ? "," : "", (unsigned long)id);
}

static void add_PAIRS(struct text *t, struct mqw_pair_list list)
{
    struct mqw_pair pair;
    for (uint32_t at = 0, n = 0; mqw_next_pair(&list, &at, &pair); n++) {
        text_add(t, "%s", n ? "," : "");
        add_text(t, pair.name);
        text_add(t, ":");
        add_text(t, pair.value);
    }
}

static void add_properties(struct text *t, const struct mqw_properties *p)
{
    const char *between = "";
    text_add(t, " {");
#define MQW_ROW(id, NAME, member, TYPE, places, low, high, rule, text)                             \
    if (mqw_has(p, MQW_PROPERTY_##NAME)) {                                                         \
        text_add(t, "%s" #member "=", between);                                                    \
        add_##TYPE(t, p->member);                                                                  \
        between = " ";                                                                             \
    }
    MQW_PROPERTIES(MQW_ROW)
#undef MQW_ROW
    text_add(t, "}");
}

static void add_connect(struct text *t, const struct mqw_connect *p, bool v5)
{
    text_add(t, " clean_start=%d keep_alive=%u client_id=", p->clean_start, p->keep_alive);
    add_text(t, p->client_id);
    if (v5)
        add_properties(t, &p->properties);
    if (p->has_will) {
        text_add(t, " will topic=");
        add_text(t, p->will.topic);
        text_add(t, " payload=");
        add_binary(t, p->will.payload);
        text_add(t, " qos=%u retain=%d", p->will.qos, p->will.retain);
        if (v5)
            add_properties(t, &p->will.properties);
    }
    if (p->has_username) {
        text_add(t, " username=");
        add_text(t, p->username);
    }
    if (p->has_password) {
        text_add(t, " password=");
        add_binary(t, p->password);
    }
}

static void add_publish(struct text *t, const struct mqw_publish *p, bool v5)
{
    text_add(t, " dup=%d qos=%u retain=%d topic=", p->dup, p->qos, p->retain);
    add_text(t, p->topic);
    text_add(t, " packet_id=%u", p->packet_id);
    if (v5)
        add_properties(t, &p->properties);
    text_add(t, " payload=");
    add_binary(t, p->payload);
}

static void add_subscriptions(struct text *t, const struct mqw_subscription_list *list, bool v5)
{
    struct mqw_subscription s;
    for (uint32_t at = 0; mqw_next_subscription(list, &at, &s);) {
        text_add(t, " ");
        add_text(t, s.topic_filter);
        text_add(t, "=%u", s.qos);
        if (v5)
            text_add(t, ",%d,%d,%u", s.no_local, s.retain_as_published, s.retain_handling);
    }
}

static void add_filters(struct text *t, const struct mqw_filter_list *list)
{
    struct mqw_bytes filter;
    for (uint32_t at = 0; mqw_next_filter(list, &at, &filter);) {
        text_add(t, " ");
        add_text(t, filter);
    }
}

static void add_codes(struct text *t, const struct mqw_code_list *list)
{
    uint8_t code;
    for (uint32_t at = 0; mqw_next_code(list, &at, &code);)
        text_add(t, " %02x", code);
}

char *packet_text(const struct mqw_packet *packet)
{
    struct text t = {0};
    bool v5 = packet->version >= 5;
    text_add(&t, "%s %u", mqw_type_name(packet->type), packet->version);
    switch (packet->type) {
    case MQW_CONNECT:
        add_connect(&t, &packet->connect, v5);
        break;
    case MQW_CONNACK:
        text_add(&t, " session_present=%d code=%02x", packet->connack.session_present,
                 packet->connack.reason_code);
        if (v5)
            add_properties(&t, &packet->connack.properties);
        break;
    case MQW_PUBLISH:
        add_publish(&t, &packet->publish, v5);
        break;
    case MQW_PUBACK:
    case MQW_PUBREC:
    case MQW_PUBREL:
    case MQW_PUBCOMP:
        text_add(&t, " packet_id=%u", packet->ack.packet_id);
        if (v5) {
            text_add(&t, " code=%02x", packet->ack.reason_code);
            add_properties(&t, &packet->ack.properties);
        }
        break;
    case MQW_SUBSCRIBE:
        text_add(&t, " packet_id=%u", packet->subscribe.packet_id);
        if (v5)
            add_properties(&t, &packet->subscribe.properties);
        add_subscriptions(&t, &packet->subscribe.subscriptions, v5);
        break;
    case MQW_UNSUBSCRIBE:
        text_add(&t, " packet_id=%u", packet->unsubscribe.packet_id);
        if (v5)
            add_properties(&t, &packet->unsubscribe.properties);
        add_filters(&t, &packet->unsubscribe.topic_filters);
        break;
    case MQW_SUBACK:
    case MQW_UNSUBACK:
        text_add(&t, " packet_id=%u", packet->suback.packet_id);
        if (v5)
            add_properties(&t, &packet->suback.properties);
        if (v5 || packet->type == MQW_SUBACK)
            add_codes(&t, &packet->suback.reason_codes);
        break;
    case MQW_DISCONNECT:
    case MQW_AUTH:
        if (v5) {
            text_add(&t, " code=%02x", packet->disconnect.reason_code);
            add_properties(&t, &packet->disconnect.properties);
        }
        break;
    default:
        break;
    }
    return t.ptr;
}

/* ---- Options, rules, results ------------------------------------------------------------------
 */

struct mqw_options options_of(uint8_t version, uint8_t sender)
{
    struct mqw_options options = {0};
    options.version = version;
    options.sender = sender;
    return options;
}

static uint32_t rule_bit(enum mqw_code rule, bool refuse)
{
    enum { ALLOW = 0, REFUSE = 1 };
    switch ((int)rule) {
#define MQW_ROW(number, NAME, name, class, reason, connack, v311, v5, kind, bit, text)             \
    case (number):                                                                                 \
        return refuse == (kind) ? (uint32_t)MQW_##kind##_##bit : 0;
        MQW_RULES(MQW_ROW)
#undef MQW_ROW
    default:
        return 0;
    }
}

uint32_t rule_allow(enum mqw_code rule)
{
    return rule_bit(rule, false);
}

uint32_t rule_refuse(enum mqw_code rule)
{
    return rule_bit(rule, true);
}

const char *code_name(enum mqw_code code)
{
    switch ((int)code) {
    case MQW_OK:
        return "OK";
    case MQW_MORE:
        return "MORE";
    case MQW_SPACE:
        return "SPACE";
    case MQW_MISUSE:
        return "MISUSE";
    default:
        return mqw_rule_of(code)->name;
    }
}

void expect_result(struct mqw_result got, struct mqw_result wanted, const char *what)
{
    ck_assert_msg(got.code == wanted.code && got.size == wanted.size &&
                      got.offset == wanted.offset && got.item == wanted.item,
                  "%s: %s size %lu offset %lu item %lu, wanted %s %lu %lu %lu", what,
                  code_name(got.code), (unsigned long)got.size, (unsigned long)got.offset,
                  (unsigned long)got.item, code_name(wanted.code), (unsigned long)wanted.size,
                  (unsigned long)wanted.offset, (unsigned long)wanted.item);
}

int run(const char *name, const TTest *const *tests, size_t count)
{
    TCase *tcase = tcase_create(name);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    return run_case(name, tcase);
}

int run_case(const char *name, TCase *tcase)
{
    Suite *suite = suite_create(name);
    SRunner *runner;
    int failed;
    tcase_set_timeout(tcase, 0);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
