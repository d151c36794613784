-- SPDX-License-Identifier: MIT
-- The JSON form, fields, lines, topics, and the tables of names.

local help = require "help"
local luaunit = require "luaunit"
local mqttwire = require "mqttwire"

local tests = {}

function tests.test_binary_data_is_hex_in_the_json_form()
    local packet = {type = "CONNECT", client_id = "c", password = "\0\171", will = {topic = "w",
        payload = "\1"}, properties = {authentication_method = "m", authentication_data = "\255"}}
    local form = mqttwire.to_json_form(packet)
    help.assert_same(form, {type = "CONNECT", version = 5, client_id = "c", clean_start = false,
        keep_alive = 0, password = "00ab",
        will = {topic = "w", payload = "01", qos = 0, retain = false, properties = {}},
        properties = {authentication_method = "m", authentication_data = "ff"}})
    local back = mqttwire.from_json_form(form)
    luaunit.assertEquals({back.password, back.will.payload}, {"\0\171", "\1"})
    form.password = "00AB"
    luaunit.assertEquals(mqttwire.from_json_form(form).password, "\0\171")
end

function tests.test_text_that_json_cannot_hold()
    local form = mqttwire.to_json_form({type = "PUBLISH", topic = "\255", payload = "\255"})
    help.assert_same(form.topic, {hex = "ff"})
    luaunit.assertEquals(form.payload, "ff")
    luaunit.assertEquals(mqttwire.from_json_form(form).topic, "\255")
end

function tests.test_bad_forms()
    for _, case in ipairs {
        {"payload: expected pairs of hex digits", "0"},
        {"payload: expected pairs of hex digits", "0g"},
        {"payload: expected a string of hex digits, not number", 0},
    } do
        help.assert_misuse(case[1], mqttwire.from_json_form,
            {type = "PUBLISH", topic = "a", payload = case[2]})
    end
    for _, topic in ipairs {{}, {hex = "61", more = 1}, {hexes = "61"}} do
        help.assert_misuse("topic: expected a string, or {hex = ...}, not table",
            mqttwire.from_json_form, {type = "PUBLISH", topic = topic})
    end
    help.assert_misuse("topic: expected a string, not table", mqttwire.encode,
        {type = "PUBLISH", topic = {hex = "61"}})
    local err = help.error_of(mqttwire.to_json_form, {type = "PUBACK", packet_id = 65536})
    luaunit.assertEquals(err.rule, "value_too_wide")
end

function tests.test_explain()
    local wire = help.bytes "32 0d 0003612f62 000a 02 01 01 686579"
    local fields = mqttwire.explain(wire, {version = 5})
    luaunit.assertNil(fields.error)
    luaunit.assertEquals({fields.size, fields.version}, {15, 5})
    local at, by_path = 0, {}
    for _, field in ipairs(fields) do
        by_path[field.path] = field
        if field.kind ~= mqttwire.kinds.bits then
            luaunit.assertEquals(field.start, at) -- together they are every byte
            at = field.stop
        end
    end
    luaunit.assertEquals(at, #wire)
    help.assert_same(by_path.topic,
        {path = "topic", value = "a/b", start = 4, stop = 7, kind = mqttwire.kinds.text})
    luaunit.assertEquals(wire:sub(by_path.payload.start + 1, by_path.payload.stop), "hey")
    luaunit.assertEquals({by_path.qos.bit, by_path.qos.width, by_path.qos.value}, {1, 2, 1})
    luaunit.assertEquals(mqttwire.kinds[by_path.payload.kind], "binary")
    luaunit.assertEquals(by_path.type.note, "PUBLISH")
end

function tests.test_explain_tells_what_is_wrong_beside_the_fields()
    local fields = mqttwire.explain(help.bytes "82 06 0001 00 0001 61", {version = 5})
    luaunit.assertEquals(fields.error.rule, "truncated")
    luaunit.assertEquals(fields[#fields].path, "subscriptions[0].topic_filter")
    fields = mqttwire.explain("\16\12\0\4MQ")
    luaunit.assertEquals({fields.error.class, fields.size, fields.version},
        {"incomplete", 14, nil})
    luaunit.assertEquals(help.error_of(mqttwire.explain, "\192\0").class, "misuse")
end

function tests.test_line()
    luaunit.assertEquals(mqttwire.line("\48\4\0\1a!", {version = 4}),
        'PUBLISH topic="a" payload=(1 byte)')
    local long = mqttwire.encode({type = "PUBLISH", topic = ("t"):rep(1000)})
    luaunit.assertStrContains(mqttwire.line(long, {version = 5}), ("t"):rep(1000))
    luaunit.assertStrContains(mqttwire.line("\48\3\0\1#", {version = 4}), "topic_wildcard")
end

function tests.test_topics()
    luaunit.assertTrue(mqttwire.topic_match("a/+", "a/b"))
    luaunit.assertFalse(mqttwire.topic_match("a/+", "a/b/c"))
    luaunit.assertTrue(mqttwire.topic_match("$share/workers/a/+", "a/b"))
    luaunit.assertFalse(mqttwire.topic_match("$share/workers/a/+", "a/b", 4))
    luaunit.assertEquals({mqttwire.topic_share("$share/workers/a/+")}, {"workers", "a/+"})
    luaunit.assertNil(mqttwire.topic_share("a/+"))
    luaunit.assertTrue(mqttwire.topic_name_check("a/b"))
    local err = help.error_of(mqttwire.topic_filter_check, "a/#/b")
    luaunit.assertEquals({err.rule, err.offset, err.field}, {"filter_hash", 2, nil})
    luaunit.assertEquals(tostring(err), "filter_hash: # stands alone in the last level of a filter"
        .. " (at byte 2; MQTT-4.7.1-1)")
    err = help.error_of(mqttwire.topic_name_check, "a\1", {refuse = "control_characters"})
    luaunit.assertEquals(err.rule, "text_control")
    help.assert_misuse("string expected", mqttwire.topic_match, "a", 1)
    help.assert_misuse("string expected", mqttwire.topic_name_check)
    help.assert_misuse("version: expected", mqttwire.topic_match, "a", "a", 6)
end

function tests.test_names()
    luaunit.assertEquals({mqttwire.types.PUBLISH, mqttwire.types[3]}, {3, "PUBLISH"})
    luaunit.assertEquals(mqttwire.properties.subscription_identifiers, 11)
    luaunit.assertEquals(mqttwire.properties[0x21], "receive_maximum")
    luaunit.assertEquals({mqttwire.reasons.not_authorized, mqttwire.reasons[0x87]},
        {0x87, "not_authorized"})
    luaunit.assertEquals({mqttwire.reasons[0], mqttwire.reasons.normal_disconnection},
        {"success", 0})
    luaunit.assertEquals(mqttwire.reason_name(0, "DISCONNECT"), "normal_disconnection")
    luaunit.assertEquals(mqttwire.reason_name(1, "SUBACK"), "granted_qos_1")
    luaunit.assertNil(mqttwire.reason_name(1, "CONNACK"))
    luaunit.assertEquals(mqttwire.return_codes[mqttwire.reason_name(5, "CONNACK", 4)], 5)
    luaunit.assertNil(mqttwire.types[99])
    luaunit.assertNil(mqttwire.rules.no_such_rule)
    local counts = {}
    for _, name in ipairs {"types", "properties", "reasons", "rules", "allow", "refuse", "kinds"} do
        counts[name] = 0
        for key, number in pairs(mqttwire[name]) do
            luaunit.assertString(key)
            luaunit.assertNumber(number)
            luaunit.assertString(mqttwire[name][number])
            counts[name] = counts[name] + 1
        end
    end
    luaunit.assertEquals({counts.types, counts.properties, counts.reasons, counts.kinds},
        {15, 27, 45, 9})
    help.assert_misuse("packet type", mqttwire.reason_name, 0, "SUBACKS")
    help.assert_misuse("code from 0 to 255", mqttwire.reason_name, 256, "SUBACK")
end

function tests.test_rules()
    local info = mqttwire.rule_info("receive_maximum_zero")
    help.assert_same(info, {rule = "receive_maximum_zero", code = 110, reason_code = 130,
        message = "receive maximum is not zero", class = "protocol_error", ids_3_1_1 = {},
        ids_5 = {"3.1.2.11.3", "3.2.2.3.3"}})
    help.assert_same(mqttwire.rule_info(110), info)
    luaunit.assertEquals(mqttwire.rule_info("protocol_version").return_code, 1)
    for name, code in pairs(mqttwire.rules) do
        luaunit.assertEquals(mqttwire.rule_info(code).rule, name)
    end
    for _, unknown in ipairs {"", "more", 0, 9, 1.5, -1, false, {}} do
        luaunit.assertNil(mqttwire.rule_info(unknown))
    end
    luaunit.assertNil(mqttwire.rule_info(nil))
end

function tests.test_nothing_of_the_wrapper_is_to_be_seen()
    luaunit.assertNil(rawget(_G, "swig_type"))
    luaunit.assertNil(rawget(_G, "swig_equals"))
    luaunit.assertNil(rawget(_G, "mqttwire_core"))
    for name in pairs(mqttwire) do
        luaunit.assertNil(name:lower():find("swig") or name:find("MQW_"))
    end
end

return tests
