-- SPDX-License-Identifier: MIT
-- Packets to bytes and back: examples of the specifications, and what encoding takes and refuses.

local help = require "help"
local luaunit = require "luaunit"
local mqttwire = require "mqttwire"

local bytes = help.bytes

-- Version, sender, bytes, packet.  Figures 3.6 and 3-6, 3.11, 3-9, 3-19, 3.27, 3-21 and others.
local examples = {
    {4, "client", "10 1a 0004 4d515454 04 ce 000a 0001 63 0001 77 0001 6d 0001 75 0002 7077",
        {type = "CONNECT", version = 4, clean_start = true, keep_alive = 10, client_id = "c",
            username = "u", password = "pw",
            will = {topic = "w", payload = "m", qos = 1, retain = false}}},
    {5, "client", "10 2a 0004 4d515454 05 36 0000 00 0000 15 02 00000001 03 0001 63 18 ffffffff"
        .. " 26 0001 6b 0001 76 0001 77 0002 00ff",
        {type = "CONNECT", version = 5, clean_start = true, keep_alive = 0, properties = {},
            client_id = "", will = {topic = "w", payload = "\0\255", qos = 2, retain = true,
                properties = {message_expiry_interval = 1, content_type = "c",
                    will_delay_interval = 4294967295, user_properties = {{"k", "v"}}}}}},
    {4, "server", "20 02 01 00",
        {type = "CONNACK", version = 4, session_present = true, reason_code = 0}},
    {5, "server", "3d 2d 0000 ffff 23 01 01 02 0000003c 03 0001 63 08 0001 72 09 0002 00ff"
        .. " 0b 01 0b ffffff7f 23 0001 26 0000 0000 68656c6c6f",
        {type = "PUBLISH", version = 5, dup = true, retain = true, qos = 2, topic = "",
            packet_id = 65535, payload = "hello", properties = {
                payload_format_indicator = 1, message_expiry_interval = 60, content_type = "c",
                response_topic = "r", correlation_data = "\0\255",
                subscription_identifiers = {1, 268435455}, topic_alias = 1,
                user_properties = {{"", ""}}}}},
    {4, "client", "30 03 0001 61",
        {type = "PUBLISH", version = 4, dup = false, retain = false, qos = 0, topic = "a",
            payload = ""}},
    {5, "client", "50 03 000a 97",
        {type = "PUBREC", version = 5, packet_id = 10, reason_code = 151, properties = {}}},
    {4, "client", "82 0e 000a 0003 612f62 01 0003 632f64 02",
        {type = "SUBSCRIBE", version = 4, packet_id = 10, subscriptions = {
            {topic_filter = "a/b", qos = 1}, {topic_filter = "c/d", qos = 2}}}},
    {5, "client", "82 0b 0001 02 0b 05 0003 612f62 2e",
        {type = "SUBSCRIBE", version = 5, packet_id = 1,
            properties = {subscription_identifiers = {5}},
            subscriptions = {{topic_filter = "a/b", qos = 2, no_local = true,
                retain_as_published = true, retain_handling = 2}}}},
    {4, "server", "90 05 000a 00 02 80",
        {type = "SUBACK", version = 4, packet_id = 10, reason_codes = {0, 2, 128}}},
    {5, "client", "a2 0d 000a 00 0003 612f62 0003 632f64",
        {type = "UNSUBSCRIBE", version = 5, packet_id = 10, properties = {},
            topic_filters = {"a/b", "c/d"}}},
    {4, "server", "b0 02 000a", {type = "UNSUBACK", version = 4, packet_id = 10}},
    {4, "client", "c0 00", {type = "PINGREQ", version = 4}},
    {5, "client", "e0 00",
        {type = "DISCONNECT", version = 5, reason_code = 0, properties = {}}},
    {5, "client", "f0 09 18 07 15 0001 6d 16 0000",
        {type = "AUTH", version = 5, reason_code = 24,
            properties = {authentication_method = "m", authentication_data = ""}}},
}

local tests = {}

function tests.test_examples()
    for _, example in ipairs(examples) do
        local version, sender, wire, packet = example[1], example[2], bytes(example[3]), example[4]
        help.assert_same(mqttwire.decode(wire, {version = version, sender = sender}), packet)
        luaunit.assertEquals(mqttwire.encode(packet, {sender = sender}), wire)
        luaunit.assertEquals(mqttwire.frame(wire .. "x", {version = version}), #wire)
        help.assert_same(mqttwire.from_json_form(mqttwire.to_json_form(packet)), packet)
    end
end

function tests.test_the_version_of_a_connect_is_in_its_bytes()
    luaunit.assertEquals(mqttwire.decode(bytes(examples[1][3])).version, 4)
    luaunit.assertEquals(mqttwire.decode(bytes(examples[2][3])).version, 5)
end

function tests.test_the_version_that_is_written()
    local ping = {type = "PUBLISH", topic = "a"}
    luaunit.assertEquals(mqttwire.encode(ping), "\48\4\0\1a\0")
    luaunit.assertEquals(mqttwire.encode(ping, {version = 4}), "\48\3\0\1a")
    ping.version = 4
    luaunit.assertEquals(mqttwire.encode(ping), "\48\3\0\1a")
    luaunit.assertEquals(mqttwire.encode(ping, {version = 5}), "\48\4\0\1a\0")
end

function tests.test_what_may_be_left_out()
    local packet = mqttwire.decode(mqttwire.encode({type = "CONNECT", client_id = "c"}))
    help.assert_same(packet, {type = "CONNECT", version = 5, clean_start = false, keep_alive = 0,
        client_id = "c", properties = {}})
    luaunit.assertEquals(
        mqttwire.encode({type = "PUBLISH", topic = "a", properties = {user_properties = {}}}),
        "\48\4\0\1a\0"
    )
end

-- Figure 1.2, and bytes of any kind.
function tests.test_text_and_bytes_are_strings_as_they_are()
    local all = {}
    for byte = 0, 255 do
        all[#all + 1] = string.char(byte)
    end
    local packet = {type = "PUBLISH", version = 4, dup = false, qos = 0, retain = false,
        topic = "A\240\170\155\148", payload = table.concat(all)}
    help.assert_same(mqttwire.decode(mqttwire.encode(packet), {version = 4}), packet)
    local wire = "\48\3\0\1\255"
    luaunit.assertEquals(help.error_of(mqttwire.decode, wire, {version = 4}).rule, "topic_utf8")
    packet = mqttwire.decode(wire, {version = 4, allow = "utf8"})
    luaunit.assertEquals(packet.topic, "\255")
    luaunit.assertEquals(mqttwire.encode(packet, {allow = "utf8"}), wire)
end

function tests.test_the_largest_numbers()
    local packet = {type = "CONNECT", client_id = "", keep_alive = 65535, properties = {
        session_expiry_interval = 4294967295, maximum_packet_size = 2147483648}}
    local again = mqttwire.decode(mqttwire.encode(packet))
    luaunit.assertEquals(again.keep_alive, 65535)
    help.assert_same(again.properties, packet.properties)
    luaunit.assertEquals(("%.0f"):format(again.properties.session_expiry_interval), "4294967295")
end

function tests.test_integers_stay_integers()
    if not math.type then
        return
    end
    local packet = mqttwire.decode(bytes(examples[4][3]), {version = 5})
    luaunit.assertEquals(tostring(packet.qos), "2")
    luaunit.assertEquals(math.type(packet.properties.subscription_identifiers[2]), "integer")
    for _, table_of_numbers in ipairs {mqttwire.types, mqttwire.rules, mqttwire.reasons} do
        for _, number in pairs(table_of_numbers) do
            luaunit.assertEquals(math.type(number), "integer")
        end
    end
    luaunit.assertEquals(math.type(mqttwire.rule_info("qos_3").reason_code), "integer")
    -- A float with an exact value is as good as an integer.
    luaunit.assertEquals(
        mqttwire.encode({type = "PUBACK", packet_id = 2.0, version = 4.0}),
        "\64\2\0\2"
    )
end

function tests.test_missing_unknown_and_other_fields()
    local encode = mqttwire.encode
    local misuses = {
        {"type: missing", {}},
        {"type: expected a string, not number", {type = 3}},
        {"type: there is no packet type 'publish'", {type = "publish"}},
        {"version: expected 3, 4 or 5", {type = "PINGREQ", version = 6}},
        {"topic: missing", {type = "PUBLISH"}},
        {"topic: expected a string, not number", {type = "PUBLISH", topic = 1}},
        {"payload: expected a string, not table", {type = "PUBLISH", topic = "a", payload = {}}},
        {"dup: expected true or false, not number", {type = "PUBLISH", topic = "a", dup = 1}},
        {"qos: expected a whole number, not string", {type = "PUBLISH", topic = "a", qos = "1"}},
        {"qos: expected a whole number, not 2.5", {type = "PUBLISH", topic = "a", qos = 2.5}},
        {"qos: expected a whole number, not ", {type = "PUBLISH", topic = "a", qos = 1 / 0}},
        {"qos: expected a whole number, not ", {type = "PUBLISH", topic = "a", qos = 0 / 0}},
        {"packet_id: missing", {type = "PUBLISH", topic = "a", qos = 1}},
        {"PUBLISH has no field 'colour'", {type = "PUBLISH", topic = "a", colour = "red"}},
        {"PUBLISH has no field '1'", {type = "PUBLISH", topic = "a", "red"}},
        {"PUBLISH has no field 'boolean'", {type = "PUBLISH", topic = "a", [true] = 1}},
        {"PINGREQ has no field 'properties'", {type = "PINGREQ", properties = {}}},
        {"properties: expected a table, not string",
            {type = "PUBLISH", topic = "a", properties = ""}},
        {"properties: there is no property 'colour'",
            {type = "PUBLISH", topic = "a", properties = {colour = 1}}},
        {"properties.user_properties: expected a list, not string",
            {type = "PUBLISH", topic = "a", properties = {user_properties = "k"}}},
        {"properties.user_properties[1]: expected a name and a value",
            {type = "PUBLISH", topic = "a", properties = {user_properties = {{"k", "v"}, {"k"}}}}},
        {"properties.user_properties[0].value: expected a string, not number",
            {type = "PUBLISH", topic = "a", properties = {user_properties = {{"k", 1}}}}},
        {"will.topic: missing", {type = "CONNECT", client_id = "", will = {}}},
        {"will: expected a table, not boolean",
            {type = "CONNECT", client_id = "", will = true}},
        {"will has no field 'colour'",
            {type = "CONNECT", client_id = "", will = {topic = "a", colour = 1}}},
        {"subscriptions: missing", {type = "SUBSCRIBE", packet_id = 1}},
        {"subscriptions[0]: expected a table, not string",
            {type = "SUBSCRIBE", packet_id = 1, subscriptions = {"a"}}},
        {"subscriptions[1].topic_filter: missing", {type = "SUBSCRIBE", packet_id = 1,
            subscriptions = {{topic_filter = "a"}, {qos = 1}}}},
        {"subscriptions[0]: a subscription has no field 'colour'", {type = "SUBSCRIBE",
            packet_id = 1, subscriptions = {{topic_filter = "a", colour = 1}}}},
        {"reason_codes[2]: expected a whole number, not boolean",
            {type = "SUBACK", packet_id = 1, reason_codes = {0, 1, true}}},
    }
    for _, misuse in ipairs(misuses) do
        help.assert_misuse(misuse[1], encode, misuse[2])
    end
    help.assert_misuse("table expected", encode, "PINGREQ")
    help.assert_misuse("table expected", encode)
end

function tests.test_numbers_that_no_field_holds()
    for _, case in ipairs {
        {"qos", 0, {type = "PUBLISH", topic = "a", qos = 256, packet_id = 1}},
        {"qos", 0, {type = "PUBLISH", topic = "a", qos = -1, packet_id = 1}},
        {"packet_id", 2, {type = "PUBACK", packet_id = 65536}},
        {"packet_id", 2, {type = "PUBACK", packet_id = 1e300}},
        {"properties.session_expiry_interval", 14,
            {type = "CONNECT", client_id = "",
                properties = {session_expiry_interval = 4294967296}}},
        {"reason_codes[1]", 6, {type = "SUBACK", packet_id = 1, reason_codes = {0, 256}}},
        {"subscriptions[0].qos", 8,
            {type = "SUBSCRIBE", packet_id = 1,
                subscriptions = {{topic_filter = "a", qos = 999}}}},
    } do
        local err = help.error_of(mqttwire.encode, case[3])
        luaunit.assertEquals({err.rule, err.field, err.offset},
            {"value_too_wide", case[1], case[2]})
    end
end

function tests.test_rules_that_encoding_keeps()
    for _, case in ipairs {
        {"packet_id_zero", "packet_id", {type = "PUBLISH", topic = "a", qos = 1, packet_id = 0}},
        {"qos_3", "qos", {type = "PUBLISH", topic = "a", qos = 3, packet_id = 1}},
        {"topic_wildcard", "topic", {type = "PUBLISH", topic = "a/#"}},
        {"topic_too_long", "topic", {type = "PUBLISH", topic = ("a"):rep(65536)}},
        {"packet_id_at_qos_0", "packet_id", {type = "PUBLISH", topic = "a", packet_id = 1}},
        {"not_in_version", "properties",
            {type = "PUBLISH", topic = "a", version = 4, properties = {topic_alias = 1}}},
        {"not_in_version", "reason_code",
            {type = "PUBACK", packet_id = 1, version = 4, reason_code = 128}},
        {"property_misplaced", "properties.receive_maximum",
            {type = "PUBLISH", topic = "a", properties = {receive_maximum = 1}}},
        {"user_property_nul", "properties.user_properties[1].value", {type = "PUBLISH",
            topic = "a", properties = {user_properties = {{"k", "v"}, {"k", "\0"}}}}},
        {"text_too_long", "will.payload", {type = "CONNECT", client_id = "",
            will = {topic = "a", payload = ("a"):rep(65536)}}},
        {"subscribe_empty", "subscriptions",
            {type = "SUBSCRIBE", packet_id = 1, subscriptions = {}}},
        {"filter_hash", "subscriptions[1].topic_filter", {type = "SUBSCRIBE", packet_id = 1,
            subscriptions = {{topic_filter = "a"}, {topic_filter = "a#"}}}},
        {"auth_method_missing", "properties.authentication_method", {type = "AUTH"}},
    } do
        local err = help.error_of(mqttwire.encode, case[3])
        luaunit.assertEquals({err.rule, err.field}, {case[1], case[2]})
        luaunit.assertEquals(err.version, case[3].version or 5)
    end
end

function tests.test_large_packets()
    local packet = {type = "PUBLISH", version = 4, dup = false, qos = 0, retain = false,
        topic = "a", payload = ("x"):rep(1000000)}
    help.assert_same(mqttwire.decode(mqttwire.encode(packet), {version = 4}), packet)
    local filters = {}
    for number = 1, 20000 do
        filters[number] = "filter/" .. number
    end
    packet = {type = "UNSUBSCRIBE", version = 4, packet_id = 1, topic_filters = filters}
    help.assert_same(mqttwire.decode(mqttwire.encode(packet), {version = 4}), packet)
end

return tests
