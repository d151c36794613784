-- SPDX-License-Identifier: MIT
-- Nothing is kept that nobody refers to, whatever goes well or wrong.

local luaunit = require "luaunit"
local mqttwire = require "mqttwire"

local CALLS = 10000 -- of each case, of which there are more than ten

local publish = {type = "PUBLISH", topic = "a/b", payload = "x", properties = {
    correlation_data = "c", user_properties = {{"k", "v"}}}}
local large = {type = "PUBLISH", topic = "a/b", payload = ("x"):rep(1000)}
local wire = mqttwire.encode(publish)
local options = {version = 5}
local form = mqttwire.to_json_form(publish)
local endless = mqttwire.decoder(options)
local failing = mqttwire.decoder(options)

local hello = mqttwire.encode({type = "CONNECT", client_id = "c"})
local followed = mqttwire.connection()
local spoilt = mqttwire.connection({version = 5})
local dozens = ("\192\0"):rep(24)

-- A message with an alias, which is answered.
local function message(connection, packet_id)
    connection:packet("client", {type = "PUBLISH", topic = "a", qos = 1, packet_id = packet_id,
        properties = {topic_alias = packet_id % 16 + 1}}, {tag = {}})
    connection:packet("server", {type = "PUBACK", packet_id = packet_id})
end

local cases = {
    connection = function() mqttwire.connection() end,
    used_connection = function()
        local connection = mqttwire.connection()
        for seen in connection:feed("client", hello .. "\48") do
            luaunit.assertTable(seen)
        end
        message(connection, 2)
    end,
    bad_connection = function() pcall(mqttwire.connection, {client = {colour = 1}}) end,
    messages = function() message(followed, followed:next_packet_id("client")) end,
    bytes = function()
        for seen in followed:feed("client", hello) do
            luaunit.assertTable(seen)
        end
    end,
    pieces_of_bytes = function()
        followed:feed("client", hello:sub(1, 5))
        followed:feed("client", hello:sub(6) .. "\192")
        followed:feed("client", "\0")
    end,
    left_alone = function() followed:feed("client", dozens) end,
    bad_bytes_of_one_side = function()
        for seen in spoilt:feed("client", "\0\0") do
            luaunit.assertFalse(seen)
        end
        spoilt:unread("server", wire)
    end,
    bad_packets = function()
        followed:packet("client", {type = "PUBLISH", topic = "#"})
        pcall(followed.packet, followed, "client", {type = "PUBLISH", topic = {}})
        pcall(followed.packet, followed, "client", {type = "PINGREQ"}, {size = -1})
    end,
    states = function()
        followed:options("client")
        followed:side("client")
        followed:hold("server", 1, {})
    end,
    decode = function() mqttwire.decode(wire, options) end,
    bad_bytes = function() mqttwire.decode(wire:sub(2), options) end,
    incomplete = function() mqttwire.decode(wire:sub(1, 4), options) end,
    encode = function() mqttwire.encode(publish) end,
    encode_large = function() mqttwire.encode(large) end,
    bad_packet = function() mqttwire.encode({type = "PUBLISH", topic = "#"}) end,
    bad_table = function() pcall(mqttwire.encode, {type = "PUBLISH", topic = "a", colour = 1}) end,
    bad_list = function()
        pcall(mqttwire.encode, {type = "SUBSCRIBE", packet_id = 1,
            subscriptions = {{topic_filter = "a"}, 1}})
    end,
    too_wide = function() mqttwire.encode({type = "PUBACK", packet_id = 65536}) end,
    json_form = function() mqttwire.from_json_form(mqttwire.to_json_form(publish)) end,
    bad_form = function()
        pcall(mqttwire.from_json_form, {type = "PUBLISH", topic = {hex = "0"}})
    end,
    explain = function() mqttwire.explain(wire, options) end,
    line = function() mqttwire.line(wire, options) end,
    stream = function()
        for _, part in ipairs {wire:sub(1, 9), wire:sub(10) .. wire} do
            for packet in endless:feed(part) do
                luaunit.assertTable(packet)
            end
        end
    end,
    bad_stream = function()
        for packet in failing:feed(wire:sub(2)) do
            luaunit.assertFalse(packet)
        end
    end,
    topics = function()
        mqttwire.topic_share("$share/a/b")
        mqttwire.topic_filter_check("a#")
    end,
    bad_options = function() pcall(mqttwire.decode, wire, {version = 9}) end,
}

local function kilobytes()
    collectgarbage()
    collectgarbage()
    return collectgarbage("count")
end

local tests = {}

for name, case in pairs(cases) do
    tests["test_" .. name] = function()
        for _ = 1, 100 do
            case()
        end
        local grown
        for _ = 1, 3 do -- LuaJIT keeps what it compiles on the way: what leaks does so each time
            local before = kilobytes()
            for _ = 1, CALLS do
                case()
            end
            grown = kilobytes() - before
            if grown < 20 then
                return
            end
        end
        luaunit.fail(("%s: %.1f KiB are left"):format(name, grown))
    end
end

function tests.test_the_form_is_not_changed()
    luaunit.assertEquals(form.payload, "78")
    luaunit.assertEquals(publish.payload, "x")
end

return tests
