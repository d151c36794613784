-- SPDX-License-Identifier: MIT
-- Connections take bytes in any pieces, and what cannot be decoded.

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

-- ---- Bytes in pieces ----------------------------------------------------------------------------

local function conversation()
    return {
        {"client", with(CONNECT, {properties = {topic_alias_maximum = 3}})},
        {"server", with(CONNACK, {properties = {topic_alias_maximum = 3}})},
        {"client", alias(1, "a/b")},
        {"client", alias(1)},
        {"client", publish(1, {qos = 2})},
        {"server", {type = "PUBREC", packet_id = 1}},
        {"client", {type = "PUBREL", packet_id = 1}},
        {"client", publish(1, {qos = 2})},
        {"server", {type = "PUBCOMP", packet_id = 1}},
        {"server", {type = "PUBACK", packet_id = 9}},
        {"client", alias(4)},
        {"client", {type = "DISCONNECT"}},
    }
end

-- To be compared: errors have a metatable.
local function plain(seen)
    local findings = {}
    for number, finding in ipairs(seen.findings) do
        findings[number] = tostring(finding)
    end
    return with(seen, {findings = findings})
end

function tests.test_every_split_point_of_every_packet()
    local steps, wanted = conversation(), {}
    local connection = mqttwire.connection()
    for number, step in ipairs(steps) do
        step.bytes = encode(step[2])
        wanted[number] = plain(feed(connection, step[1], step[2]))
    end
    for cut = 0, #steps[1].bytes do
        connection = mqttwire.connection()
        for number, step in ipairs(steps) do
            local first = taken(connection:feed(step[1], step.bytes:sub(1, cut), 0))
            luaunit.assertEquals(connection:pending(step[1]), cut < #step.bytes and cut or 0)
            local rest = taken(connection:feed(step[1], step.bytes:sub(cut + 1), 0))
            luaunit.assertEquals(#first + #rest, 1)
            help.assert_same(plain(first[1] or rest[1]), wanted[number])
        end
    end
end

function tests.test_packets_and_bytes_are_seen_alike()
    local by_bytes, by_packets = mqttwire.connection(), mqttwire.connection()
    for _, step in ipairs(conversation()) do
        local packet = mqttwire.decode(encode(step[2]), {version = 5})
        local seen = by_packets:packet(step[1], packet, {now = 0})
        luaunit.assertIs(seen.packet, packet)
        help.assert_same(plain(feed(by_bytes, step[1], packet)), plain(seen))
    end
    help.assert_same(by_bytes:side("client"), by_packets:side("client"))
    luaunit.assertEquals(by_bytes.deadline, by_packets.deadline)
end

function tests.test_all_bytes_of_a_direction_in_pieces_of_any_size()
    local wire = ""
    for _, step in ipairs(conversation()) do
        wire = wire .. (step[1] == "client" and encode(step[2]) or "")
    end
    for size = 1, #wire do
        local connection, topics = mqttwire.connection {one_sided = true}, {}
        for at = 1, #wire, size do
            for seen, err in connection:feed("client", wire:sub(at, at + size - 1)) do
                topics[#topics + 1] = assert(seen, err).topic or "-"
            end
            collectgarbage("step")
        end
        luaunit.assertEquals(topics, {"-", "a/b", "a/b", "a", "-", "a", "-", "-"})
        luaunit.assertEquals(connection:position("client"), #wire)
        luaunit.assertTrue(connection:close("client"))
    end
end

function tests.test_a_large_packet_in_pieces()
    local connection, size = opened(), 300000
    local wire = encode(publish(nil, {payload = ("x"):rep(size)})) .. "\192\0"
    local list = {}
    for at = 1, #wire, 1000 do
        for seen in connection:feed("client", wire:sub(at, at + 999), 0) do
            list[#list + 1] = seen
        end
    end
    luaunit.assertEquals({#list, #list[1].packet.payload, list[2].packet.type},
        {2, size, "PINGREQ"})
end

-- ---- Bytes that cannot be decoded ---------------------------------------------------------------

function tests.test_a_failure_comes_after_the_packets_before_it_and_is_for_good()
    local connection = opened()
    local before = connection:position("client")
    local list, err = taken(connection:feed("client", "\192\0" .. BAD .. "\192\0", 0))
    luaunit.assertEquals({#list, list[1].packet.type}, {1, "PINGREQ"})
    luaunit.assertEquals({err.rule, err.findings}, {"topic_wildcard", {}})
    luaunit.assertEquals({connection:position("client"), connection:pending("client")},
        {before + 2, 7})
    for _ = 1, 3 do
        local again
        list, again = taken(connection:feed("client", "\192\0", 0))
        luaunit.assertEquals(#list, 0)
        luaunit.assertIs(again, err)
    end
    luaunit.assertIs(help.error_of(connection.close, connection, "client"), err)
    luaunit.assertEquals(rules(feed(connection, "server", {type = "PINGRESP"})), {})
end

function tests.test_an_iterator_gives_false_once()
    local iterator = opened():feed("client", BAD, 0)
    local seen, err = iterator()
    luaunit.assertEquals({seen, err.rule}, {false, "topic_wildcard"})
    luaunit.assertNil(iterator())
    luaunit.assertNil(iterator())
end

-- What is lost may have held acknowledgements: no message of the other side is known to be open.
function tests.test_what_is_lost_after_a_failure_explains_what_follows()
    local connection = opened()
    taken(connection:feed("client", BAD, 0))
    luaunit.assertEquals(rules(feed(connection, "server", publish(1))), {})
    taken(connection:feed("client", encode({type = "PUBACK", packet_id = 1}), 0))
    luaunit.assertEquals(rules(feed(connection, "server", publish(1))), {})
    luaunit.assertEquals(rules(feed(connection, "server", publish(1))), {"packet_id_in_use"})
end

function tests.test_unread_packets()
    local connection = opened()
    local seen = connection:unread("client", BAD, 0)
    luaunit.assertEquals({seen.number, seen.sender, seen.packet, seen.size}, {3, "client", nil, 5})
    luaunit.assertNil(connection:unread("server", nil, 0).size)
    luaunit.assertEquals(rules(feed(connection, "server", {type = "PUBACK", packet_id = 1})), {})
    feed(connection, "client", {type = "DISCONNECT"})
    seen = connection:unread("client", BAD, 0)
    luaunit.assertEquals({rules(seen), seen.findings[1].offset}, {{"after_disconnect"}, 0})
end

function tests.test_the_end_of_a_direction()
    local connection = opened()
    luaunit.assertTrue(connection:close("client"))
    luaunit.assertEquals(#taken(connection:feed("client", "\48\5\0", 0)), 0)
    local err = help.error_of(connection.close, connection, "client")
    luaunit.assertEquals({err.class, err.wanted, err.version}, {"incomplete", 7, 5})
end

function tests.test_without_a_version()
    local _, err = taken(mqttwire.connection():feed("server", encode(CONNACK)))
    luaunit.assertEquals(err.class, "misuse")
    _, err = taken(mqttwire.connection():feed("client", "\192\0"))
    luaunit.assertEquals({err.rule, rules(err)}, {"first_packet", {"first_packet"}})
    _, err = taken(mqttwire.connection({midway = true}):feed("client", "\192\0"))
    luaunit.assertEquals(err.class, "misuse")
    luaunit.assertEquals(#taken(mqttwire.connection({version = 5}):feed("server", encode(CONNACK))),
        1)
end

return tests
