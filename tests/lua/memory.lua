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

local cases = {
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
        local before = kilobytes()
        for _ = 1, CALLS do
            case()
        end
        local grown = kilobytes() - before
        luaunit.assertTrue(grown < 20, ("%s: %.1f KiB are left"):format(name, grown))
    end
end

function tests.test_the_form_is_not_changed()
    luaunit.assertEquals(form.payload, "78")
    luaunit.assertEquals(publish.payload, "x")
end

return tests
