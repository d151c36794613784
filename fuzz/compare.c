/* SPDX-License-Identifier: MIT */
/* Both verdicts on the same bytes; a disagreement is printed with all that is known of it. */
#include "compare.h"
#include "reference.h"
#include <stdio.h>
#include <string.h>

static unsigned long found, printed = 1000; /* so many at most */

unsigned long disagreements(void)
{
    return found;
}

static void print_hex(const char *what, const uint8_t *bytes, size_t len)
{
    printf("%s", what);
    for (size_t i = 0; i < len; i++)
        printf(" %02x", bytes[i]);
    printf("\n");
}

void print_at_most(unsigned long count)
{
    printed = count;
}

/* True where this one is to be printed. */
static bool disagree(const char *what, const uint8_t *bytes, size_t len)
{
    found++;
    if (found == printed + 1)
        printf("\nMore disagreements are counted and not printed.\n");
    if (found > printed)
        return false;
    printf("\nDISAGREEMENT: %s\n", what);
    print_hex("  bytes ", bytes, len);
    return true;
}

/* ---- Packets ------------------------------------------------------------------------------- */

static void print_codec(struct mqw_result result)
{
    const struct mqw_rule *rule = mqw_rule_of(result.code);
    printf("  codec  %s reason 0x%02x size %u offset %u\n", rule->name,
           result.code >= MQW_RULE_FIRST ? rule->reason_code : 0u, result.size, result.offset);
}

static void print_oracle(const struct oracle *o)
{
    static const char *const names[] = {"more", "accept", "refuse"};
    printf("  oracle %s size %zu\n", names[o->verdict], o->size);
    for (size_t i = 0; i < o->fault_count; i++)
        printf("         %s, reasons %s%s%s%s%s, offset %zu to %zu\n", o->faults[i].rules,
               o->faults[i].reasons & ORACLE_MALFORMED ? "0x81 " : "",
               o->faults[i].reasons & ORACLE_PROTOCOL_ERROR ? "0x82 " : "",
               o->faults[i].reasons & ORACLE_VERSION ? "0x84 " : "",
               o->faults[i].reasons & ORACLE_CLIENT_ID ? "0x85 " : "",
               o->faults[i].reasons & ORACLE_ALIAS ? "0x94 " : "", o->faults[i].from,
               o->faults[i].to);
}

/* What differs, or NULL. */
static const char *difference(const struct oracle *o, struct mqw_result result)
{
    const struct mqw_rule *rule = mqw_rule_of(result.code);
    enum oracle_verdict verdict = result.code == MQW_OK     ? ORACLE_ACCEPT
                                  : result.code == MQW_MORE ? ORACLE_MORE
                                                            : ORACLE_REFUSE;
    if (verdict != o->verdict)
        return "verdict";
    if (o->size != 0 && result.size != o->size)
        return "size";
    if (verdict == ORACLE_REFUSE && o->fault_count < ORACLE_FAULTS &&
        !oracle_find(o, rule->name, rule->reason_code, result.offset))
        return "reason";
    return NULL;
}

bool agree_on_frame(struct scratch *scratch, const uint8_t *bytes, size_t len, unsigned version)
{
    struct mqw_options options = {.version = (uint8_t)version};
    struct mqw_result result = mqw_frame(bytes, len, &options);
    const char *what;
    oracle_frame(&scratch->oracle, bytes, len, version);
    what = difference(&scratch->oracle, result);
    if (!what)
        return true;
    if (disagree(what, bytes, len)) {
        printf("  mqw_frame, version %u\n", version);
        print_codec(result);
        print_oracle(&scratch->oracle);
    }
    return false;
}

bool agree_on_packet(struct scratch *scratch, const uint8_t *bytes, size_t len, unsigned version,
                     enum mqw_sender sender)
{
    struct mqw_options options = {.version = (uint8_t)version, .sender = (uint8_t)sender};
    const struct oracle *o = &scratch->oracle;
    struct mqw_packet packet;
    struct mqw_result result = mqw_decode(bytes, len, &options, &packet);
    const char *what;
    oracle_judge(&scratch->oracle, bytes, len, version, (enum oracle_sender)sender);
    what = difference(o, result);
    if (!what && o->verdict == ORACLE_ACCEPT) {
        if (version != 0 && packet.version != version)
            what = "version";
        decoded_text(&scratch->decoded, &packet);
        if (strcmp(scratch->decoded.at, o->fields.at) != 0)
            what = "fields";
    }
    if (!what) {
        scratch->accepted += o->verdict == ORACLE_ACCEPT;
        return true;
    }
    if (disagree(what, bytes, len)) {
        printf("  mqw_decode, version %u, sender %u\n", version, (unsigned)sender);
        print_codec(result);
        print_oracle(o);
        if (o->verdict == ORACLE_ACCEPT && result.code == MQW_OK) {
            decoded_text(&scratch->decoded, &packet);
            printf("  codec  %s\n  oracle %s\n", scratch->decoded.at, o->fields.at);
        }
    }
    return false;
}

void scratch_free(struct scratch *scratch)
{
    oracle_free(&scratch->oracle.fields);
    oracle_free(&scratch->decoded);
}

/* ---- Texts and topics ---------------------------------------------------------------------- */

/*
 * Is it good in both, or does the rule say one of the things that are wrong?  The offset is where
 * the bit was found first; `first` is of those that have one place.
 */
static bool same_set(const char *call, const uint8_t *text, size_t len, struct mqw_result result,
                     unsigned expected, const size_t *first, size_t first_count)
{
    static const char *const rules[] = {
        "topic_utf8 text_utf8 subscribe_filter_utf8",
        "topic_nul",
        "text_control",
        "text_noncharacter",
        "topic_empty filter_empty",
        "topic_wildcard",
        "filter_hash",
        "filter_plus",
        "share_name_empty",
        "share_name_wildcard",
        "share_filter_missing",
    };
    const char *name = mqw_rule_of(result.code)->name;
    bool same = result.code == MQW_OK && expected == 0;
    for (size_t bit = 0; bit < sizeof rules / sizeof *rules; bit++)
        if ((expected >> bit & 1) && result.code >= MQW_RULE_FIRST && strstr(rules[bit], name) &&
            (bit < first_count ? result.offset == first[bit] : result.offset <= len))
            same = true;
    if (!same && disagree(call, text, len)) {
        printf("  codec  %s at %u\n  reference bits %#x at", name, result.offset, expected);
        for (size_t bit = 0; bit < first_count; bit++)
            printf(" %zu", expected >> bit & 1 ? first[bit] : 0);
        printf("\n");
    }
    return same;
}

bool agree_on_text(const uint8_t *text, size_t len)
{
    /* A topic name that may be all that a text may. */
    struct mqw_options options = {
        .allow = MQW_ALLOW_TOPIC_WILDCARDS | MQW_ALLOW_EMPTY_TOPICS,
    };
    struct mqw_bytes view = mqw_view(text, len);
    size_t first[TEXT_FAULTS];
    unsigned expected = reference_text(text, len, first);
    bool same = same_set("text", text, len, mqw_topic_name_check(view, &options),
                         expected & TEXT_FORBIDDEN, first, TEXT_FAULTS);
    options.refuse = MQW_REFUSE_CONTROL_CHARACTERS | MQW_REFUSE_NONCHARACTERS;
    return same_set("text, all that may be refused", text, len,
                    mqw_topic_name_check(view, &options), expected, first, TEXT_FAULTS) &&
           same;
}

bool agree_on_topic_name(const uint8_t *text, size_t len)
{
    size_t first[TEXT_FAULTS + 2] = {0};
    unsigned expected = reference_text(text, len, first) & TEXT_FORBIDDEN;
    size_t *wildcard = &first[TEXT_FAULTS + 1];
    while (*wildcard < len && text[*wildcard] != '+' && text[*wildcard] != '#')
        ++*wildcard;
    return same_set("topic name", text, len, mqw_topic_name_check(mqw_view(text, len), NULL),
                    expected | reference_topic_name(text, len), first, TEXT_FAULTS + 2);
}

bool agree_on_filter(const uint8_t *text, size_t len, unsigned version)
{
    struct mqw_options options = {.version = (uint8_t)version};
    size_t first[TEXT_FAULTS];
    unsigned expected = reference_text(text, len, first) & TEXT_FORBIDDEN;
    return same_set(version != MQW_VERSION_3_1_1 ? "filter, 5.0" : "filter, 3.1.1", text, len,
                    mqw_topic_filter_check(mqw_view(text, len), &options),
                    expected | reference_topic_filter(text, len, version != MQW_VERSION_3_1_1),
                    first, TEXT_FAULTS);
}

bool agree_on_share(const uint8_t *filter, size_t len)
{
    size_t group_len = 0, rest_at = 0;
    struct mqw_bytes group = {0}, rest = {0};
    bool expected = reference_share(filter, len, &group_len, &rest_at);
    bool said = mqw_topic_share(mqw_view(filter, len), &group, &rest);
    bool same = said == expected;
    if (same && said)
        same = group.ptr == filter + rest_at - 1 - group_len && group.len == group_len &&
               rest.ptr == filter + rest_at && rest.len == len - rest_at;
    if (!same && disagree("share", filter, len))
        printf("  codec  %d\n  reference %d\n", said, expected);
    return same;
}

bool agree_on_match(const uint8_t *filter, size_t filter_len, const uint8_t *name, size_t name_len,
                    unsigned version)
{
    bool expected =
        reference_match(filter, filter_len, name, name_len, version != MQW_VERSION_3_1_1);
    bool said =
        mqw_topic_match(mqw_view(filter, filter_len), mqw_view(name, name_len), (uint8_t)version);
    if (said == expected)
        return true;
    if (disagree("match", filter, filter_len)) {
        print_hex("  name  ", name, name_len);
        printf("  version %u\n  codec  %d\n  reference %d\n", version, said, expected);
    }
    return false;
}
