-- SPDX-License-Identifier: MIT
-- What a connection sees of both directions, and of tables.

local connections = require "connection_help"
local help = require "help"
local luaunit = require "luaunit"
local mqttwire = require "mqttwire"

local encode = mqttwire.encode
local CONNECT, CONNACK, BAD = connections.CONNECT, connections.CONNACK, connections.BAD
local with, publish, alias = connections.with, connections.publish, connections.alias
local rules, feed = connections.rules, connections.feed
local opened, taken = connections.opened, connections.taken

local tests = {}

-- ---- What is seen -------------------------------------------------------------------------------

function tests.test_a_first_packet()
    local connection = mqttwire.connection()
    luaunit.assertEquals({connection.version, connection.keep_alive, connection.deadline}, {nil, 0})
    local list = taken(connection:feed("client", encode(CONNECT)))
    luaunit.assertEquals(#list, 1)
    help.assert_same(list[1], {
        number = 1, sender = "client", packet = mqttwire.decode(encode(CONNECT)), size = 16,
        findings = {}, repeats = false, settles = false, ignored = false, untracked = false,
        aliased = false,
    })
    luaunit.assertEquals(connection.version, 5)
    luaunit.assertNil(connection.colour)
    luaunit.assertNil(connection[1])
end

function tests.test_answers()
    local connection = mqttwire.connection()
    luaunit.assertNil(feed(connection, "client", CONNECT).answers)
    luaunit.assertEquals(feed(connection, "server", CONNACK).answers, 1)
    feed(connection, "client", {type = "SUBSCRIBE", packet_id = 1,
        subscriptions = {{topic_filter = "a"}}}, publish(2), publish(3, {qos = 2})) -- 3 to 5
    local suback, puback, pubrec = feed(connection, "server",
        {type = "SUBACK", packet_id = 1, reason_codes = {0}},
        {type = "PUBACK", packet_id = 2}, {type = "PUBREC", packet_id = 3})
    luaunit.assertEquals({suback.answers, puback.answers, pubrec.answers}, {3, 4, 5})
    luaunit.assertEquals({suback.settles, puback.settles, pubrec.settles}, {true, true, false})
    local pubrel = feed(connection, "client", {type = "PUBREL", packet_id = 3})
    local pubcomp = feed(connection, "server", {type = "PUBCOMP", packet_id = 3})
    luaunit.assertEquals({pubrel.answers, pubrel.begins, pubrel.settles},
        {pubrec.number, 5, false})
    luaunit.assertEquals({pubcomp.answers, pubcomp.begins, pubcomp.settles},
        {pubrel.number, 5, true})
end

function tests.test_a_finding_is_an_error_with_its_place()
    local seen = feed(opened(), "server", {type = "PUBACK", packet_id = 7})
    local finding = seen.findings[1]
    luaunit.assertStrContains(tostring(finding), "acknowledged_id_unknown: ")
    luaunit.assertEquals(
        {finding.field, finding.offset, finding.reason_code, finding.size, finding.version,
            finding.ids, finding.class},
        {"packet_id", 2, 0x92, 4, 5, {"MQTT-2.2.1-5"}, "protocol_error"}
    )
end

function tests.test_the_element_of_a_list_is_named()
    local connection = opened(nil, {wildcard_subscription_available = 0})
    local packet = {type = "SUBSCRIBE", packet_id = 1,
        subscriptions = {{topic_filter = "a"}, {topic_filter = "b/#"}}}
    local bytes = encode(packet)
    for _, seen in ipairs {connection:packet("client", packet, {now = 0}),
        connection:packet("client", packet, {now = 0, size = #bytes}),
        feed(connection, "client", packet)} do
        local finding = seen.findings[1]
        luaunit.assertEquals({finding.rule, finding.field},
            {"wildcards_not_supported", "subscriptions[1]"})
        luaunit.assertEquals(bytes:sub(finding.offset + 1), "\0\3b/#\0")
    end
end

-- ---- Topic aliases: 3.3.2.3.4 -------------------------------------------------------------------

function tests.test_aliases_are_of_one_direction()
    local limits = {topic_alias_maximum = 10}
    local connection = opened(limits, limits)
    local bound, used = feed(connection, "client", alias(1, "a/b"), alias(1))
    luaunit.assertEquals({bound.topic, bound.aliased}, {"a/b", false})
    luaunit.assertEquals({used.topic, used.aliased, used.packet.topic}, {"a/b", true, ""})
    local unknown = feed(connection, "server", alias(1))
    luaunit.assertEquals({unknown.topic, rules(unknown)}, {nil, {"topic_alias_unknown"}})
    feed(connection, "server", alias(1, "s"))
    feed(connection, "client", alias(1, "other"))
    luaunit.assertEquals(feed(connection, "server", alias(1)).topic, "s")
    luaunit.assertEquals(feed(connection, "client", alias(1)).topic, "other")
    local above = connection:packet("client", alias(11, "x"), {now = 0})
    luaunit.assertEquals(rules(above), {"topic_alias_too_large"})
end

-- Topics are copies, which stay whatever becomes of the packets.
function tests.test_all_aliases()
    local connection = opened(nil, {topic_alias_maximum = 65535})
    for round = 1, 2 do
        for number = 1, 65535, round * 7 do
            local topic = ("t"):rep(number % 100 + 1) .. number .. "." .. round
            connection:packet("client", alias(number, topic), {size = 9, now = 0})
        end
        collectgarbage()
        for number = 1, 65535, round * 7 do
            local seen = connection:packet("client", alias(number), {size = 9, now = 0})
            luaunit.assertEquals(seen.topic, ("t"):rep(number % 100 + 1) .. number .. "." .. round)
        end
    end
    local seen = connection:packet("client", alias(2), {size = 9, now = 0})
    luaunit.assertEquals(rules(seen), {"topic_alias_unknown"})
end

function tests.test_aliases_above_the_limit_are_not_followed()
    local limits = {topic_alias_maximum = 10}
    local connection = opened(limits, limits, {aliases = 2, server = {aliases = 0}})
    local _, seen = feed(connection, "client", alias(2, "a"), alias(2))
    luaunit.assertEquals(seen.topic, "a")
    _, seen = feed(connection, "client", alias(3, "a"), alias(3))
    luaunit.assertEquals({seen.topic, seen.aliased, seen.findings}, {nil, false, {}})
    _, seen = feed(connection, "server", alias(1, "a"), alias(1))
    luaunit.assertEquals({seen.topic, seen.findings}, {nil, {}})
end

-- ---- Packet identifiers: 2.2.1, 4.9 -------------------------------------------------------------

function tests.test_identifiers_and_quota()
    local connection = opened({receive_maximum = 2}, {receive_maximum = 3})
    luaunit.assertEquals({connection:quota("client"), connection:quota("server")}, {3, 2})
    for wanted = 1, 3 do
        local packet_id = connection:next_packet_id("client")
        luaunit.assertEquals(packet_id, wanted)
        local seen = connection:packet("client", publish(packet_id), {now = 0})
        luaunit.assertEquals(rules(seen), {})
    end
    luaunit.assertEquals(connection:quota("client"), 0)
    help.assert_same(connection:side("client"), {receive_maximum = 2, topic_alias_maximum = 0,
        in_flight = 3, stored = 3, untracked = 0})
    local seen = connection:packet("client", publish(4), {now = 0})
    luaunit.assertEquals(rules(seen), {"receive_maximum_exceeded"})
end

function tests.test_all_identifiers()
    local connection, packet, how = opened(), publish(1), {size = 8, now = 0}
    for wanted = 1, 65535 do
        packet.packet_id = connection:next_packet_id("client")
        if packet.packet_id ~= wanted or connection:packet("client", packet, how).untracked then
            luaunit.fail("identifier " .. wanted)
        end
    end
    luaunit.assertNil(connection:next_packet_id("client"))
    luaunit.assertEquals(connection:side("client").stored, 65535)
    local seen = feed(connection, "server", {type = "PUBACK", packet_id = 40000})
    luaunit.assertEquals(seen.answers, 40002)
    luaunit.assertEquals(connection:next_packet_id("client"), 40000)
end

function tests.test_exchanges_above_the_limit_are_told()
    local connection = opened(nil, nil, {exchanges = 2, server = {exchanges = 65535}})
    for packet_id = 1, 3 do
        local seen = connection:packet("client", publish(packet_id), {now = 0})
        luaunit.assertEquals(seen.untracked, packet_id == 3)
    end
    luaunit.assertNil(connection:next_packet_id("client"))
    luaunit.assertFalse(connection:hold("client", 9))
    local seen = feed(connection, "server", {type = "PUBACK", packet_id = 9})
    luaunit.assertEquals(seen.findings, {}) -- it may be that of one that is not followed
    for packet_id = 1, 100 do
        luaunit.assertFalse(feed(connection, "server", publish(packet_id)).untracked)
    end
end

function tests.test_messages_of_an_earlier_connection()
    local connection = mqttwire.connection()
    feed(connection, "client", {type = "CONNECT", client_id = "c"})
    feed(connection, "server", {type = "CONNACK", session_present = true})
    luaunit.assertTrue(connection:hold("client", 1, "first"))
    luaunit.assertTrue(connection:hold("client", 2))
    luaunit.assertTrue(connection:hold("server", 5))
    luaunit.assertEquals(connection:next_packet_id("client"), 3)
    local early = feed(connection, "server", {type = "PUBACK", packet_id = 1})
    luaunit.assertEquals({early.answers, early.begins, early.settles}, {"first", "first", true})
    luaunit.assertEquals(rules(feed(connection, "client", {type = "PUBREL", packet_id = 2})), {})
    luaunit.assertTrue(feed(connection, "server", publish(5, {qos = 2, dup = true})).repeats)
    luaunit.assertTrue(connection:hold("server", 7))
    local seen = feed(connection, "client", {type = "PUBREC", packet_id = 7})
    luaunit.assertEquals({seen.answers, seen.begins}, {0, 0}) -- what has no tag
end

-- ---- Tags ---------------------------------------------------------------------------------------

function tests.test_tags_of_any_kind()
    for _, tag in ipairs {false, 0, "text", {}, print, 1.5, coroutine.create(function() end)} do
        local connection = opened()
        connection:packet("client", publish(1, {qos = 2}), {tag = tag, now = 0})
        local seen = feed(connection, "server", {type = "PUBREC", packet_id = 1})
        luaunit.assertTrue(rawequal(seen.answers, tag) and rawequal(seen.begins, tag))
        connection:packet("client", {type = "PUBREL", packet_id = 1}, {tag = "pubrel", now = 0})
        seen = feed(connection, "server", {type = "PUBCOMP", packet_id = 1})
        luaunit.assertEquals(seen.answers, "pubrel")
        luaunit.assertTrue(rawequal(seen.begins, tag))
    end
end

function tests.test_tags_go_that_are_not_needed_any_more()
    local connection = opened()
    local left = setmetatable({}, {__mode = "v"})
    connection:packet("client", {type = "PINGREQ"}, {tag = "ping", now = 0})
    for number = 1, 1000 do
        left[number] = {number}
        local packet_id = number == 500 and 7 or 1
        connection:packet("client", publish(packet_id), {tag = left[number], now = 0})
        if number ~= 500 then
            connection:packet("server", {type = "PUBACK", packet_id = packet_id}, {now = 0})
        end
    end
    collectgarbage()
    collectgarbage()
    local count = 0
    for _ in pairs(left) do
        count = count + 1
    end
    luaunit.assertTrue(count < 40)
    local puback, pingresp = feed(connection, "server", {type = "PUBACK", packet_id = 7},
        {type = "PINGRESP"})
    luaunit.assertEquals({puback.answers, pingresp.answers}, {{500}, "ping"})
end

function tests.test_many_tags_at_once()
    local connection = opened()
    for packet_id = 1, 3000 do
        connection:packet("client", publish(packet_id), {tag = "tag " .. packet_id, now = 0})
    end
    collectgarbage()
    for packet_id = 1, 3000 do
        local seen = feed(connection, "server", {type = "PUBACK", packet_id = packet_id})
        luaunit.assertEquals(seen.answers, "tag " .. packet_id)
    end
end

-- ---- Tables -------------------------------------------------------------------------------------

function tests.test_a_packet_that_breaks_a_rule_by_itself_is_not_noted()
    local connection = opened()
    local function error_of(packet)
        return help.error_of(connection.packet, connection, "client", packet, {now = 0}).rule
    end
    luaunit.assertEquals(error_of(publish(1, {qos = 3})), "qos_3")
    luaunit.assertEquals(error_of(CONNACK), "direction")
    luaunit.assertEquals(error_of({type = "PUBACK", packet_id = 65536}), "value_too_wide")
    luaunit.assertEquals(connection:side("client").stored, 0)
    local seen = connection:packet("client", {type = "PINGREQ"}, {now = 0})
    luaunit.assertEquals(seen.number, 3)
end

function tests.test_a_packet_is_of_the_version_of_the_connection()
    local connection = mqttwire.connection {version = 4}
    connection:packet("client", CONNECT)
    luaunit.assertEquals(connection:packet("client", publish(1)).size, 7)
    help.assert_misuse("packet: is of version 5, and the connection of 4", connection.packet,
        connection, "client", {type = "PINGREQ", version = 5})
    local old = mqttwire.connection {allow = "mqtt_3_1"}
    luaunit.assertEquals(rules(old:packet("client", with(CONNECT, {version = 3}))), {})
    luaunit.assertEquals(old.version, 3)
    luaunit.assertEquals(rules(old:packet("server", with(CONNACK, {version = 4}))), {})
end

function tests.test_options_by_side()
    local connection = mqttwire.connection {version = 5, max_size = 100,
        client = {allow = "surplus", max_size = 50}}
    help.assert_same(connection:options("client"), {version = 5, sender = "client",
        allow = mqttwire.allow.surplus, refuse = 0, max_size = 50})
    luaunit.assertEquals(connection:options("server").max_size, 100)
    luaunit.assertEquals(#taken(connection:feed("client", "\192\1\0")), 1)
    local _, err = taken(connection:feed("client", encode(publish(nil, {payload = BAD:rep(10)}))))
    luaunit.assertEquals(err.rule, "packet_too_large")
    luaunit.assertEquals(
        encode(publish(nil, {version = 4}), mqttwire.connection({version = 4}):options("client")),
        encode(publish(nil, {version = 4}))
    )
end

function tests.test_sizes_as_findings_or_enforced()
    local large, maxima = publish(nil, {payload = ("x"):rep(50)}), {maximum_packet_size = 40}
    luaunit.assertEquals(rules(feed(opened(nil, maxima), "client", large)), {"packet_too_large"})
    local connection = opened(nil, maxima, {enforce_sizes = true})
    luaunit.assertEquals(connection:options("client").max_size, 40)
    luaunit.assertEquals(connection:side("server").maximum_packet_size, 40)
    luaunit.assertEquals(
        help.error_of(connection.packet, connection, "client", large, {now = 0}).rule,
        "packet_too_large"
    )
    luaunit.assertEquals(select(2, taken(connection:feed("client", encode(large), 0))).rule,
        "packet_too_large")
end

-- The place in a packet is told though the options of its side would not let it be encoded.
function tests.test_the_place_in_a_packet_that_is_trusted()
    local connection = opened(nil, nil, {server = {max_size = 5}})
    local puback = {type = "PUBACK", packet_id = 7, properties = {reason_string = "x"}}
    local seen = connection:packet("server", puback, {size = 10, now = 0})
    luaunit.assertEquals({rules(seen), seen.findings[1].offset}, {{"acknowledged_id_unknown"}, 2})
end

function tests.test_midway_and_one_sided()
    local connection = mqttwire.connection {version = 4, midway = true}
    local seen = feed(connection, "server", {type = "PUBACK", packet_id = 1, version = 4})
    luaunit.assertEquals(rules(seen), {})
    connection = mqttwire.connection {one_sided = true}
    feed(connection, "client", CONNECT)
    luaunit.assertEquals(rules(feed(connection, "client", {type = "PUBACK", packet_id = 3})), {})
    luaunit.assertEquals(rules(feed(connection, "client", CONNECT)), {"second_connect"})
end

-- ---- Keep alive: 3.1.2.10 -----------------------------------------------------------------------

local function quiet(time)
    local connection = mqttwire.connection()
    connection:packet("client", with(CONNECT, {keep_alive = 10}), {now = time})
    connection:packet("server", CONNACK, {now = time and time + 0.5})
    return connection
end

function tests.test_keep_alive()
    for at, wanted in pairs {[115.5] = {}, [115.501] = {"keep_alive_exceeded"}} do
        local connection = quiet(100)
        luaunit.assertEquals({connection.keep_alive, connection.deadline}, {10, 115.5})
        luaunit.assertEquals(rules(connection:packet("client", {type = "PINGREQ"}, {now = at})),
            wanted)
        luaunit.assertEquals(connection.deadline, at + 15)
    end
    local connection = quiet(100)
    local _, err = taken(connection:feed("client", BAD, 200))
    luaunit.assertEquals(rules(err), {"keep_alive_exceeded"})
    luaunit.assertEquals(connection.deadline, 215)
end

function tests.test_the_clock_does_not_go_back()
    local connection = quiet(100)
    luaunit.assertEquals(rules(connection:packet("client", {type = "PINGREQ"}, {now = 3})), {})
    luaunit.assertEquals(connection.deadline, 115.5)
end

-- Where no times are given, no time passes; where some are, each is needed to judge by.
function tests.test_times_are_given_always_or_never()
    local connection, message = quiet(), "now: expected in each call of a connection, or in none"
    luaunit.assertEquals({connection.keep_alive, connection.deadline}, {10, nil})
    luaunit.assertEquals(rules(connection:packet("client", {type = "PINGREQ"})), {})
    help.assert_misuse(message, connection.feed, connection, "client", "\192\0", 1)
    help.assert_misuse(message, connection.packet, connection, "client", {type = "PINGREQ"},
        {now = 1})
    connection = quiet(0)
    help.assert_misuse(message, connection.feed, connection, "client", "\192\0")
    help.assert_misuse(message, connection.unread, connection, "client")
    luaunit.assertEquals(feed(connection, "client", {type = "PINGREQ"}).number, 3)
end

return tests
