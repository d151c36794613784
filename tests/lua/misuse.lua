-- SPDX-License-Identifier: MIT
-- Connections that are used as they should not be, and by whom they should not be.

local help = require "help"
local luaunit = require "luaunit"
local mqttwire = require "mqttwire"

local hello = mqttwire.encode({type = "CONNECT", client_id = "c", clean_start = true})
local answer = mqttwire.encode({type = "CONNACK"})

local function opened(options)
    local connection = mqttwire.connection(options)
    connection:feed("client", hello)
    connection:feed("server", answer)
    return connection
end

local tests = {}

function tests.test_impossible_options()
    for _, case in ipairs {
        {"there is no option 'verison'", {verison = 5}},
        {"there is no option 'sender'", {sender = "client"}},
        {"there is no option 'number'", {5}},
        {"version: expected 3, 4 or 5", {version = 6}},
        {"midway: expected true or false, not number", {midway = 1}},
        {"one_sided: expected true or false, not string", {one_sided = "yes"}},
        {"enforce_sizes: expected true or false, not table", {enforce_sizes = {}}},
        {"allow: there is no 'colour'", {allow = "colour"}},
        {"refuse: there is no 'utf8'", {refuse = {"utf8"}}},
        {"max_size: expected 1 to 4294967295 bytes", {max_size = 0}},
        {"exchanges: expected 0 to 65535", {exchanges = -1}},
        {"exchanges: expected 0 to 65535", {exchanges = 65536}},
        {"exchanges: expected 0 to 65535", {exchanges = "1"}},
        {"aliases: expected 0 to 65535", {aliases = 1.5}},
        {"aliases: expected 0 to 65535", {aliases = 0 / 0}},
        {"client: expected a table of options, not number", {client = 1}},
        {"client: there is no option 'colour'", {client = {colour = 1}}},
        {"client: there is no option 'version'", {client = {version = 5}}},
        {"server: there is no option 'number'", {server = {5}}},
        {"exchanges: expected 0 to 65535", {server = {exchanges = "1"}}},
        {"table expected", 5},
    } do
        help.assert_misuse(case[1], mqttwire.connection, case[2])
    end
    local function fail()
        error("a metamethod was called")
    end
    luaunit.assertUserdata(mqttwire.connection(setmetatable({version = 4},
        {__index = fail, __pairs = fail})))
end

function tests.test_impossible_senders()
    local connection = opened()
    for _, name in ipairs {"feed", "packet", "unread", "close", "position", "pending", "options",
        "next_packet_id", "quota", "hold", "side"} do
        for _, sender in ipairs {"Client", "", 1, {}, false} do
            help.assert_misuse("sender: expected 'client' or 'server'", connection[name],
                connection, sender)
        end
        help.assert_misuse("sender: expected 'client' or 'server'", connection[name], connection)
        for _, other in ipairs {"client", {}, 1, io.stdout, print} do
            help.assert_misuse("mqttwire.connection expected", connection[name], other, "client")
        end
        help.assert_misuse("mqttwire.connection expected", connection[name])
    end
    help.assert_misuse("mqttwire.connection expected", getmetatable(connection).__index, io.stdout,
        "feed")
end

function tests.test_values_of_other_types()
    local connection = opened()
    for _, bytes in ipairs {1, {}, true, print} do
        help.assert_misuse("string expected", connection.feed, connection, "client", bytes)
        help.assert_misuse("string expected", connection.unread, connection, "client", bytes)
    end
    help.assert_misuse("string expected", connection.feed, connection, "client")
    for _, packet in ipairs {1, "\192\0", true, connection} do
        help.assert_misuse("table expected", connection.packet, connection, "client", packet)
    end
    for _, case in ipairs {
        {"type: missing", {}},
        {"packet_id: missing", {type = "PUBLISH", topic = "a", qos = 1}},
        {"topic: expected a string, not table", {type = "PUBLISH", topic = {}}},
        {"PINGREQ has no field 'colour'", {type = "PINGREQ", colour = 1}},
        {"version: expected 3, 4 or 5", {type = "PINGREQ", version = 6}},
    } do
        help.assert_misuse(case[1], connection.packet, connection, "client", case[2])
        help.assert_misuse(case[1], connection.packet, connection, "client", case[2], {size = 2})
    end
    for _, case in ipairs {
        {"there is no option 'sise'", {sise = 1}},
        {"there is no option 'number'", {1}},
        {"size: expected 1 to 4294967295 bytes", {size = 0}},
        {"size: expected 1 to 4294967295 bytes", {size = 4294967296}},
        {"size: expected 1 to 4294967295 bytes", {size = "2"}},
        {"table expected", 1},
    } do
        help.assert_misuse(case[1], connection.packet, connection, "client", {type = "PINGREQ"},
            case[2])
    end
    for _, packet_id in ipairs {0, -1, 65536, 1.5, "1", 0 / 0} do
        help.assert_misuse("packet_id: expected 1 to 65535", connection.hold, connection, "client",
            packet_id)
    end
    help.assert_misuse("packet_id: expected 1 to 65535", connection.hold, connection, "client")
    local seen = connection:packet("client", {type = "PINGREQ"})
    luaunit.assertEquals(seen.number, 3) -- nothing of it counts
end

function tests.test_impossible_times()
    local connection = mqttwire.connection()
    for _, now in ipairs {-1, -0.001, 0 / 0, 1 / 0, -1 / 0, 1e16} do
        local message = "now: expected seconds from 0 on"
        help.assert_misuse(message, connection.feed, connection, "client", hello, now)
        help.assert_misuse(message, connection.unread, connection, "client", "", now)
        help.assert_misuse(message, connection.packet, connection, "client", {type = "PINGREQ"},
            {now = now})
    end
    for _, now in ipairs {"1", {}, true} do
        help.assert_misuse("now: expected seconds, not", connection.feed, connection, "client",
            hello, now)
    end
    luaunit.assertEquals(connection:position("client"), 0)
    luaunit.assertEquals((connection:feed("client", hello, 1)()).number, 1)
end

function tests.test_nothing_can_be_put_into_a_connection()
    local connection = opened()
    for _, name in ipairs {"version", "colour", "feed", 1} do
        luaunit.assertFalse((pcall(function() connection[name] = 1 end)))
    end
    luaunit.assertEquals(connection.version, 5)
    local name = _VERSION == "Lua 5.1" and "userdata: " or "mqttwire.connection: "
    luaunit.assertStrContains(tostring(connection), name)
end

-- What is wrong by itself, and passed with a size as if it were not, does no harm.
function tests.test_trusting_what_is_wrong_does_no_harm()
    for _, packet in ipairs {
        {type = "PUBLISH", topic = "a", qos = 3, packet_id = 1},
        {type = "PUBLISH", topic = "a", qos = 2, packet_id = 0},
        {type = "PUBLISH", topic = "#"},
        {type = "PUBLISH", topic = "", properties = {topic_alias = 0}},
        {type = "PUBLISH", topic = "a", properties = {topic_alias = 0}},
        {type = "PUBLISH", topic = ("a"):rep(70000), properties = {topic_alias = 1}},
        {type = "PUBACK", packet_id = 0},
        {type = "SUBACK", packet_id = 1, reason_codes = {}},
        {type = "SUBSCRIBE", packet_id = 1, subscriptions = {}},
        {type = "AUTH", reason_code = 255},
        {type = "CONNECT", client_id = "c"},
        {type = "CONNACK"},
        {type = "PUBLISH", topic = "a", properties = {topic_alias = 1}, version = 4},
    } do
        for _, sender in ipairs {"client", "server"} do
            for _, limit in ipairs {0, 1, 65535} do
                local connection = mqttwire.connection {exchanges = limit, aliases = limit}
                for _ = 1, 3 do
                    luaunit.assertTable(connection:packet(sender, packet, {size = 9, tag = {}}))
                end
                collectgarbage()
            end
        end
    end
end

-- What was fed is noted at once: answers may be passed in the middle, and an error loses nothing.
function tests.test_use_and_errors_within_an_iteration()
    local connection, answers = opened(), {}
    local wire = mqttwire.encode({type = "PUBLISH", topic = "a", qos = 1, packet_id = 1})
        .. mqttwire.encode({type = "PUBLISH", topic = "a", qos = 1, packet_id = 2})
    for seen in connection:feed("server", wire) do
        local id = seen.packet.packet_id
        local puback = connection:packet("client", {type = "PUBACK", packet_id = id})
        answers[#answers + 1] = puback.answers
        connection:feed("server", id == 1 and "\208" or "\0")
        luaunit.assertEquals(connection:pending("server"), id == 1 and 1 or 0)
        collectgarbage()
    end
    luaunit.assertEquals(answers, {3, 4})
    local good = pcall(function()
        for _ in connection:feed("server", wire) do
            error("enough")
        end
    end)
    luaunit.assertFalse(good)
    for id = 1, 2 do
        local seen = connection:packet("client", {type = "PUBACK", packet_id = id})
        luaunit.assertEquals({seen.answers, seen.settles}, {7 + id, true})
    end
end

function tests.test_iterators_outlive_their_connection_and_each_other()
    local connection = opened()
    local first, second = connection:feed("client", ("\192\0"):rep(3)),
        connection:feed("client", ("\192\0"):rep(2) .. "\0\0")
    connection = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    luaunit.assertEquals({first().number, second().number, first().number}, {3, 6, 4})
    luaunit.assertEquals({second().number, second(), first().number, first()}, {7, false, 5, nil})
end

function tests.test_coroutines()
    local connection = mqttwire.connection()
    local workers = {}
    for _, side in ipairs {{"client", hello .. "\192\0"}, {"server", answer .. "\208\0"}} do
        workers[#workers + 1] = coroutine.wrap(function()
            for at = 1, #side[2] do
                for seen in connection:feed(side[1], side[2]:sub(at, at)) do
                    coroutine.yield(seen)
                end
            end
        end)
    end
    for number = 1, 4 do
        local seen = workers[(number - 1) % 2 + 1]()
        luaunit.assertEquals({seen.number, seen.findings}, {number, {}})
        collectgarbage()
    end
end

-- A finalizer that runs while a connection is at work, and uses it: it is told off, or comes
-- between two calls.  A sanitizer sees what is used though it is gone.
function tests.test_finalizers_that_use_the_connection()
    local seen_busy, seen_free = 0, 0
    for round = 1, 20 do
        local connection = opened()
        local function use()
            local good, complaint = pcall(connection.packet, connection, "client",
                {type = "PUBLISH", topic = "b" .. round, qos = 1, packet_id = 1000 + round,
                    properties = {topic_alias = 1}})
            if good then
                seen_free = seen_free + 1
            else
                luaunit.assertStrContains(complaint, "this connection is in use")
                seen_busy = seen_busy + 1
            end
            luaunit.assertEquals(connection.version, 5)
            luaunit.assertTable(connection:side("client"))
        end
        local pause = collectgarbage("setpause", 1)
        local step = collectgarbage("setstepmul", 1000000)
        collectgarbage()
        collectgarbage("stop")
        for _ = 1, 5 do
            help.doomed(use)
        end
        collectgarbage("restart")
        local wire = {}
        for id = 1, 40 do
            wire[id] = mqttwire.encode({type = "PUBLISH", topic = ("t"):rep(id), qos = 1,
                packet_id = id})
        end
        wire = table.concat(wire)
        local half, count = math.floor(#wire / 2) + round % 7, 0
        for _, part in ipairs {wire:sub(1, half), wire:sub(half + 1)} do
            for seen in connection:feed("client", part) do
                luaunit.assertTrue(seen.topic == ("t"):rep(#seen.topic))
                count = count + 1
            end
        end
        collectgarbage("setpause", pause)
        collectgarbage("setstepmul", step)
        luaunit.assertEquals(count, 40)
    end
    luaunit.assertTrue(seen_busy + seen_free > 20)
end

-- Errors are made by a function of Lua, in which a hook may raise one: the connection does not know
-- how far it came, and says so from then on.
function tests.test_a_connection_that_was_left_in_the_middle()
    local connection = opened()
    local err = select(2, mqttwire.decode("\0\0", {version = 5}))
    local packet = {type = "PUBACK", packet_id = 7}
    local armed
    debug.sethook(function()
        local info = debug.getinfo(2, "S")
        if armed and info and info.short_src:find("errors.lua", 1, true) then
            armed = false
            error("stop")
        end
    end, "c")
    armed = true
    local good = pcall(connection.packet, connection, "server", packet)
    debug.sethook()
    luaunit.assertTable(err)
    if good then
        return -- compiled code calls no hook
    end
    for _, call in ipairs {
        function() connection:feed("client", "") end,
        function() connection:packet("client", {type = "PINGREQ"}) end,
        function() connection:unread("client") end,
        function() connection:next_packet_id("client") end,
        function() connection:hold("client", 1) end,
    } do
        local _, complaint = pcall(call)
        luaunit.assertStrContains(complaint,
            "this connection is in use, or an error ended its last use")
    end
    luaunit.assertEquals({connection.version, connection:quota("client")}, {5, 65535})
    luaunit.assertTrue(connection:close("client"))
end

function tests.test_time_is_linear()
    help.assert_linear(function()
        local connection = opened()
        return function(piece) return connection:feed("client", piece) end
    end)
end

return tests
