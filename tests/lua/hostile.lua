-- SPDX-License-Identifier: MIT
-- Tables that mean harm: metatables, holes, cycles, finalizers, no stack left.

local help = require "help"
local luaunit = require "luaunit"
local mqttwire = require "mqttwire"

local function armed(content)
    local function fail()
        error("a metamethod was called")
    end
    return setmetatable(content, {__index = fail, __newindex = fail, __len = fail, __pairs = fail,
        __ipairs = fail, __call = fail, __eq = fail, __tostring = fail, __name = 1})
end

local tests = {}

function tests.test_metatables_are_not_looked_at()
    local packet = armed {type = "SUBSCRIBE", packet_id = 1,
        properties = armed {user_properties = armed {armed {"k", "v"}}},
        subscriptions = armed {armed {topic_filter = "a"}}}
    luaunit.assertString(mqttwire.encode(packet, armed {version = 5, allow = armed {"utf8"}}))
    luaunit.assertTable(mqttwire.decode("\192\0", armed {version = 4}))
    luaunit.assertTable(mqttwire.decoder(armed {version = 4}))
    help.assert_misuse("type: missing", mqttwire.encode,
        setmetatable({}, {__index = {type = "PINGREQ"}}))
    help.assert_misuse("topic: expected a string, not table", mqttwire.encode,
        {type = "PUBLISH", topic = armed {}})
end

function tests.test_lists_that_are_none()
    for _, codes in ipairs {{[2] = 0}, {0, nil, 0}, {0, [1.5] = 0}, {[0] = 0}, {0, n = 1},
        {[-1] = 0}, {0, [1e9] = 0}} do
        help.assert_misuse("reason_codes: expected a list, whose keys are 1, 2, 3", mqttwire.encode,
            {type = "SUBACK", packet_id = 1, reason_codes = codes})
    end
end

function tests.test_cycles()
    local packet = {type = "PUBLISH", topic = "a"}
    packet.properties = packet
    help.assert_misuse("properties: there is no property", mqttwire.encode, packet)
    local list = {}
    list[1] = list
    help.assert_misuse("subscriptions[0].topic_filter: missing", mqttwire.encode,
        {type = "SUBSCRIBE", packet_id = 1, subscriptions = list})
    help.assert_misuse("user_properties[0]: expected a name and a value", mqttwire.encode,
        {type = "PUBLISH", topic = "a", properties = {user_properties = list}})
    help.assert_misuse("reason_codes[0]: expected a whole number", mqttwire.encode,
        {type = "SUBACK", packet_id = 1, reason_codes = list})
    local will = {topic = "a"}
    will.payload = will
    help.assert_misuse("will.payload: expected a string", mqttwire.encode,
        {type = "CONNECT", client_id = "", will = will})
end

function tests.test_huge_lists()
    local codes = {}
    for number = 1, 1000000 do
        codes[number] = 0
    end
    local bytes = mqttwire.encode({type = "SUBACK", packet_id = 1, reason_codes = codes})
    luaunit.assertEquals(#mqttwire.decode(bytes, {version = 5}).reason_codes, #codes)
    local pairs_of = {}
    for number = 1, 100000 do
        pairs_of[number] = {"name", "value"}
    end
    bytes = mqttwire.encode({type = "PUBLISH", topic = "a",
        properties = {user_properties = pairs_of}})
    luaunit.assertEquals(#mqttwire.decode(bytes, {version = 5}).properties.user_properties,
        #pairs_of)
end

-- Memory is collected while a packet is read and given, and a finalizer, after some others, takes
-- away what was read.  A sanitizer sees what is used then; without one, the texts have to be as
-- they were.
function tests.test_finalizers()
    local seen = 0
    for round = 1, 12 do
        local names, wanted = {}, {}
        for number = 1, 2000 do
            local name, value = ("name %d.%d"):format(round, number), ("value %d"):format(number)
            wanted[number], names[number] = name .. value, {name, value}
        end
        wanted = wanted[1] .. wanted[2000]
        local packet = {type = "PUBLISH", topic = "a", properties = {user_properties = names}}
        local function take(others)
            if others > 0 then
                help.doomed(function() take(others - 1) end)
                return
            end
            for _, pair in ipairs(names) do
                pair[1], pair[2] = "", ""
            end
            seen = seen + 1
        end
        local pause = collectgarbage("setpause", 1)
        local step = collectgarbage("setstepmul", 1000000)
        collectgarbage()
        collectgarbage("stop")
        take(3 * round)
        collectgarbage("restart")
        local form = mqttwire.to_json_form(packet).properties.user_properties
        collectgarbage("setpause", pause)
        collectgarbage("setstepmul", step)
        form = table.concat(form[1]) .. table.concat(form[2000])
        luaunit.assertTrue(form == wanted or names[1][1] == "" and #form < #wanted)
    end
    luaunit.assertTrue(seen > 0)
end

function tests.test_no_stack_is_left()
    local deepest = 0
    local function dig(depth)
        deepest = depth
        luaunit.assertTable(mqttwire.decode("\192\0", {version = 4}))
        luaunit.assertString(mqttwire.encode({type = "PUBLISH", topic = "a",
            properties = {user_properties = {{"k", "v"}}}}))
        return 1 + dig(depth + 1)
    end
    luaunit.assertFalse((pcall(dig, 1)))
    luaunit.assertTrue(deepest > 100)
    luaunit.assertTable(mqttwire.decode("\192\0", {version = 4}))
end

function tests.test_coroutines()
    local worker = coroutine.wrap(function()
        for packet in mqttwire.decoder({version = 4}):feed(("\192\0"):rep(3)) do
            coroutine.yield(packet)
        end
        pcall(mqttwire.encode, {type = "PUBLISH"})
        return mqttwire.decode("\48\3\0\1#", {version = 4})
    end)
    for _ = 1, 3 do
        luaunit.assertEquals(worker().type, "PINGREQ")
    end
    local packet, err = worker()
    luaunit.assertNil(packet)
    luaunit.assertEquals(err.rule, "topic_wildcard")
end

return tests
