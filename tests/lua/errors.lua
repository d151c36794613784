-- SPDX-License-Identifier: MIT
-- What is wrong, where, and by which rule; options.

local help = require "help"
local luaunit = require "luaunit"
local mqttwire = require "mqttwire"

local connect = help.bytes "10 10 0004 4d515454 05 02 0000 03 21 0000 0000"

local tests = {}

function tests.test_what_an_error_tells()
    local err = help.error_of(mqttwire.decode, connect)
    luaunit.assertEquals(tostring(err), "receive_maximum_zero: receive maximum is not zero "
        .. "(properties.receive_maximum at byte 14; 3.1.2.11.3, 3.2.2.3.3)")
    help.assert_same(setmetatable(err, nil), {
        rule = "receive_maximum_zero",
        code = mqttwire.rules.receive_maximum_zero,
        class = "protocol_error",
        message = "receive maximum is not zero",
        ids = {"3.1.2.11.3", "3.2.2.3.3"},
        reason_code = mqttwire.reasons.protocol_error,
        offset = 14,
        field = "properties.receive_maximum",
        version = 5,
        size = #connect,
    })
end

function tests.test_ids_and_reasons_are_those_of_the_version()
    local err = help.error_of(mqttwire.decode, "\48\3\0\1#", {version = 4})
    luaunit.assertEquals(err.ids, {"MQTT-3.3.2-2", "MQTT-4.7.1-1"})
    luaunit.assertNil(err.reason_code)
    err = help.error_of(mqttwire.decode, "\48\4\0\1#\0", {version = 5})
    luaunit.assertEquals(err.ids, {"MQTT-3.3.2-2", "MQTT-4.7.0-1"})
    local level = help.bytes "10 0d 0004 4d515454 07 02 0000 0001 63"
    luaunit.assertEquals(help.error_of(mqttwire.decode, level).reason_code, 0x84)
    luaunit.assertEquals(help.error_of(mqttwire.decode, level, {version = 4}).reason_code, 1)
    local reserved = help.bytes "10 0d 0004 4d515454 04 03 0000 0001 63"
    err = help.error_of(mqttwire.decode, reserved)
    luaunit.assertEquals({err.version, err.reason_code}, {4, nil})
end

function tests.test_too_little()
    local err = help.error_of(mqttwire.decode, connect:sub(1, 5))
    luaunit.assertEquals(tostring(err),
        "the packet is not all there: 18 bytes are wanted")
    help.assert_same(setmetatable(err, nil), {rule = "more", code = 1, class = "incomplete",
        message = "the packet is not all there", ids = {}, wanted = 18})
    luaunit.assertEquals(help.error_of(mqttwire.frame, connect:sub(1, 5)).wanted, 18)
    luaunit.assertEquals(help.error_of(mqttwire.decode, "").class, "incomplete")
end

function tests.test_too_much()
    local err = help.error_of(mqttwire.decode, "\192\0\0", {version = 4})
    luaunit.assertEquals({err.rule, err.class, err.offset, err.field, err.version},
        {"trailing_bytes", "malformed", 2, nil, 4})
end

function tests.test_the_version_has_to_be_known()
    local err = help.error_of(mqttwire.decode, "\192\0")
    luaunit.assertEquals({err.class, err.rule}, {"misuse", "misuse"})
    luaunit.assertStrContains(tostring(err), "the version is not known")
end

function tests.test_options()
    local decode = mqttwire.decode
    local surplus, control = "\192\1\0", "\48\3\0\1\1"
    for _, allow in ipairs {"surplus", mqttwire.allow.surplus, {"surplus", "utf8"}, "all", {"all"},
        mqttwire.allow.surplus + mqttwire.allow.utf8} do
        help.assert_same(decode(surplus, {version = 4, allow = allow}),
            {type = "PINGREQ", version = 4})
    end
    for _, allow in ipairs {0, {}, "utf8"} do
        local err = help.error_of(decode, surplus, {version = 4, allow = allow})
        luaunit.assertEquals(err.rule, "surplus_bytes")
    end
    luaunit.assertTable(decode(control, {version = 4}))
    luaunit.assertEquals(
        help.error_of(decode, control, {version = 4, refuse = "control_characters"}).rule,
        "text_control"
    )
    luaunit.assertEquals(
        help.error_of(decode, "\192\0", {version = 4, sender = "server"}).rule,
        "direction"
    )
    luaunit.assertTable(decode("\192\0", {version = 4, max_size = 2}))
    luaunit.assertEquals(
        help.error_of(decode, "\192\0", {version = 4, max_size = 1}).rule,
        "packet_too_large"
    )
    luaunit.assertEquals(
        help.error_of(mqttwire.encode, {type = "PINGREQ"}, {max_size = 1}).rule,
        "packet_too_large"
    )
    luaunit.assertTable(decode("\192\0", {version = 4, max_size = 4294967295}))
end

function tests.test_impossible_options()
    for _, case in ipairs {
        {"there is no option 'verison'", {verison = 5}},
        {"there is no option 'number'", {5}},
        {"version: expected 3, 4 or 5", {version = 6}},
        {"version: expected 3, 4 or 5", {version = "5"}},
        {"version: expected 3, 4 or 5", {version = 4.5}},
        {"sender: expected 'client' or 'server'", {sender = "Client"}},
        {"sender: expected 'client' or 'server'", {sender = 1}},
        {"allow: there is no 'colour'", {allow = "colour"}},
        {"allow: there is no 'control_characters'", {allow = {"control_characters"}}},
        {"refuse: there is no 'utf8'", {refuse = {"utf8"}}},
        {"refuse: expected names or a sum of their numbers, not a boolean", {refuse = true}},
        {"allow: expected names or a sum of their numbers, not a number", {allow = {1}}},
        {"allow: expected a list of names", {allow = {utf8 = true}}},
        {"expected no such number", {allow = -1}},
        {"expected no such number", {allow = 1.5}},
        {"max_size: expected 1 to 4294967295 bytes", {max_size = 0}},
        {"max_size: expected 1 to 4294967295 bytes", {max_size = 4294967296}},
        {"max_size: expected 1 to 4294967295 bytes", {max_size = 0 / 0}},
        {"table expected", 5},
    } do
        for _, call in ipairs {mqttwire.decode, mqttwire.frame, mqttwire.explain, mqttwire.line} do
            help.assert_misuse(case[1], call, "", case[2])
        end
        help.assert_misuse(case[1], mqttwire.encode, {type = "PINGREQ"}, case[2])
    end
    help.assert_misuse("string expected", mqttwire.decode, 1)
    help.assert_misuse("string expected", mqttwire.decode)
    help.assert_misuse("string expected", mqttwire.line, {})
end

return tests
