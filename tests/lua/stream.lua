-- SPDX-License-Identifier: MIT
-- Streams of packets that come in pieces.

local help = require "help"
local luaunit = require "luaunit"
local mqttwire = require "mqttwire"

local hello = mqttwire.encode({type = "CONNECT", client_id = "c", version = 4, clean_start = true})
local ping = "\192\0"

-- What an iterator gives: types of packets, and an error.
local function taken(iterator, state)
    local types, told = {}, nil
    for packet, err in iterator, state do
        types[#types + 1] = packet and packet.type or false
        told = told or err
    end
    return types, told
end

local tests = {}

function tests.test_byte_by_byte()
    local decoder, seen = mqttwire.decoder({sender = "client"}), {}
    luaunit.assertNil(decoder.version)
    for byte in (hello .. ping .. ping):gmatch(".") do
        for packet in decoder:feed(byte) do
            seen[#seen + 1] = packet.type
        end
    end
    luaunit.assertEquals(seen, {"CONNECT", "PINGREQ", "PINGREQ"})
    luaunit.assertEquals({decoder.version, decoder.position, decoder.pending},
        {4, #hello + 4, 0})
    luaunit.assertTrue(decoder:close())
end

function tests.test_packets_wait_until_they_are_asked_for()
    local decoder = mqttwire.decoder({version = 4})
    local next_packet, state = decoder:feed(ping:rep(3))
    luaunit.assertEquals(next_packet(state).type, "PINGREQ")
    luaunit.assertEquals(taken(decoder:feed("")), {"PINGREQ", "PINGREQ"})
    luaunit.assertNil(next_packet(state))
    luaunit.assertEquals(taken(decoder:feed(ping)), {"PINGREQ"})
    for round = 1, 3 do -- and no more of them stay than were left
        for packet in decoder:feed(ping:rep(2)) do
            luaunit.assertTable(packet)
            if round < 3 then
                break
            end
        end
    end
    luaunit.assertEquals(taken(decoder:feed("")), {})
end

function tests.test_a_failure_is_for_good()
    local decoder = mqttwire.decoder({version = 4})
    local types, err = taken(decoder:feed(ping .. "\48\3\0\1#" .. ping))
    luaunit.assertEquals(types, {"PINGREQ", false})
    luaunit.assertEquals(err.rule, "topic_wildcard")
    luaunit.assertEquals({decoder.position, decoder.pending}, {2, 7})
    luaunit.assertIs(decoder.error, err)
    local again
    types, again = taken(decoder:feed(ping))
    luaunit.assertEquals(types, {false})
    luaunit.assertIs(again, err)
    local good, told = decoder:close()
    luaunit.assertNil(good)
    luaunit.assertIs(told, err)
    luaunit.assertEquals({decoder.position, decoder.pending}, {2, 7})
end

function tests.test_a_stream_that_ends_within_a_packet()
    local decoder = mqttwire.decoder()
    luaunit.assertEquals(taken(decoder:feed(hello .. "\48\5\0")), {"CONNECT"})
    local good, err = decoder:close()
    luaunit.assertNil(good)
    luaunit.assertEquals({err.class, err.wanted, err.version}, {"incomplete", 7, 4})
    luaunit.assertEquals(taken(decoder:feed("\1ab")), {})
    luaunit.assertEquals(taken(decoder:feed("c")), {"PUBLISH"})
    luaunit.assertTrue(decoder:close())
end

function tests.test_a_stream_that_does_not_begin_with_connect()
    local types, err = taken(mqttwire.decoder():feed(ping))
    luaunit.assertEquals({types, err.class}, {{false}, "misuse"})
end

function tests.test_a_length_is_judged_before_the_packet_is_there()
    local decoder = mqttwire.decoder({version = 4, max_size = 100})
    local _, err = taken(decoder:feed("\48\255\255\255\127"))
    luaunit.assertEquals(err.rule, "packet_too_large")
    _, err = taken(mqttwire.decoder({version = 4}):feed("\48\255\255\255\255"))
    luaunit.assertEquals(err.rule, "integer_too_long")
end

function tests.test_options_are_the_decoders_own()
    local options = {version = 4}
    local decoder = mqttwire.decoder(options)
    options.version = 5
    for packet in decoder:feed(ping) do
        luaunit.assertEquals(packet.version, 4)
    end
    luaunit.assertEquals(options, {version = 5})
end

function tests.test_misuse()
    help.assert_misuse("version: expected 3, 4 or 5", mqttwire.decoder, {version = 6})
    help.assert_misuse("there is no option 'verison'", mqttwire.decoder, {verison = 5})
    help.assert_misuse("expected a table of options, not number", mqttwire.decoder, 5)
    local decoder = mqttwire.decoder()
    help.assert_misuse("feed: expected a string, not nil", decoder.feed, decoder)
    help.assert_misuse("feed: expected a string, not number", decoder.feed, decoder, 1)
    luaunit.assertNil(decoder.error)
end

function tests.test_time_is_linear()
    help.assert_linear(function()
        local decoder = mqttwire.decoder({version = 5})
        return function(piece) return decoder:feed(piece) end
    end)
end

return tests
