/* SPDX-License-Identifier: MIT */
/* Checks of topics, and whether they match, equal a slow, obvious reference. */
#include "../reference.h"
#include "target.h"

static bool is_good(struct mqw_result result)
{
    MUST(result.code == MQW_OK || result.code >= MQW_RULE_FIRST);
    return result.code == MQW_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t versions[] = {0, MQW_VERSION_3_1_1, MQW_VERSION_5, MQW_VERSION_3_1};
    struct input input = input_of(data, size);
    struct mqw_options options = {0};
    uint8_t *filter_copy, *name_copy;
    struct mqw_bytes filter, name, group, rest;
    size_t group_len = 0, rest_at = 0;
    bool is_5, good_filter, good_name, shared;

    options.version = versions[take(&input, 1) & 3];
    is_5 = !options.version || options.version == MQW_VERSION_5;
    filter = take_bytes(&input, take(&input, 2));
    name = take_bytes(&input, UINT16_MAX);
    filter.ptr = filter_copy = copy_of(filter.ptr, filter.len);
    name.ptr = name_copy = copy_of(name.ptr, name.len);

    good_filter = is_good(mqw_topic_filter_check(filter, &options));
    good_name = is_good(mqw_topic_name_check(name, &options));
    MUST(good_filter == (!(reference_text(filter.ptr, filter.len, NULL) & TEXT_FORBIDDEN) &&
                         !reference_topic_filter(filter.ptr, filter.len, is_5)));
    MUST(good_name == (!(reference_text(name.ptr, name.len, NULL) & TEXT_FORBIDDEN) &&
                       !reference_topic_name(name.ptr, name.len)));
    if (good_filter && good_name)
        MUST(mqw_topic_match(filter, name, options.version) ==
             reference_match(filter.ptr, filter.len, name.ptr, name.len, is_5));
    else
        (void)mqw_topic_match(filter, name, options.version); /* any answer, and no harm */

    shared = mqw_topic_share(filter, &group, &rest);
    if (good_filter && is_5) {
        MUST(shared == reference_share(filter.ptr, filter.len, &group_len, &rest_at));
        if (shared) {
            MUST(rest.ptr == filter.ptr + rest_at && rest.len == filter.len - rest_at);
            MUST(group.len == group_len && group.ptr + group_len + 1 == rest.ptr);
        }
    }
    free(filter_copy);
    free(name_copy);
    return 0;
}
